// SPDX-License-Identifier: Apache-2.0
import { Elysia, getSchemaValidator, type Static, t, ValidationError } from "elysia";
import type { BoxUpdates } from "../appliance/update/box-updates.ts";
import { operation } from "./operation.ts";
import { HttpError } from "./problem-response.ts";
import { LatestSchema, UpdateSchema } from "./schemas.ts";

const NOT_OWN =
  "this is no appliance: update Stagebox as it was installed here, and end it with its own system's tools";
const Asked = t.Object({ id: t.String({ description: "Which request it is." }) });

const Download = t.Object(
  {
    url: t.String({ pattern: "^https?://", maxLength: 2048, description: "An http or https address of a bundle." }),
    sha256: t.Optional(t.String({ pattern: "^[0-9a-f]{64}$", description: "Of the whole bundle." })),
    allow_older: t.Optional(t.Boolean({ description: "Whether it may be older than what runs." })),
  },
  { additionalProperties: false },
);
const downloads = getSchemaValidator(Download);

const Query = t.Object({
  sha256: t.Optional(t.String({ pattern: "^[0-9a-f]{64}$", description: "Of a bundle that is sent." })),
  allow_older: t.Optional(
    t.BooleanString({ description: "Whether a bundle that is sent may be older than what runs." }),
  ),
});

/** Another version of the application, or of everything; and the plug. For admins. */
export const updateController = ({ updates }: { updates: BoxUpdates }) => {
  const mustBeOwn = () => {
    if (!updates.isOwn) throw new HttpError(409, NOT_OWN);
  };
  return new Elysia({ prefix: "/api/system" })
    .get("/update", () => updates.view(), {
      detail: operation({
        tags: ["System"],
        summary: "How far an update is, and how those before it went",
        description:
          "Steps are receiving, checking, requested, unpacking, trial, second-trial (images), committing and rolling-back; refused is the end of one that was not accepted. Each change is an event of the type Update as well.",
        answers: { 200: { description: "As of now.", schema: UpdateSchema } },
      }),
    })
    .get(
      "/update/latest",
      () => {
        mustBeOwn();
        return updates.latest();
      },
      {
        detail: operation({
          tags: ["System"],
          summary: "What the channel offers",
          description:
            "The channel is the address in [update] of stagebox.toml. What it names can be given to POST /api/system/update. For admins.",
          answers: {
            200: { description: "Its latest release.", schema: LatestSchema },
            409: "This is no appliance.",
            422: "No channel is set, or it cannot be read.",
          },
        }),
      },
    )
    .post(
      "/update",
      async ({ body, query, request, set }) => {
        mustBeOwn();
        set.status = 202;
        if (body instanceof ReadableStream) {
          const bytes = Number(request.headers.get("content-length") ?? Number.NaN) || undefined;
          const options = { allow_older: query.allow_older ?? false, sha256: query.sha256 };
          const { id, manifest } = await updates.receive(body, "the bundle", bytes, options);
          return { id, kind: manifest.kind, version: manifest.version };
        }
        const { url, sha256, allow_older = false } = asDownload(body);
        return { id: updates.download(url, { allow_older, sha256 }) };
      },
      {
        query: Query,
        detail: operation({
          tags: ["System"],
          summary: "Update the box",
          description:
            "The body is the bundle itself, or an address that it is downloaded from. It must be signed by a key that the box's image holds. The new version is tried: if packets do not move for as long as they should, the one before comes back. Recordings, plugins and configuration stay. For admins.",
          body: {
            description: "A bundle, or where one is.",
            required: true,
            content: { "application/octet-stream": {}, "application/json": { schema: Download } },
          },
          answers: {
            202: {
              description: "It will be tried; GET tells how far it is.",
              schema: t.Object({
                id: t.String(),
                kind: t.Optional(t.Union([t.Literal("app"), t.Literal("image")])),
                version: t.Optional(t.String()),
              }),
            },
            409: "This is no appliance, or an update is under way.",
          },
        }),
      },
    )
    .post(
      "/reboot",
      async ({ set }) => {
        mustBeOwn();
        set.status = 202;
        return { id: await updates.reboot() };
      },
      {
        detail: operation({
          tags: ["System"],
          summary: "Start the box anew",
          description: "Recordings are closed first. For admins.",
          answers: { 202: { description: "It will in a moment.", schema: Asked }, 409: "This is no appliance." },
        }),
      },
    )
    .post(
      "/power-off",
      async ({ set }) => {
        mustBeOwn();
        set.status = 202;
        return { id: await updates.powerOff() };
      },
      {
        detail: operation({
          tags: ["System"],
          summary: "Switch the box off",
          description: "Recordings are closed first. For admins.",
          answers: { 202: { description: "It will in a moment.", schema: Asked }, 409: "This is no appliance." },
        }),
      },
    );
};

/** As the framework checks the body of a route that takes nothing else. Throws ValidationError. */
function asDownload(body: unknown): Static<typeof Download> {
  if (!downloads.Check(body)) throw new ValidationError("body", downloads, body);
  return body as Static<typeof Download>;
}
