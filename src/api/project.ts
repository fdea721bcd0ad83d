// SPDX-License-Identifier: Apache-2.0
import { Elysia, t } from "elysia";
import { NotFoundError } from "../runtime/box.ts";
import { NameError } from "../store/folder.ts";
import type { ProjectFiles } from "../store/project-files.ts";
import { fileResponse } from "./file-response.ts";
import { operation } from "./operation.ts";

/** More comes in pieces that a plugin adds, or as an export. */
export const PROJECT_FILE_BYTES = 64 * 1024 * 1024;

const Path = t.Object({ "*": t.String({ description: "From the project's folder on: reports/monday.txt." }) });
const FileSchema = t.Object({
  path: t.String(),
  bytes: t.Integer(),
  modified: t.String({ description: "ISO 8601." }),
});

/** The files that people and plugins (stagebox.write_file) work on together. */
export const projectController = ({ project }: { project: ProjectFiles }) =>
  new Elysia({ prefix: "/api/project/files" })
    .get(
      "",
      () => {
        const files = project.list();
        return { files, room_bytes: project.room(files) };
      },
      {
        detail: operation({
          tags: ["Project"],
          summary: "The files of the project",
          answers: {
            200: {
              description: "By path, and how much more there is room for.",
              schema: t.Object({ files: t.Array(FileSchema), room_bytes: t.Integer() }),
            },
          },
        }),
      },
    )
    .get(
      "/*",
      async ({ params, request }) => {
        const path = decoded(params["*"]);
        const real = await project.find(path);
        return real === undefined ? missing(path) : fileResponse(real, request);
      },
      {
        params: Path,
        detail: operation({
          tags: ["Project"],
          summary: "One file",
          description: "Ranges are served. The token may be given as ?token=.",
          answers: {
            200: { description: "The whole file.", type: "application/octet-stream" },
            206: { description: "The range that was asked for.", type: "application/octet-stream" },
            304: "Unchanged.",
            416: "The range lies outside the file.",
          },
        }),
      },
    )
    .put("/*", ({ params, body }) => project.write(decoded(params["*"]), body as Uint8Array), {
      params: Path,
      detail: operation({
        tags: ["Project"],
        summary: "Write a file",
        description: "In one step, in the place of one that is there: curl -T FILE.",
        body: {
          description: "What it shall hold.",
          required: true,
          content: { "application/octet-stream": { schema: { type: "string", format: "binary" } } },
        },
        answers: { 200: { description: "It is there.", schema: FileSchema } },
      }),
    })
    .delete(
      "/*",
      async ({ params, set }) => {
        const path = decoded(params["*"]);
        if (!(await project.delete(path))) missing(path);
        set.status = 204;
      },
      {
        params: Path,
        detail: operation({ tags: ["Project"], summary: "Delete a file", answers: { 204: "It is gone." } }),
      },
    );

function missing(path: string): never {
  throw new NotFoundError(`the project has no file ${JSON.stringify(path)}; GET /api/project/files lists them`);
}

/** The router leaves what `*` stands for as it was sent. Throws NameError. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new NameError(path, "is not written as an address has it: %20 and the like");
  }
}
