// SPDX-License-Identifier: Apache-2.0
//
// A whole image: written to the slot that does not run, started once by the boot loader (tryboot), watched, started once
// more, watched again, and only then made the boot loader's own choice, by one sector. Whatever goes wrong before that,
// the next power cycle starts the old slot.
import { join } from "node:path";
import semver from "semver";
import { fileRefusal, ProblemsError } from "../../pipeline/problem.ts";
import { writeAtomic } from "../../store/atomic-file.ts";
import { applyBoard } from "../boards/apply-board.ts";
import { readImage } from "../image.ts";
import { readSettings } from "../settings.ts";
import { otherSlot, runningSlot, writeAutoboot } from "./boot-loader.ts";
import type { BundleReader } from "./bundle-reader.ts";
import { watchHealth } from "./health.ts";
import { IMAGE_INSTEAD, imageInstead, linkedVersion, versionOf } from "./installed.ts";
import type { UnderWay } from "./journal.ts";
import { holds, nameRoot, partitionOf, writePartition } from "./slot.ts";
import type { UpdateContext } from "./update-context.ts";

/** A new kernel has more ways to fail than a new executable: minutes. */
const LEAST_HEALTH_SECONDS = 180;

/** Writes the bundle to the slot that does not run. Throws ProblemsError. */
export async function writeImage(bundle: BundleReader, under_way: UnderWay, context: UpdateContext): Promise<UnderWay> {
  const { places, host } = context;
  const running = runningSlot(places);
  if (!running)
    throw new ProblemsError([
      { message: "it cannot be told which slot runs, so none is written: no root=PARTLABEL=root_…" },
    ]);
  const slot = otherSlot(running);
  const { payloads } = bundle.manifest;
  const all = payloads.reduce((sum, { unpacked_bytes }) => sum + unpacked_bytes, 0);
  let bytes = 0;
  for (const payload of payloads) {
    const told = async function* () {
      for await (const piece of bundle.unpack(payload)) {
        bytes += piece.length;
        context.tell(under_way, bytes / all, `slot ${slot} is written`);
        yield piece;
      }
    };
    await writePartition(deviceOf(payload.name), payload, told(), places);
  }
  await bundle.end();
  for (const payload of payloads) {
    context.tell(under_way, 1, `slot ${slot} is read back`);
    const device = deviceOf(payload.name);
    if (!(await holds(device, payload, host)))
      throw fileRefusal(device, "does not give back what was written to it; the card is worn out: replace it");
    if (payload.name !== "boot.fat") continue;
    nameRoot(device, payload.unpacked_bytes, slot);
    // What sits on this box no image can know, and without it no packet would move.
    const { board } = readSettings(places);
    if (board) await applyBoard(places, board, slot);
  }
  return { ...under_way, slot, health_seconds: Math.max(under_way.health_seconds, LEAST_HEALTH_SECONDS) };

  function deviceOf(payload: string): string {
    return partitionOf(places, payload === "boot.fat" ? "boot" : "root", slot);
  }
}

/** An image that is older than the application that had come by update brings its own. */
export async function preferImage({ version, build }: UnderWay, { places }: UpdateContext): Promise<void> {
  const folder = linkedVersion(places, "current");
  if (folder && semver.gt(versionOf(folder) ?? "", version))
    await writeAtomic(join(places.app, IMAGE_INSTEAD), `${imageInstead(build, folder)}\n`);
}

/** From wherever it stands, as far as this boot goes. */
export async function tryImage(under_way: UnderWay, context: UpdateContext): Promise<void> {
  const { places, host } = context;
  const { step, slot, version, boot_id, reason = "" } = under_way;
  const isSameBoot = boot_id === host.bootId();
  const isNew = runningSlot(places) === slot;
  if (step === "committing") return commit(under_way, context);
  if (step === "rolling-back") {
    if (isNew && isSameBoot) return host.reboot();
    const where = isNew ? `but slot ${slot} still runs: write the image to the card anew` : "the one before runs again";
    return context.end(under_way, "rolled-back", `image ${version} was taken back: ${reason}; ${where}`);
  }
  if (!isNew && isSameBoot) return host.reboot(true); // it has not been started yet
  if (!isNew) {
    const fault = step === "trial" ? "it did not start, or lost power" : "it started once, but not a second time";
    return context.end(
      under_way,
      "rolled-back",
      `image ${version} was taken back: ${fault}; the one before runs again`,
    );
  }
  if (isSameBoot && step === "second-trial") return host.reboot(true); // it has held, and shall start once more
  const fault =
    readImage(places)?.build === under_way.build
      ? await watchHealth(host, {
          standard: under_way.standard,
          seconds: under_way.health_seconds,
          hasStarted: () => true,
          isThere: () => true,
          onProgress: (part) => context.tell(under_way, part, `image ${version} runs and is watched`),
        })
      : "another image started in its place; take out whatever other card is plugged in, or replace this one: it is worn out";
  if (fault !== undefined) {
    await context.enter(under_way, "rolling-back", `image ${version} is taken back: ${fault}`, fault);
    return host.reboot();
  }
  if (step === "trial") {
    await context.enter(under_way, "second-trial", `image ${version} has held and starts once more`);
    return host.reboot(true);
  }
  return commit(await context.enter(under_way, "committing", `image ${version} has proved itself`), context);
}

async function commit(under_way: UnderWay, context: UpdateContext): Promise<void> {
  const { places, host } = context;
  const { slot, version } = under_way;
  if (slot) writeAutoboot(places, slot);
  await context.end(under_way, "committed", `image ${version} runs`);
  // Where the power was cut just before: it has proved itself all the same, and the old one runs only for now.
  if (runningSlot(places) !== slot) await host.reboot();
}
