// SPDX-License-Identifier: Apache-2.0
import { Elysia, t } from "elysia";
import type { BoxInstaller } from "../plugins/index/box-installer.ts";
import { STARS } from "../plugins/index/index-file.ts";
import type { PluginIndex } from "../plugins/index/plugin-index.ts";
import type { OwnRatings } from "../plugins/index/ratings.ts";
import { search } from "../plugins/index/search.ts";
import { PLUGIN_TYPES, type Plugins } from "../plugins/plugin.ts";
import { withoutSecrets } from "../store/web-file.ts";
import type { Auth } from "./auth.ts";
import { operation } from "./operation.ts";
import { oneOf, PluginId } from "./plugin-schemas.ts";
import { ProblemSchema } from "./schemas.ts";

export interface PluginMarket {
  index: PluginIndex;
  ratings: OwnRatings;
  installer: BoxInstaller;
}

const Stars = t.Integer({ minimum: STARS.least, maximum: STARS.most, description: "5 is the best." });
const Install = t.Object(
  { name: t.String({ maxLength: 256, description: "A plugin's id, with a range behind it if need be: gain@^1.2" }) },
  { additionalProperties: false },
);
const VersionSchema = t.Object({
  ...{ version: t.String(), address: t.String(), bytes: t.Integer(), sha256: t.String(), kind: t.String() },
  ...{ stagebox: t.Optional(t.String()), abi: t.Optional(t.String()), key: t.Optional(t.String()) },
  dependencies: t.Record(t.String(), t.String()),
  machines: t.Array(t.String()),
  builds: t.Boolean({ description: "It can be built where it brings no library." }),
});
const OfferSchema = t.Object({
  ...{ id: t.String(), name: t.String(), description: t.String(), license: t.String(), category: t.String() },
  authors: t.Array(t.String()),
  type: oneOf(PLUGIN_TYPES, "What kind of thing it is."),
  capabilities: t.Array(t.String()),
  versions: t.Array(VersionSchema, { description: "The newest first." }),
  rating: t.Optional(
    t.Object({ mean: t.Number(), count: t.Integer() }, { description: "Of those whom the index's keeper listens to." }),
  ),
  index: t.String({ description: "The index that it is in." }),
  own_rating: t.Optional(t.Integer({ description: "What this box's people think." })),
});
const FoundSchema = t.Object({
  plugins: t.Array(OfferSchema),
  problems: t.Array(ProblemSchema, { description: "Why an index could not be asked." }),
});
const InstalledSchema = t.Object({
  installed: t.Array(t.Object({ id: t.String(), version: t.String(), replaced: t.Boolean(), built: t.Boolean() }), {
    description: "In this order; none if it is there already.",
  }),
  warnings: t.Array(ProblemSchema),
});
const RatingSchema = t.Object({ id: t.String(), version: t.String(), stars: Stars, time: t.String() });

interface Parts {
  plugins: Plugins;
  market: PluginMarket;
  auth: Auth;
}

/** Plugins that are not here yet. */
export const pluginIndexController = ({ plugins, market, auth }: Parts) =>
  new Elysia({ prefix: "/api/plugins" })
    .get(
      "/index",
      async ({ query: { q = "" }, request, server }) => {
        server?.timeout(request, 0); // each index has its own limits
        const offers = await market.index.look(new AbortController().signal);
        const own = new Map((await market.ratings.all()).map(({ id, stars }) => [id, stars]));
        const found = search(offers.plugins.values(), q).map(({ plugin, source }) => {
          const stars = own.get(plugin.id);
          return {
            ...plugin,
            index: withoutSecrets(source.address),
            ...(stars !== undefined && { own_rating: stars }),
          };
        });
        return { plugins: found, problems: offers.problems };
      },
      {
        query: t.Object({ q: t.Optional(t.String({ maxLength: 256, description: "Words; without them all." })) }),
        detail: operation({
          tags: ["Plugins"],
          summary: "Search the indexes of this box",
          description:
            "`stagebox plugin source` says which there are. The box fetches them, so this needs an operator.",
          answers: { 200: { description: "The best first.", schema: FoundSchema }, 422: "The box looks in no index." },
        }),
      },
    )
    .post(
      "/index/install",
      ({ body: { name }, request, server }) => {
        server?.timeout(request, 0); // there may be something to download and to compile
        return market.installer.install(name, auth.actorOf(request));
      },
      {
        body: Install,
        detail: operation({
          tags: ["Plugins"],
          summary: "Install a plugin from the indexes of this box, with all that it needs",
          description:
            "As `stagebox plugin install NAME`, and with the same checks. It may do nothing until it is enabled.",
          answers: {
            200: { description: "What was installed.", schema: InstalledSchema },
            422: "It is in no index, does not fit, or did not pass its checks.",
            503: "Another one is being installed.",
          },
        }),
      },
    )
    .post(
      "/:id/rating",
      async ({ params: { id }, body: { stars }, request }) => {
        const rating = { id, version: plugins.get(id).version, stars, time: new Date().toISOString() };
        await market.ratings.rate(rating, auth.actorOf(request));
        return rating;
      },
      {
        params: PluginId,
        body: t.Object({ stars: Stars }, { additionalProperties: false }),
        detail: operation({
          tags: ["Plugins"],
          summary: "Say what you think of a plugin",
          description: "Kept on this box; `stagebox plugin rate --export` signs it for whoever keeps an index.",
          answers: {
            200: { description: "As it is kept.", schema: RatingSchema },
            404: "There is no such plugin.",
            422: "That is no rating.",
          },
        }),
      },
    );
