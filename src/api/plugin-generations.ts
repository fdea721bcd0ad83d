// SPDX-License-Identifier: Apache-2.0
import { Elysia, t } from "elysia";
import type { Plugins } from "../plugins/plugin.ts";
import type { Auth } from "./auth.ts";
import { operation } from "./operation.ts";
import type { PluginMarket } from "./plugin-index.ts";

const GenerationSchema = t.Object({
  number: t.Integer(),
  time: t.String(),
  by: t.String({ description: "Who made it; box: what it found in its folders." }),
  changes: t.Array(t.String(), { description: "What is other than in the one before." }),
  plugins: t.Array(
    t.Object({
      id: t.String(),
      version: t.String(),
      folder: t.String(),
      sha256: t.String({ description: "Over all files of its folder." }),
      signature: t.Optional(t.String({ description: "Whose it was when it came; absent: nobody's." })),
    }),
  ),
  pins: t.Record(t.String(), t.String()),
  choices: t.Record(t.String(), t.Any(), { description: "What was decided about each, as it was left." }),
  again: t.Optional(t.Integer({ description: "The one that came back with it." })),
});
const Rollback = t.Object(
  { to: t.Optional(t.Integer({ description: "The generation's number; without it, the one before." })) },
  { additionalProperties: false },
);

const Changed = t.Object(
  { ticket: t.Optional(t.String({ description: "Of what the box itself has started, for whoever asked for it." })) },
  { additionalProperties: false },
);

interface Parts {
  plugins: Plugins;
  market: PluginMarket;
  auth: Auth;
}

/** Sets of plugins, and the way back to one. */
export const pluginGenerationsController = ({ plugins, market, auth }: Parts) =>
  new Elysia({ prefix: "/api/plugins/generations" })
    .get("", () => ({ generations: plugins.generations() }), {
      detail: operation({
        tags: ["Plugins"],
        summary: "The sets of plugins that can come back",
        answers: {
          200: {
            description: "The oldest first; the last one is in use.",
            schema: t.Object({ generations: t.Array(GenerationSchema) }),
          },
        },
      }),
    })
    .post(
      "",
      async ({ body: { ticket }, request }) => {
        await plugins.takeStock(market.installer.askedBy(ticket) ?? auth.actorOf(request));
        return new Response(null, { status: 204 });
      },
      {
        body: Changed,
        detail: operation({
          tags: ["Plugins"],
          summary: "What was put into the folders, and taken out of them, is complete",
          description: "It is one generation, by whoever says so; the box would see it by itself, a little later.",
          answers: { 204: "It is noted; if nothing is new, there is no other generation." },
        }),
      },
    )
    .post("/rollback", ({ body, request }) => plugins.rollback(body.to, auth.actorOf(request)), {
      body: Rollback,
      detail: operation({
        tags: ["Plugins"],
        summary: "Bring a whole set of plugins back, with what was decided about it",
        description: "The pipeline runs on; versions are exchanged between two packets.",
        answers: {
          200: { description: "The new generation, which is the old one again.", schema: GenerationSchema },
          422: "There is no such generation, or some of it is no more; nothing has changed.",
        },
      }),
    });
