// SPDX-License-Identifier: Apache-2.0
//
// Files of a plugin's part of the console. They are somebody else's code: served as what they are, only from the folder
// of the bundle that the manifest names, and with headers that keep a browser from taking one for a page of the box.
import { statSync } from "node:fs";
import { dirname, extname } from "node:path";
import { ProblemsError } from "../pipeline/problem.ts";
import { fileIn } from "../plugins/discovery/plugin-files.ts";
import type { PluginView } from "../plugins/plugin.ts";
import { NotFoundError } from "../runtime/box.ts";

const TYPES: Record<string, string> = {
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".woff2": "font/woff2",
  ".wasm": "application/wasm",
};

/** Throws NotFoundError for whatever is not a file of the ui folder. */
export function uiFile({ id, folder, ui }: PluginView, name: string, request: Request): Response {
  const path = ui && pathIn(folder, `${dirname(ui.bundle)}/${decoded(name)}`);
  if (!path || !statSync(path, { throwIfNoEntry: false })?.isFile())
    throw new NotFoundError(`${id} has no such file for a console`);
  const { size, mtimeMs } = statSync(path);
  const etag = `"${size.toString(36)}-${Math.round(mtimeMs).toString(36)}"`;
  const headers = {
    etag,
    "content-type": TYPES[extname(path)] ?? "application/octet-stream",
    "content-security-policy": "default-src 'none'; sandbox",
    "x-content-type-options": "nosniff",
    "cache-control": "private, no-cache",
  };
  if (request.headers.get("if-none-match") === etag) return new Response(null, { status: 304, headers });
  return new Response(Bun.file(path), { headers });
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return "";
  }
}

/** Undefined for what leads out. */
function pathIn(folder: string, name: string): string | undefined {
  try {
    return fileIn(folder, name);
  } catch (error) {
    if (error instanceof ProblemsError) return undefined;
    throw error;
  }
}
