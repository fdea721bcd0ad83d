// SPDX-License-Identifier: Apache-2.0
//
// What a set-up can only do once there is a network: plugins from the web, and the pipeline that needs them. It is noted
// down, and tried by a unit of its own until it is done or refused; the box runs meanwhile.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Place } from "../../pipeline/document.ts";
import type { Places } from "../places.ts";
import { writePrivate } from "../private-file.ts";
import { readJson } from "../read.ts";
import type { Box } from "./box.ts";
import { lastReport, placed, publishReport, type Report } from "./report.ts";
import type { PipelineOrder, ServiceAnswer } from "./service-side.ts";
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

/** Undefined if there is nothing to do. One plugin after the other, and noted down: a server that is slow, or a power cut,
 * costs none of those that came before it, and keeps none of those behind it waiting for another time. */
export async function doLater({ places, service, now }: Box): Promise<Report | undefined> {
  const later = readJson(laterFile(places)) as Later | undefined;
  const report = lastReport(places);
  if (!later || !report) return undefined;
  const { plugins, pipeline } = later;
  const left: Later = { ...later, plugins: [...plugins] };
  const hear = ({ done, problems }: ServiceAnswer, place: Place) => {
    if (done !== undefined) report.done.push(done);
    else report.problems.push(...placed(problems, place));
  };
  const note = async () => {
    Object.assign(report, { pending: pendingLines(left), restart: false, time: now().toISOString() });
    await publishReport(report, places).catch(() => {}); // nobody can write to the card
    await writeLater(left, places);
  };
  for (const plugin of plugins) {
    const [answer] = await service.obey({ plugins: [plugin.source] }).catch(() => []);
    if (!answer || (answer.done === undefined && answer.again)) continue;
    hear(answer, plugin.place);
    left.plugins.splice(left.plugins.indexOf(plugin), 1);
    if (left.plugins.length > 0) await note();
  }
  if (pipeline) {
    const [answer] = await service.obey({ plugins: [], pipeline: pipeline.order });
    if (answer && (answer.done !== undefined || left.plugins.length === 0)) {
      hear(answer, pipeline.place);
      delete left.pipeline;
    }
  }
  await note();
  return report;
}

/** The condition of stagebox-setup-later.service. */
function laterFile({ setup }: Places): string {
  return join(setup, "later.json");
}
