// SPDX-License-Identifier: Apache-2.0
import { Elysia, t } from "elysia";
import { NotFoundError } from "../runtime/box.ts";
import type { RecordingStore } from "../store/recordings.ts";
import { fileResponse } from "./file-response.ts";
import { operation } from "./operation.ts";
import { RecordingSchema } from "./schemas.ts";

const Name = t.Object({ name: t.String({ description: "The file's name." }) });

/** The files in the recordings folder. */
export const recordingsController = ({ recordings }: { recordings: RecordingStore }) =>
  new Elysia({ prefix: "/api/recordings" })
    .get("", async () => ({ recordings: await recordings.list() }), {
      detail: operation({
        tags: ["Recordings"],
        summary: "All recordings, newest first",
        answers: {
          200: {
            description: "With what their headers say.",
            schema: t.Object({ recordings: t.Array(RecordingSchema) }),
          },
        },
      }),
    })
    .get("/:name", ({ params: { name } }) => recordings.get(name) ?? missing(name), {
      params: Name,
      detail: operation({
        tags: ["Recordings"],
        summary: "What one recording holds",
        answers: { 200: { description: "What its header says.", schema: RecordingSchema } },
      }),
    })
    .get(
      "/:name/download",
      ({ params: { name }, request }) => fileResponse(recordings.path(name) ?? missing(name), request),
      {
        params: Name,
        detail: operation({
          tags: ["Recordings"],
          summary: "The file itself",
          description:
            "Ranges are served, so a download can go on where it broke off. The token may be given as ?token=.",
          answers: {
            200: { description: "The whole file.", type: "application/octet-stream" },
            206: { description: "The range that was asked for.", type: "application/octet-stream" },
            304: "Unchanged.",
            416: "The range lies outside the file.",
          },
        }),
      },
    )
    .delete(
      "/:name",
      async ({ params: { name }, set }) => {
        if (!(await recordings.delete(name))) missing(name);
        set.status = 204;
      },
      {
        params: Name,
        detail: operation({
          tags: ["Recordings"],
          summary: "Delete a recording",
          answers: { 204: "It is gone.", 409: "It is being written." },
        }),
      },
    );

function missing(name: string): never {
  throw new NotFoundError(`there is no recording ${JSON.stringify(name)}; GET /api/recordings lists them`);
}
