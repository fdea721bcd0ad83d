// SPDX-License-Identifier: Apache-2.0
import { Elysia, t } from "elysia";
import { LISTS } from "../plugins/choices/permissions.ts";
import { findPlugins } from "../plugins/find.ts";
import { manifestSchema } from "../plugins/manifest/parse.ts";
import { FOLDERS } from "../plugins/manifest/rules.ts";
import type { Permissions, PluginChoice, Plugins } from "../plugins/plugin.ts";
import { PLUGIN_STATES, PLUGIN_TYPES } from "../plugins/plugin.ts";
import type { Auth } from "./auth.ts";
import { operation } from "./operation.ts";
import { LogSchema, oneOf, PLUGIN_NOW, PluginId, PluginSchema, PluginStatusSchema } from "./plugin-schemas.ts";
import { uiFile } from "./plugin-ui.ts";

const Filter = t.Object({
  type: t.Optional(oneOf(PLUGIN_TYPES, "Only of this type.")),
  category: t.Optional(t.String({ description: "Only of this category." })),
  capability: t.Optional(t.String({ description: "Only those that bring it: stage, backend; backend:fftw ..." })),
  state: t.Optional(oneOf(PLUGIN_STATES, "Only in this state.")),
});
const Paths = t.Optional(t.Array(t.String()));
const Flag = t.Optional(t.Boolean());
const RIGHT_FLAGS = { network: Flag, processes: Flag, threads: Flag, log: Flag, config: Flag, watch: Flag };
const NAME_LISTS = { subscribe: Paths, publish: Paths, services: Paths };
const Enable = t.Object(
  {
    grant: t.Optional(
      t.Union([t.Object({ ...RIGHT_FLAGS, read: Paths, write: Paths, ...NAME_LISTS }), t.Array(t.String())], {
        description:
          'All that it may do, of what it asks for: {"network": true}, or ["network", "read=/etc/hosts", "all"].',
      }),
    ),
    trust: t.Optional(
      t.Union([t.Boolean(), t.Literal("unsigned")], {
        description:
          'Needs the role admin. It may run in the service\'s own process, if it asks for that: signed by somebody whom the box trusts, or, with "unsigned", linked in or put there by hand.',
      }),
    ),
    pinned: t.Optional(
      t.Union([t.String(), t.Null()], { description: "Only this version; null: the newest that fits." }),
    ),
    config: t.Optional(t.Record(t.String(), t.Any(), { description: "Settings that differ from their defaults." })),
  },
  { additionalProperties: false, description: "What may be left out stays as it is." },
);
const missing = "There is no such plugin.";

