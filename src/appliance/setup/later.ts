// SPDX-License-Identifier: Apache-2.0
//
// What a set-up can only do once there is a network: plugins from the web, and the pipeline that needs them. It is noted
// down, and tried by a unit of its own until it is done or refused; the box runs meanwhile.
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Place } from "../../pipeline/document.ts";
import type { Places } from "../places.ts";
import { writePrivate } from "../private-file.ts";
import type { Box } from "./box.ts";
import { lastReport, placed, publishReport, type Report } from "./report.ts";
import type { PipelineOrder } from "./service-side.ts";
import type { PluginSource } from "./wishes.ts";

export interface Later {
  plugins: PluginSource[];
  pipeline?: { order: PipelineOrder; place: Place };
}

export function pendingLines({ plugins, pipeline }: Later): string[] {
  return [
    ...plugins.map(({ source }) => `the plugin from ${shownAddress(source)}, once there is a network`),
    ...(pipeline ? [`the pipeline ${pipeline.order.name}, which may need what is still to come`] : []),
  ];
}

/** Without what stands behind ?: that may be a password. */
export function shownAddress(address: string): string {
  return address.replace(/[?#].*$/, "");
}

export async function writeLater(later: Later, places: Places): Promise<void> {
  const path = laterFile(places);
  if (later.plugins.length > 0) await writePrivate(path, `${JSON.stringify(later)}\n`);
  else await rm(path, { force: true });
}

/** Undefined if there is nothing to do. */
export async function doLater(box: Box): Promise<Report | undefined> {
  const { places } = box;
  const later = await readLater(places);
  const report = await lastReport(places);
  if (!later || !report) return undefined;
  const { plugins, pipeline } = later;
  const order = { plugins: plugins.map(({ source }) => source), ...(pipeline && { pipeline: pipeline.order }) };
  const left: Later = { plugins: [] };
  for (const { part, index = 0, done, problems, again } of await box.service.obey(order)) {
    const plugin = part === "plugin" ? plugins[index] : undefined;
    if (done !== undefined) report.done.push(done);
    else if (plugin && again) left.plugins.push(plugin);
    else if (part === "pipeline" && pipeline && left.plugins.length > 0) left.pipeline = pipeline;
    else report.problems.push(...placed(problems, (plugin ?? pipeline)?.place ?? {}));
  }
  report.pending = pendingLines(left);
  report.restart = false;
  report.time = box.now().toISOString();
  await publishReport(report, places);
  await writeLater(left, places);
  return report;
}

async function readLater(places: Places): Promise<Later | undefined> {
  try {
    return JSON.parse(await readFile(laterFile(places), "utf8"));
  } catch {
    return undefined;
  }
}

/** The condition of stagebox-setup-later.service. */
function laterFile({ setup }: Places): string {
  return join(setup, "later.json");
}
