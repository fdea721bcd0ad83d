// SPDX-License-Identifier: Apache-2.0
import { Elysia, t } from "elysia";
import type { Catalog, ComponentSpec } from "../pipeline/catalog.ts";
import type { Box } from "../runtime/box.ts";
import { notFound } from "./not-found.ts";
import { operation } from "./operation.ts";
import { ComponentSchema } from "./schemas.ts";

type Role = "source" | "stage" | "sink";

/** Everything a pipeline may be built from, built in or from a plugin, in one list. */
export const stagesController = ({ box }: { box: Box }) =>
  new Elysia({ prefix: "/api/stages" })
    .get("", () => ({ stages: components(box.catalog) }), {
      detail: operation({
        tags: ["Stages"],
        summary: "All sources, stages and sinks with their parameters",
        answers: {
          200: { description: "By role, then type.", schema: t.Object({ stages: t.Array(ComponentSchema) }) },
        },
      }),
    })
    .get(
      "/:type",
      ({ params: { type } }) => {
        const all = components(box.catalog);
        const found = all.find((component) => component.type === type);
        if (found) return found;
        throw notFound(
          "stage",
          type,
          all.map((it) => it.type),
        );
      },
      {
        params: t.Object({ type: t.String({ description: "notch, bandpass, recorder ..." }) }),
        detail: operation({
          tags: ["Stages"],
          summary: "One source, stage or sink",
          answers: { 200: { description: "Its parameter table.", schema: ComponentSchema } },
        }),
      },
    );

function components({ sources, stages, sinks }: Catalog) {
  return [...list(sources, "source"), ...list(stages, "stage"), ...list(sinks, "sink")];
}

function list<T extends ComponentSpec>(specs: ReadonlyMap<string, T>, role: Role) {
  const available = [...specs.values()].filter(({ unavailable }) => unavailable === undefined);
  return available.map((spec) => ({ role, ...spec })).sort((a, b) => a.type.localeCompare(b.type));
}
