// SPDX-License-Identifier: Apache-2.0
//
// An update, as root does it: bundle in, journal along the way. `applyUpdate` goes as far as the trial; `resumeUpdate`
// from any step to the end, at every boot and whenever it was broken off.
import { mkdirSync } from "node:fs";
import { messageOf, ProblemsError } from "../../pipeline/problem.ts";
import type { Host } from "../host.ts";
import type { Places } from "../places.ts";
import { readSettings } from "../settings.ts";
import { putOnTrial, takeOffTrial, tidyVersions, tryApp, unpackApp } from "./app-update.ts";
import { BundleReader } from "./bundle-reader.ts";
import { preferImage, tryImage, writeImage } from "./image-update.ts";
import { readInstalled } from "./installed.ts";
import { type UnderWay, UpdateJournal } from "./journal.ts";
import { readUpdateKeys } from "./keys.ts";
import { ProgressFile } from "./progress.ts";
import { refusals } from "./rules.ts";
import { UpdateContext } from "./update-context.ts";

export interface UpdateRequest {
  /** Names it in the journal. */
  id: string;
  /** The bundle, read once; and what messages call it. */
  pieces: AsyncIterable<Uint8Array>;
  file: string;
  allow_older: boolean;
}

export function updateContext(places: Places, host: Host): UpdateContext {
  return new UpdateContext(places, host, new UpdateJournal(places), new ProgressFile(places));
}

/** Unpacks the bundle and puts it on trial. Whatever is against it, nothing has changed then, and the journal says why.
 * Throws ProblemsError. */
export async function applyUpdate(request: UpdateRequest, context: UpdateContext): Promise<void> {
  const { places, journal } = context;
  const busy = journal.read().under_way;
  if (busy && busy.step !== "unpacking")
    throw new ProblemsError([
      { message: `an update to ${busy.version} is on trial; wait for its end (stagebox update status)` },
    ]);
  let under_way = unknown(request.id);
  try {
    mkdirSync(places.app, { recursive: true, mode: 0o755 });
    if (busy) await resumeUpdate(context);
    tidyVersions(context); // room for the new one
    const { bundle, begun } = await open(request, context);
    under_way = begun;
    await context.enter(under_way, "unpacking", `version ${under_way.version} is unpacked`);
    const isApp = under_way.kind === "app";
    const unpacked = await (isApp ? unpackApp : writeImage)(bundle, under_way, context);
    if (!isApp) await preferImage(unpacked, context);
    under_way = await context.enter(unpacked, "trial", `version ${under_way.version} is started`);
    if (isApp) await putOnTrial(under_way, context);
  } catch (error) {
    takeOffTrial(context);
    tidyVersions(context);
    await context.end(under_way, "refused", messageOf(error));
    throw error;
  }
  await context.host.seeUpdateThrough();
}

/** Does nothing where none is under way. */
export async function resumeUpdate(context: UpdateContext): Promise<void> {
  const { under_way } = context.journal.read();
  if (!under_way) return;
  if (under_way.step === "unpacking") {
    tidyVersions(context);
    await context.end(under_way, "refused", "it was broken off before anything had changed; try again");
  } else await (under_way.kind === "app" ? tryApp : tryImage)(under_way, context);
}

async function open({ id, pieces, file, allow_older }: UpdateRequest, { places, host }: UpdateContext) {
  const installed = readInstalled(places);
  if (!installed) throw new ProblemsError([{ message: "this is no appliance, so it has no updates of its own" }]);
  const bundle = await BundleReader.open(pieces, file, readUpdateKeys(places.update_keys));
  const { kind, version, build } = bundle.manifest;
  const problems = refusals(bundle.manifest, installed, places, { allow_older });
  if (problems.length > 0) throw new ProblemsError(problems);
  const { health_seconds } = readSettings(places).update;
  const standard = (await host.health()) === "ready" ? "ready" : "alive";
  const begun: UnderWay = { ...unknown(id), kind, version, build, health_seconds, standard };
  return { bundle, begun };
}

/** Before its manifest has been believed. */
function unknown(id: string): UnderWay {
  return {
    ...{ id, kind: "app", version: "?", build: "?", step: "unpacking", boot_id: "" },
    ...{ began: new Date().toISOString(), health_seconds: 0, standard: "ready" },
  };
}
