// SPDX-License-Identifier: Apache-2.0
//
// Reads a request's body: at most so many bytes, counted while they come in, so that a huge body costs neither memory
// nor time whatever its header claims.
import { HttpError } from "./problem-response.ts";

export const BODY_BYTES = 1024 * 1024;

export interface BodyRule {
  /** The most it may have. */
  bytes: number;
  /** Samples may come as they are. */
  binary?: boolean;
  /** Bytes, whatever they are called. */
  raw?: boolean;
  /** What is neither JSON nor short is handed on as it comes in. */
  stream?: boolean;
}

/** Words, not goods: nobody's `curl -d` is longer where goods can be sent. */
const SHORT_BYTES = 4096;
/** Whoever checks a value calls itself for each level. */
const MOST_LEVELS = 64;

/** Before anything else looks at the request: what says itself that it is too large. */
export function refuseHugeBody(request: Request, limit: number): void {
  if (Number(request.headers.get("content-length") ?? 0) > limit) throw tooLarge(limit);
}

/**
 * JSON as the value it is, YAML as its text, bytes as they are, nothing as an empty map. Where no type is given, or curl's own for -d, what is
 * in the body decides.
 */
export async function readBody(
  request: Request,
  contentType: string | null,
  { bytes: limit, binary = false, raw = false, stream = false }: BodyRule,
): Promise<unknown> {
  if (request.method === "GET") return {}; // a WebSocket's request, as Elysia sees it
  if (raw) return readBytes(request, limit);
  const kind = kindOf(contentType, binary || stream);
  if (stream) return kind === "binary" || isLong(request, kind) ? request.body : readWords(request, kind, SHORT_BYTES);
  return kind === "binary" ? readBytes(request, limit) : readWords(request, kind, limit, binary);
}

/** Not what its sender, such as curl, calls JSON, and too long for words. */
function isLong(request: Request, kind: Kind): boolean {
  return kind === "unknown" && !(Number(request.headers.get("content-length") ?? Number.NaN) <= SHORT_BYTES);
}

async function readWords(request: Request, kind: Kind, limit: number, binary = false): Promise<unknown> {
  const text = await readText(request, limit, binary);
  if (text.trim() === "") return {};
  if (kind === "yaml" || (kind === "unknown" && !/^\s*[[{]/.test(text))) return text;
  if (levelsOf(text) > MOST_LEVELS) throw new HttpError(400, `the body is nested more than ${MOST_LEVELS} deep`);
  try {
    return JSON.parse(text);
  } catch (error) {
    if (kind === "unknown") return text;
    throw new HttpError(400, `the body is not JSON: ${(error as Error).message.replace(/^JSON Parse error: /, "")}`);
  }
}

type Kind = "json" | "yaml" | "binary" | "unknown";

function kindOf(contentType: string | null, binary: boolean): Kind {
  const type = contentType?.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  if (type === "application/json" || type.endsWith("+json")) return "json";
  if (binary && type === "application/octet-stream") return "binary";
  if (/^(application|text)\/(x-)?yaml$/.test(type)) return "yaml";
  if (["", "text/plain", "application/x-www-form-urlencoded"].includes(type)) return "unknown";
  throw new HttpError(415, `${type} cannot be read here; send application/json, or application/yaml for a pipeline`);
}

/** How deep JSON is nested, found without descending. */
function levelsOf(text: string): number {
  let level = 0;
  let deepest = 0;
  for (const [token] of text.matchAll(/[[{]|[\]}]|"(?:[^"\\]|\\.)*"?/gs)) {
    if (token === "[" || token === "{") deepest = Math.max(deepest, ++level);
    else if (token === "]" || token === "}") level--;
  }
  return deepest;
}

async function readBytes(request: Request, limit: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request.body ?? []) {
      bytes += chunk.byteLength;
      if (bytes > limit) throw tooLarge(limit);
      chunks.push(chunk);
    }
  } catch (error) {
    throw error instanceof HttpError ? error : new HttpError(400, "the body broke off; send it again");
  }
  return Buffer.concat(chunks);
}

async function readText(request: Request, limit: number, binary: boolean): Promise<string> {
  const bytes = await readBytes(request, limit);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    const remedy = binary ? "; send what is no text as Content-Type: application/octet-stream" : "";
    throw new HttpError(400, `the body is not UTF-8 text${remedy}`);
  }
}

function tooLarge(limit: number): HttpError {
  return new HttpError(413, `the body is larger than ${limit} bytes; nothing here needs that much`, {
    headers: { connection: "close" },
  });
}
