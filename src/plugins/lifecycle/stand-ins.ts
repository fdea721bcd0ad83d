// SPDX-License-Identifier: Apache-2.0
//
// What stands in the catalogue for a plugin that is not there, as its manifest announces it.
import type { Components } from "../../native/catalog.ts";
import type { Catalog, ComponentSpec } from "../../pipeline/catalog.ts";
import type { Document } from "../../pipeline/document.ts";
import type { FoundPlugin, StageNotice } from "../plugin.ts";

export const NOTHING: Components = { sources: [], stages: [], sinks: [] };

export function allOf(components: Components): ComponentSpec[] {
  return Object.values(components).flat();
}

/** So that pipelines that name its stages keep them. `reason` goes on from "the plugin gain, which". */
export function standIns(found: FoundPlugin, reason: string): Components {
  const { id, version, stages, category, name } = found.manifest;
  const spec = (notice: StageNotice): ComponentSpec => ({
    ...{ type: notice.type, name: notice.name, category, description: notice.description },
    ...{ input: notice.input, output: notice.output, params: notice.params ?? [] },
    plugin: { id, version },
    unavailable: `it is of the plugin ${name} (${id}), which ${reason}`,
  });
  return {
    sources: stages.filter(({ role }) => role === "source").map(spec),
    stages: stages.filter(({ role }) => role === "stage").map(spec),
    sinks: stages
      .filter(({ role }) => role === "sink")
      .map((notice) => ({ ...spec(notice), accepts: [notice.input], native: true })),
  };
}

/** For stages that a pipeline passes over and nobody knows any more, since their plugin was removed: they do nothing,
 * and the rest can run. */
export function leftBehind({ value }: Document, { stages: known }: Catalog): Components {
  const { stages } = (value ?? {}) as { stages?: unknown };
  const entries = (Array.isArray(stages) ? stages : []) as ({ type?: unknown; bypass?: unknown } | null)[];
  const passedOver = entries.filter((entry) => entry?.bypass === true).map((entry) => String(entry?.type));
  const types = new Set(passedOver.filter((type) => !known.has(type)));
  const spec = (type: string): ComponentSpec => ({
    ...{ type, name: type, category: "other", description: "", input: "signal", output: "signal", params: [] },
    unavailable: "its plugin is not there; install it again, or remove the stage",
  });
  return { ...NOTHING, stages: [...types].map(spec) };
}
