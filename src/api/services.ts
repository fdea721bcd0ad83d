// SPDX-License-Identifier: Apache-2.0
import { Elysia, t } from "elysia";
import type { Services } from "../plugins/bus/bus.ts";
import { ROLES } from "../store/tokens.ts";
import type { Auth } from "./auth.ts";
import { operation } from "./operation.ts";
import { oneOf, PluginId } from "./plugin-schemas.ts";

const JsonSchema = t.Any({ description: "A JSON schema." });
const ServiceSchema = t.Object({
  plugin: t.String(),
  name: t.String(),
  description: t.String(),
  request: JsonSchema,
  answer: JsonSchema,
  timeout_ms: t.Integer({ description: "Whoever calls it waits so long." }),
  ready: t.Boolean({ description: "Its plugin is there to answer." }),
  role: oneOf(ROLES, "What a person needs to call it."),
});

/** What plugins and the box offer to plugins, for people, too. */
export const servicesController = ({ services, auth }: { services: Services; auth: Auth }) =>
  new Elysia({ prefix: "/api" })
    .get("/services", () => ({ services: services.services() }), {
      detail: operation({
        tags: ["Plugins"],
        summary: "Services of plugins, and of the box itself (stagebox)",
        answers: {
          200: { description: "Those that can be called.", schema: t.Object({ services: t.Array(ServiceSchema) }) },
        },
      }),
    })
    .post(
      "/plugins/:id/services/:name",
      async ({ params: { id, name }, body, request }) =>
        Response.json(await services.call(id, name, body, auth.actorOf(request))),
      {
        params: t.Object({ ...PluginId.properties, name: t.String({ description: "Of the service: count." }) }),
        body: t.Any({ description: "The request, as the service's schema has it." }),
        detail: operation({
          tags: ["Plugins"],
          summary: "Call a service of a plugin",
          answers: {
            200: { description: "The answer, as the service's schema has it.", schema: t.Any() },
            404: "There is no such service.",
            422: "The request does not fit.",
            502: "The plugin could not, or its answer does not fit.",
            503: "The plugin is not there just now, or fell over while it was asked, or has too much to do.",
            504: "The plugin did not answer in time.",
          },
        }),
      },
    );
