// SPDX-License-Identifier: Apache-2.0
import { Elysia, t } from "elysia";
import { parsePatch } from "../pipeline/patch.ts";
import type { Plugins } from "../plugins/plugin.ts";
import type { Box } from "../runtime/box.ts";
import type { Auth } from "./auth.ts";
import { etagOf, ifMatchNumber } from "./etag.ts";
import { operation } from "./operation.ts";
import { PluginId } from "./plugin-schemas.ts";
import { PatchResultSchema } from "./schemas.ts";

const missing = "There is no such plugin, or it has no such preset.";
const preset = t.String({ description: "One of the plugin's presets." });
const DryRun = t.Object({ dry_run: t.Optional(t.Boolean({ description: "true: only say what would happen." })) });

/** Edits of the graph that come with a plugin. */
export const pluginPresetsController = ({ plugins, box, auth }: { plugins: Plugins; box: Box; auth: Auth }) =>
  new Elysia({ prefix: "/api" })
    .get("/plugins/:id/presets/:preset", ({ params: { id, preset } }) => parsePatch(plugins.preset(id, preset)), {
      params: t.Object({ ...PluginId.properties, preset }),
      detail: operation({
        tags: ["Plugins"],
        summary: "What a preset does to the graph",
        answers: {
          200: {
            description: "A patch of the graph.",
            schema: t.Object({ actions: t.Array(t.Any()), dry_run: t.Boolean() }),
          },
          404: missing,
          422: "Its file is no patch.",
        },
      }),
    })
    .post(
      "/graph/presets/:plugin/:preset",
      async ({ params, query, request, set }) => {
        const patch = parsePatch(plugins.preset(params.plugin, params.preset));
        const revision = ifMatchNumber(request);
        const result = await box.patch(patch.actions, {
          dry_run: patch.dry_run || query.dry_run === true,
          by: auth.userOf(request),
          ...(revision !== undefined && { if_revision: revision }),
        });
        if (!result.dry_run) set.headers.etag = etagOf(result.graph.revision);
        return result;
      },
      {
        params: t.Object({ plugin: t.String({ description: "The plugin's id." }), preset }),
        query: DryRun,
        detail: operation({
          tags: ["Graph"],
          summary: "Merge a plugin's preset into the running graph",
          answers: {
            200: { description: "The graph after the change, its revision as ETag.", schema: PatchResultSchema },
            404: missing,
            409: "No pipeline runs.",
            412: "The graph is no longer at the revision in If-Match.",
            422: "It is no patch, or does not fit this graph.",
          },
        }),
      },
    );
