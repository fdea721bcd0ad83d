// SPDX-License-Identifier: Apache-2.0
import { Elysia, t } from "elysia";
import type { Catalog, ComponentSpec, Params } from "../pipeline/catalog.ts";
import { ProblemsError } from "../pipeline/problem.ts";
import { type Box, type GraphView, NotRunningError } from "../runtime/box.ts";
import type { Auth } from "./auth.ts";
import { etagOf, ifMatchNumber } from "./etag.ts";
import { notFound } from "./not-found.ts";
import { operation } from "./operation.ts";
import { ParamSpecSchema } from "./schemas.ts";

const EntryParams = t.Object({
  id: t.String(),
  type: t.String(),
  params: t.Array(
    t.Intersect([ParamSpecSchema, t.Object({ value: t.Optional(t.Any({ description: "What it is now." })) })]),
  ),
});
const Stage = t.Object({ stage: t.String({ description: "Id of a source, stage or sink of the running graph." }) });

/** The knobs of the running graph: each with its range, its default and where it stands. */
export const paramsController = ({ box, auth }: { box: Box; auth: Auth }) =>
  new Elysia({ prefix: "/api/params" })
    .get("", () => ({ entries: entries(running(box), box.catalog) }), {
      detail: operation({
        tags: ["Parameters"],
        summary: "All parameters of the running graph",
        answers: {
          200: { description: "In the order of the graph.", schema: t.Object({ entries: t.Array(EntryParams) }) },
          409: "No pipeline runs.",
        },
      }),
    })
    .get("/:stage", ({ params: { stage } }) => find(running(box), box.catalog, stage), {
      params: Stage,
      detail: operation({
        tags: ["Parameters"],
        summary: "The parameters of one source, stage or sink",
        answers: { 200: { description: "Its parameters.", schema: EntryParams }, 409: "No pipeline runs." },
      }),
    })
    .patch(
      "/:stage",
      async ({ params: { stage }, body, request, set }) => {
        find(running(box), box.catalog, stage);
        const revision = ifMatchNumber(request);
        const change = box.patch([{ action: "set", id: stage, params: body }], {
          by: auth.userOf(request),
          ...(revision !== undefined && { if_revision: revision }),
        });
        const { graph } = await change.catch(placeInBody);
        set.headers.etag = etagOf(graph.revision);
        return find(graph, box.catalog, stage);
      },
      {
        params: Stage,
        body: t.Record(t.String(), t.Any(), {
          description: "New values by parameter; null brings a default back.",
          examples: [{ low_hz: 2 }],
        }),
        detail: operation({
          tags: ["Parameters"],
          summary: "Set parameters",
          description: "Those that are live change between two blocks; any other makes a new instance.",
          answers: {
            200: { description: "As they are now.", schema: EntryParams },
            409: "No pipeline runs.",
            412: "The graph is no longer at the revision in If-Match.",
          },
        }),
      },
    );

/** Problems are told by their place in the patch that we made of the body: `/0/params/low_hz`. */
function placeInBody(error: unknown): never {
  if (!(error instanceof ProblemsError)) throw error;
  throw new ProblemsError(
    error.problems.map(({ field, ...problem }) => ({
      ...problem,
      ...(field !== undefined && { field: field.replace(/^\/0\/params/, "") }),
    })),
  );
}

function running(box: Box): GraphView {
  const graph = box.graph();
  if (!graph) throw new NotRunningError();
  return graph;
}

function find(graph: GraphView, catalog: Catalog, id: string) {
  const all = entries(graph, catalog);
  const found = all.find((entry) => entry.id === id);
  if (found) return found;
  throw notFound(
    "entry",
    id,
    all.map((entry) => entry.id),
  );
}

function entries({ source, stages, sinks }: GraphView, { sources, ...catalog }: Catalog) {
  return [
    withSpecs(source, sources.get(source.type)),
    ...stages.map((stage) => withSpecs(stage, catalog.stages.get(stage.type))),
    ...sinks.map((sink) => withSpecs(sink, catalog.sinks.get(sink.type))),
  ];
}

function withSpecs(
  { id, type, params }: { id: string; type: string; params: Params },
  spec: ComponentSpec | undefined,
) {
  return { id, type, params: (spec?.params ?? []).map((param) => ({ ...param, value: params[param.id] })) };
}