/** What runs, and what may. */
export const pluginsController = ({ plugins, auth }: { plugins: Plugins; auth: Auth }) =>
  new Elysia({ prefix: "/api/plugins" })
    .get("", ({ query }) => ({ plugins: findPlugins(plugins.list(), query) }), {
      query: Filter,
      detail: operation({
        tags: ["Plugins"],
        summary: "All plugins that the box knows",
        answers: {
          200: { description: "By id.", schema: t.Object({ plugins: t.Array(PluginSchema) }) },
          422: "There is no such type or state.",
        },
      }),
    })
    .get("/schema", () => manifestSchema(), {
      detail: operation({
        tags: ["Plugins"],
        summary: "The JSON schema of plugin.toml",
        answers: { 200: { description: "Draft 2020-12.", schema: t.Any() } },
      }),
    })
    .get("/system/status", () => plugins.status(), {
      detail: operation({
        tags: ["Plugins"],
        summary: "How many plugins are in which state, and folders that hold none",
        answers: { 200: { description: "Counts, and what is wrong with the rest.", schema: PluginStatusSchema } },
      }),
    })
    .get("/:id", ({ params: { id } }) => plugins.get(id), {
      params: PluginId,
      detail: operation({
        tags: ["Plugins"],
        summary: "One plugin: state, versions, permissions, statistics",
        answers: { 200: PLUGIN_NOW, 404: missing },
      }),
    })
    .delete(
      "/:id",
      async ({ params: { id }, query, request }) => {
        await plugins.remove(id, query.version, auth.actorOf(request));
        return new Response(null, { status: 204 });
      },
      {
        params: PluginId,
        query: t.Object({ version: t.Optional(t.String({ description: "This one alone; else all." })) }),
        detail: operation({
          tags: ["Plugins"],
          summary: "Take a plugin off the box",
          description:
            "With its last version goes what was decided about it. A roll-back brings it back, as long as a generation knows it.",
          answers: {
            204: "It is gone; its stages in the graph are bypassed.",
            404: missing,
            422: "It lies elsewhere.",
          },
        }),
      },
    )
    .get("/:id/log", ({ params: { id } }) => ({ log: plugins.log(id) }), {
      params: PluginId,
      detail: operation({
        tags: ["Plugins"],
        summary: "What a plugin wrote, and what happened to it",
        answers: { 200: { description: "The latest lines, newest last.", schema: LogSchema }, 404: missing },
      }),
    })
    .get("/:id/ui/*", ({ params, request }) => uiFile(plugins.get(params.id), params["*"], request), {
      params: t.Object({
        ...PluginId.properties,
        "*": t.String({ description: "A file below the plugin's ui folder." }),
      }),
      detail: operation({
        tags: ["Plugins"],
        summary: "A file of a plugin's part of the console",
        answers: { 200: { description: "The file.", type: "application/octet-stream" }, 404: "There is no such file." },
      }),
    })
    .post(
      "/:id/enable",
      ({ params: { id }, body, request }) => {
        /* Below the kernel's walls an operator decides; who may be let through them, the box's owner. */
        if (body.trust !== undefined) auth.insist(request, "admin", '"trust"', "leave it out, or ask an admin");
        return plugins.choose(id, choiceOf(plugins, id, body), auth.actorOf(request));
      },
      {
        params: PluginId,
        body: Enable,
        detail: operation({
          tags: ["Plugins"],
          summary: "Let a plugin run, and say what it may do",
          description: "Repeating it changes nothing. Settings and permissions take effect between two packets.",
          answers: { 200: PLUGIN_NOW, 403: "The token's role does not suffice: trust is an admin's.", 404: missing },
        }),
      },
    )
    .post(
      "/:id/disable",
      ({ params: { id }, request }) => plugins.choose(id, { enabled: false }, auth.actorOf(request)),
      {
        params: PluginId,
        detail: operation({
          tags: ["Plugins"],
          summary: "Stop a plugin; its stages in the graph are bypassed",
          answers: { 200: PLUGIN_NOW, 404: missing, 422: "The running graph cannot do without it." },
        }),
      },
    )
    .post("/:id/reload", ({ params: { id }, request }) => plugins.reload(id, auth.actorOf(request)), {
      params: PluginId,
      detail: operation({
        tags: ["Plugins"],
        summary: "Load a plugin anew, its instances keeping their state",
        answers: { 200: PLUGIN_NOW, 404: missing, 422: "The build does not work; what runs goes on." },
      }),
    })
    .post("/:id/retry", ({ params: { id }, request }) => plugins.retry(id, auth.actorOf(request)), {
      params: PluginId,
      detail: operation({
        tags: ["Plugins"],
        summary: "Try a plugin again at once, out of quarantine too",
        answers: { 200: PLUGIN_NOW, 404: missing, 422: "It does not work yet." },
      }),
    });

type Given = typeof Enable.static;

function choiceOf(plugins: Plugins, id: string, { grant, trust, pinned, config }: Given): Partial<PluginChoice> {
  const granted = Array.isArray(grant) ? fromWords(grant, plugins.get(id).permissions.asked) : grant;
  return {
    enabled: true,
    ...(granted && { granted: granted as Partial<Permissions> }),
    ...(trust !== undefined && { trusted: trust }),
    ...(pinned !== undefined && { pinned: pinned ?? "" }),
    ...(config && { config }),
  };
}

/** `network`, `read=/etc/hosts`, `all`. */
function fromWords(words: readonly string[], asked: Permissions): Partial<Permissions> {
  const isAll = words.includes("all");
  const members = (key: (typeof LISTS)[number]) => {
    const named = words.filter((word) => word.startsWith(`${key}=`)).map((word) => word.slice(key.length + 1));
    return [...new Set([...(isAll ? asked[key].filter((it) => it !== FOLDERS) : []), ...named])];
  };
  const rights = words.filter((word) => !word.includes("=") && word !== "none" && word !== "all");
  return {
    ...(isAll && asked),
    ...Object.fromEntries(rights.map((word) => [word, true])),
    ...Object.fromEntries(LISTS.map((key) => [key, members(key)])),
  };
}
