// SPDX-License-Identifier: Apache-2.0
import { HttpError } from "./problem-response.ts";

/** `"12"` */
export function etagOf(revision: string | number): string {
  return `"${revision}"`;
}

/** The revision that If-Match asks for; undefined if any will do. Throws HttpError 400. */
export function ifMatch(request: Request): string | undefined {
  const header = request.headers.get("if-match")?.trim();
  if (header === undefined || header === "*") return undefined;
  const revision = /^(?:W\/)?"?([^",]+)"?$/.exec(header)?.[1];
  if (revision === undefined) throw new HttpError(400, `If-Match: ${header} is not one ETag; send it as you got it`);
  return revision;
}

/** The same, where revisions are numbers. */
export function ifMatchNumber(request: Request): number | undefined {
  const revision = ifMatch(request);
  if (revision === undefined) return undefined;
  const number = Number(revision);
  if (!Number.isSafeInteger(number))
    throw new HttpError(400, `If-Match: ${revision} is not a graph's revision, such as "12"`);
  return number;
}

/** The caller has it already: answer 304. */
export function isUnchanged(request: Request, etag: string): boolean {
  const known = request.headers.get("if-none-match");
  return known?.split(",").some((tag) => [etag, `W/${etag}`, "*"].includes(tag.trim())) === true;
}
