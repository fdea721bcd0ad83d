// SPDX-License-Identifier: Apache-2.0
import { Elysia, t } from "elysia";
import type { Plugins } from "../plugins/plugin.ts";
import type { Auth } from "./auth.ts";
import { operation } from "./operation.ts";
import { PLUGIN_NOW, PluginId, ShadowSchema } from "./plugin-schemas.ts";

const Version = t.Object(
  { version: t.String({ description: "One of its versions, beside the one that runs." }) },
  { additionalProperties: false },
);
const stages = {
  description: "For each of its stages in the graph: how far the two versions are apart.",
  schema: t.Object({ shadow: t.Array(ShadowSchema) }),
};
const missing = "There is no such plugin, or no version of it runs beside.";

/** A new version beside the old one on live data, before it takes over. */
export const pluginShadowController = ({ plugins, auth }: { plugins: Plugins; auth: Auth }) =>
  new Elysia({ prefix: "/api/plugins/:id/shadow" })
    .get("", ({ params: { id } }) => ({ shadow: plugins.shadow(id) }), {
      params: PluginId,
      detail: operation({
        tags: ["Plugins"],
        summary: "How a version beside compares with the one that runs",
        answers: { 200: stages, 404: missing },
      }),
    })
    .post(
      "",
      async ({ params: { id }, body: { version }, request }) => ({
        shadow: await plugins.startShadow(id, version, auth.actorOf(request)),
      }),
      {
        params: PluginId,
        body: Version,
        detail: operation({
          tags: ["Plugins"],
          summary: "Run another version beside, on the same data",
          answers: { 200: stages, 404: missing, 409: "No pipeline runs." },
        }),
      },
    )
    .post("/take-over", ({ params: { id }, request }) => plugins.endShadow(id, true, auth.actorOf(request)), {
      params: PluginId,
      detail: operation({
        tags: ["Plugins"],
        summary: "Let the version beside take over",
        description: "It is pinned. If it falls over again and again within a minute, the one before comes back.",
        answers: { 200: PLUGIN_NOW, 404: missing, 422: "It cannot take over; what runs goes on." },
      }),
    })
    .delete("", ({ params: { id }, request }) => plugins.endShadow(id, false, auth.actorOf(request)), {
      params: PluginId,
      detail: operation({
        tags: ["Plugins"],
        summary: "Let the version beside go",
        answers: { 200: PLUGIN_NOW, 404: missing },
      }),
    });
