// SPDX-License-Identifier: Apache-2.0
//
// The application alone: a new executable beside the others, tried once by choose-app, kept if it does its work.
// trial -> tried -> current is one link that is renamed, so nothing here can be half done.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { linkAtomic, syncFolder } from "../../store/atomic-file.ts";
import { readText } from "../read.ts";
import type { BundleReader } from "./bundle-reader.ts";
import { watchHealth } from "./health.ts";
import { EXECUTABLE, executableIn, IMAGE_INSTEAD, linkedVersion, readLink } from "./installed.ts";
import type { UnderWay } from "./journal.ts";
import type { Payload } from "./manifest.ts";
import { folderOf } from "./rules.ts";
import type { UpdateContext } from "./update-context.ts";

const UNPACKING = ".unpacking";

/** Leaves the new executable in its place, where nobody looks yet. Throws ProblemsError. */
export async function unpackApp(bundle: BundleReader, under_way: UnderWay, context: UpdateContext): Promise<UnderWay> {
  const { app } = context.places;
  const versions = join(app, "versions");
  const unpacking = join(versions, UNPACKING);
  const [payload] = bundle.manifest.payloads as [Payload];
  rmSync(unpacking, { recursive: true, force: true });
  mkdirSync(unpacking, { recursive: true, mode: 0o755 });
  const file = await open(join(unpacking, EXECUTABLE), "wx", 0o755);
  try {
    let bytes = 0;
    for await (const piece of bundle.unpack(payload)) {
      await file.writeFile(piece); // goes on where it stopped
      bytes += piece.length;
      context.tell(under_way, bytes / payload.unpacked_bytes, "the new version is unpacked");
    }
    await bundle.end();
    await file.sync();
  } finally {
    await file.close();
  }
  await syncFolder(unpacking);
  const folder = folderOf(bundle.manifest);
  // One that is damaged, or gave way to the image's own: what proved itself then must do so again.
  if (linkedVersion(context.places, "current") === folder) rmSync(join(app, "current"));
  rmSync(join(versions, folder), { recursive: true, force: true }); // one that was tried before
  renameSync(unpacking, join(versions, folder));
  await syncFolder(versions);
  await syncFolder(app);
  return { ...under_way, folder };
}

/** What unpacking left when it was broken off. */
export function tidyVersions({ places }: UpdateContext): void {
  const versions = join(places.app, "versions");
  const used = (["current", "trial", "tried"] as const).map((link) => linkedVersion(places, link));
  for (const name of existsSync(versions) ? readdirSync(versions) : [])
    if (!used.includes(name)) rmSync(join(versions, name), { recursive: true, force: true });
}

/** From wherever it stands to its end; again and again the same, should it be broken off. */
export async function tryApp(under_way: UnderWay, context: UpdateContext): Promise<void> {
  const { places, host } = context;
  const { folder = "", version } = under_way;
  const is = (link: Parameters<typeof linkedVersion>[1]) => linkedVersion(places, link) === folder;
  if (is("current")) return committed(under_way, context);
  if (under_way.step === "rolling-back") return rollBack(under_way, under_way.reason ?? "", context);
  if (is("trial")) await host.restartService();
  const fault = await watchHealth(host, {
    standard: under_way.standard,
    seconds: under_way.health_seconds,
    hasStarted: () => is("tried"),
    isThere: () => is("trial") || is("tried"),
    onProgress: (part) => context.tell(under_way, part, `version ${version} runs and is watched`),
  });
  if (fault !== undefined) return rollBack(under_way, (!is("tried") && whyDropped(context)) || fault, context);
  await context.enter(under_way, "committing", `version ${version} has proved itself`);
  try {
    renameSync(join(places.app, "tried"), join(places.app, "current"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return rollBack(under_way, "it ended before it had proved itself", context); // at the last moment
  }
  return committed(under_way, context);
}

/** The next start of the service tries it. */
export async function putOnTrial({ folder }: UnderWay, { places }: UpdateContext): Promise<void> {
  rmSync(join(places.app, "dropped"), { force: true });
  await linkAtomic(join(places.app, "trial"), `versions/${folder}`);
}

/** Takes back what has not been started yet. */
export function takeOffTrial({ places }: UpdateContext): void {
  rmSync(join(places.app, "trial"), { force: true });
}

/** choose-app's words. */
function whyDropped({ places }: UpdateContext): string {
  return readText(join(places.app, "dropped"));
}

async function committed(under_way: UnderWay, context: UpdateContext): Promise<void> {
  const { app, run_system } = context.places;
  rmSync(join(app, IMAGE_INSTEAD), { force: true });
  await syncFolder(app);
  await linkAtomic(join(run_system, "committed"), executableIn(under_way.folder ?? "", context.places));
  tidyVersions(context);
  await context.end(under_way, "committed", `version ${under_way.version} runs`);
}

async function rollBack(under_way: UnderWay, reason: string, context: UpdateContext): Promise<void> {
  const { places, host } = context;
  const { folder = "", version } = under_way;
  await context.enter(under_way, "rolling-back", `version ${version} is taken back: ${reason}`, reason);
  for (const link of ["trial", "tried"] as const)
    if (linkedVersion(places, link) === folder) rmSync(join(places.app, link), { force: true });
  await syncFolder(places.app);
  const isRunning = readLink(join(places.run_system, "app")) === executableIn(folder, places);
  if (isRunning) await host.restartService();
  else tidyVersions(context);
  await context.end(under_way, "rolled-back", `version ${version} was taken back: ${reason}`);
}
