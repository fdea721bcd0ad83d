// SPDX-License-Identifier: Apache-2.0
import { Elysia, t } from "elysia";
import { format } from "../pipeline/format.ts";
import { parsePatch } from "../pipeline/patch.ts";
import { type Box, NotRunningError, type PatchResult } from "../runtime/box.ts";
import type { Auth } from "./auth.ts";
import { etagOf, ifMatchNumber, isUnchanged } from "./etag.ts";
import { operation } from "./operation.ts";
import { GraphSchema, PatchResultSchema } from "./schemas.ts";

const DryRun = t.Object({ dry_run: t.Optional(t.Boolean({ description: "true: only say what would happen." })) });
const changed = {
  200: { description: "The graph after the change, its revision as ETag.", schema: PatchResultSchema },
  409: "No pipeline runs.",
  412: "The graph is no longer at the revision in If-Match.",
};

/** The running pipeline, and edits to it between two packets. */
export const graphController = ({ box, auth }: { box: Box; auth: Auth }) =>
  new Elysia({ prefix: "/api/graph" })
    .get(
      "",
      ({ request, set }) => {
        const graph = box.graph();
        if (!graph) throw new NotRunningError();
        set.headers.etag = etagOf(graph.revision);
        if (isUnchanged(request, etagOf(graph.revision))) return new Response(null, { status: 304 });
        return graph;
      },
      {
        detail: operation({
          tags: ["Graph"],
          summary: "The graph as it runs",
          answers: {
            200: { description: "Its revision is the ETag.", schema: GraphSchema },
            304: "Unchanged.",
            409: "No pipeline runs.",
          },
        }),
      },
    )
    .get(
      "/yaml",
      () => {
        const pipeline = box.pipeline();
        if (!pipeline) throw new NotRunningError();
        return new Response(format(pipeline, box.catalog), { headers: { "content-type": "application/yaml" } });
      },
      {
        detail: operation({
          tags: ["Graph"],
          summary: "The running pipeline as a file, with all edits",
          answers: { 200: { description: "A pipeline file.", type: "application/yaml" }, 409: "No pipeline runs." },
        }),
      },
    )
    .post(
      "/patch",
      async ({ body, query, request, set }) => {
        const patch = parsePatch(body);
        const result = await box.patch(patch.actions, {
          dry_run: patch.dry_run || query.dry_run === true,
          ...options(request, auth),
        });
        return answer(result, set.headers);
      },
      {
        query: DryRun,
        detail: operation({
          tags: ["Graph"],
          summary: "Edit the running graph",
          description:
            "One action, a list of actions that are applied as one, or {actions, dry_run}. Actions: insert, remove, move, replace, set, bypass, add_sink, remove_sink, rename.",
          body: {
            description: "The edit.",
            required: true,
            content: {
              "application/json": {
                schema: { oneOf: [{ type: "object" }, { type: "array", items: { type: "object" } }] },
                example: { action: "insert", after: "notch", stage: { type: "fft", size: 1024 } },
              },
            },
          },
          answers: changed,
        }),
      },
    )
    .post(
      "/undo",
      async ({ query, request, set }) =>
        answer(await box.undo({ dry_run: query.dry_run === true, ...options(request, auth) }), set.headers),
      {
        query: DryRun,
        detail: operation({ tags: ["Graph"], summary: "Take the last change back", answers: changed }),
      },
    );

function options(request: Request, auth: Auth) {
  const revision = ifMatchNumber(request);
  return { by: auth.userOf(request), ...(revision !== undefined && { if_revision: revision }) };
}

function answer(result: PatchResult, headers: Record<string, string | number>): PatchResult {
  if (!result.dry_run) headers.etag = etagOf(result.graph.revision);
  return result;
}
