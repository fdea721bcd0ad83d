// SPDX-License-Identifier: Apache-2.0
//
// A file as a download: whole, or a range of it (RFC 9110, section 14), so that a broken download can go on.
import { statSync } from "node:fs";
import { basename } from "node:path";
import { etagOf, isUnchanged } from "./etag.ts";
import { HttpError } from "./problem-response.ts";

/** Throws HttpError 416. The file's bytes go out without passing through JavaScript. */
export function fileResponse(path: string, request: Request): Response {
  const { size, mtimeMs, mtime } = statSync(path);
  const etag = etagOf(`${size.toString(36)}-${Math.round(mtimeMs).toString(36)}`);
  const headers = {
    etag,
    "accept-ranges": "bytes",
    "content-type": "application/octet-stream",
    "content-disposition": disposition(basename(path)),
    "last-modified": mtime.toUTCString(),
    "cache-control": "private, no-cache",
    "x-content-type-options": "nosniff",
  };
  if (isUnchanged(request, etag)) return new Response(null, { status: 304, headers });
  const range = requestedRange(request, etag, size);
  if (!range) return new Response(Bun.file(path).slice(0, size), { headers });
  return new Response(Bun.file(path).slice(range.start, range.end), {
    status: 206,
    headers: { ...headers, "content-range": `bytes ${range.start}-${range.end - 1}/${size}` },
  });
}

/** Undefined: the whole file, which is also the answer to ranges we do not serve (several, other units, malformed). */
function requestedRange(request: Request, etag: string, size: number): { start: number; end: number } | undefined {
  const asked = /^bytes=(\d*)-(\d*)$/.exec(request.headers.get("range")?.trim() ?? "");
  const condition = request.headers.get("if-range");
  if (!asked || (condition !== null && condition !== etag)) return undefined;
  const [first, last] = [asked[1], asked[2]];
  if (!first && !last) return undefined;
  const start = first ? Number(first) : Math.max(0, size - Number(last));
  const end = first && last ? Math.min(size, Number(last) + 1) : size;
  if (first && last && Number(last) < Number(first)) return undefined;
  if (start >= size || end <= start)
    throw new HttpError(416, `the file has ${size} bytes; ask for a range within them`, {
      headers: { "content-range": `bytes */${size}` },
    });
  return { start, end };
}

/** The name twice (RFC 6266): curl -J reads the plain one alone. */
function disposition(name: string): string {
  const plain = name.replace(/[^\w .()+-]/g, "_");
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded(name)}`;
}

/** RFC 8187: encodeURIComponent leaves some characters that a header's value may not hold. */
function encoded(name: string): string {
  return encodeURIComponent(name).replace(/['()*]/g, (character) => `%${character.charCodeAt(0).toString(16)}`);
}
