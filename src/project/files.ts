// SPDX-License-Identifier: Apache-2.0
//
// stagebox.list_files, read_file, write_file and delete_file: the project's own folder, and nothing beside it.
import { ProblemsError } from "../pipeline/problem.ts";
import { type BoxService, boxService } from "../plugins/bus/box-service.ts";
import { NotFoundError } from "../runtime/box.ts";
import type { ProjectFiles } from "../store/project-files.ts";
import { count, flag, list, object, text } from "./schema.ts";

/** So many files, and so much of one, fit an answer. */
const MOST = { files: 200, bytes: 80_000, answer_bytes: 120_000 };
const LONGEST_CHARACTER = 4;
const ENCODINGS = ["text", "base64"] as const;

const FILE = {
  path: text("From the project's folder on: reports/monday.txt."),
  bytes: count("How long it is."),
  modified: text("When it was written last, ISO 8601."),
};
const PATH = text("From the project's folder on: reports/monday.txt.", { maxLength: 255 });
const ENCODING = text("How its bytes are written here; text is UTF-8.", { enum: [...ENCODINGS] });

interface Coded {
  path: string;
  encoding?: (typeof ENCODINGS)[number];
}

export function fileServices(files: ProjectFiles): BoxService[] {
  return [
    boxService<{ folder?: string; after?: string }>({
      ...{ name: "list_files", role: "viewer", changes: false, timeout_ms: 5000 },
      description: "The files of the project, by path.",
      request: object({
        folder: text("Only those below it.", { maxLength: 255 }),
        after: text("Only those behind this path: next of the answer before.", { maxLength: 255 }),
      }),
      answer: object(
        {
          files: list(object(FILE, Object.keys(FILE))),
          room_bytes: count("For so many more there is room."),
          next: text("There are more, behind this path."),
        },
        ["files", "room_bytes"],
      ),
      serve({ folder, after }) {
        const all = files.list();
        const below = folder === undefined ? "" : `${folder.replace(/\/$/, "")}/`;
        const wanted = all.filter(({ path }) => path.startsWith(below));
        const first = after === undefined ? 0 : wanted.findIndex(({ path }) => path === after) + 1;
        const page = wanted.slice(first, first + MOST.files);
        const isMore = first + page.length < wanted.length;
        return { files: page, room_bytes: files.room(all), ...(isMore && { next: page.at(-1)?.path }) };
      },
    }),
    boxService<Coded & { offset?: number; length?: number }>({
      ...{ name: "read_file", role: "viewer", changes: false, timeout_ms: 10_000 },
      description: "What a file of the project holds, piece by piece where it is long.",
      request: object(
        {
          path: PATH,
          encoding: ENCODING,
          offset: count("The first byte that is wanted."),
          length: count(`How many bytes are wanted at most; no less than ${LONGEST_CHARACTER} are given.`),
        },
        ["path"],
      ),
      answer: object(
        { ...FILE, content: text("The bytes from offset on."), next: count("There are more, from this offset on.") },
        [...Object.keys(FILE), "content"],
      ),
      async serve({ path, encoding = "text", offset = 0, length = MOST.bytes }) {
        const part = await files.read(path, offset, Math.min(Math.max(length, LONGEST_CHARACTER), MOST.bytes));
        if (!part) throw missing(path);
        const isEnd = offset + part.content.length >= part.bytes;
        const piece = encoding === "text" ? textOf(part.content, isEnd, path) : part.content;
        const content = encoding === "text" ? decode(piece) : Buffer.from(piece).toString("base64");
        const end = offset + piece.length;
        const { bytes, modified } = part;
        return { path, bytes, modified, content, ...(end < bytes && piece.length > 0 && { next: end }) };
      },
    }),
    boxService<Coded & { content: string; append?: boolean }>({
      ...{ name: "write_file", role: "operator", changes: true, timeout_ms: 20_000 },
      description: "Writes a file of the project as a whole, in the place of one that is there, or adds to it.",
      request: object(
        {
          path: PATH,
          content: text("What it shall hold."),
          encoding: ENCODING,
          append: flag("Adds to what is there; a power cut may then leave a part of it."),
        },
        ["path", "content"],
      ),
      answer: object(FILE, Object.keys(FILE)),
      brief: ({ path, content, append }) => ({ path, append, characters: content.length }),
      serve({ path, content, encoding = "text", append = false }) {
        const bytes = encoding === "text" ? Buffer.from(content) : fromBase64(content);
        return append ? files.append(path, bytes) : files.write(path, bytes);
      },
    }),
    boxService<{ path: string }>({
      ...{ name: "delete_file", role: "operator", changes: true, timeout_ms: 10_000 },
      description: "Deletes a file of the project.",
      request: object({ path: PATH }, ["path"]),
      answer: object(),
      async serve({ path }) {
        if (!(await files.delete(path))) throw missing(path);
        return {};
      },
    }),
  ];
}

function missing(path: string): NotFoundError {
  return new NotFoundError(`the project has no file ${JSON.stringify(path)}; stagebox.list_files names those it has`);
}

/** As much of it as is whole characters, and fits an answer: a line end is two there, other controls are six. */
function textOf(content: Uint8Array, isEnd: boolean, path: string): Uint8Array {
  let whole = isEnd ? content : content.subarray(0, wholeCharacters(content));
  while (Buffer.byteLength(JSON.stringify(decodeOrRefuse(whole, path))) > MOST.answer_bytes)
    whole = whole.subarray(0, wholeCharacters(whole.subarray(0, whole.length >> 1)));
  return whole;
}

function decodeOrRefuse(content: Uint8Array, path: string): string {
  try {
    return decode(content);
  } catch {
    throw new ProblemsError([{ file: path, message: "is no text in UTF-8; ask for it with encoding base64" }]);
  }
}

function decode(content: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
}

/** The end of the last character that has all of its bytes; of what is no text, the end. */
function wholeCharacters(content: Uint8Array): number {
  for (let start = content.length - 1; start >= 0 && start > content.length - LONGEST_CHARACTER; start--) {
    const byte = content[start] ?? 0;
    if ((byte & 0xc0) === 0x80) continue; // inside of one
    const bytes = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return start + bytes > content.length ? start : content.length;
  }
  return content.length;
}

function fromBase64(content: string): Uint8Array {
  const bytes = Buffer.from(content, "base64");
  if (bytes.toString("base64") === content) return bytes;
  throw new ProblemsError([
    { field: "/content", message: "content is no base64; write it with padding and no spaces" },
  ]);
}
