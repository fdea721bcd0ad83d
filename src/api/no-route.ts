// SPDX-License-Identifier: Apache-2.0
import { HttpError } from "./problem-response.ts";

/** Why no route took a request: the path is unknown, or knows other methods. */
export function noRoute(routes: readonly { method: string; path: string }[], method: string, path: string): HttpError {
  const allowed = routes.filter((route) => isPathOf(route.path, path) && route.method !== "WS").map((it) => it.method);
  if (allowed.length === 0)
    return new HttpError(404, `there is nothing at ${path.slice(0, 128)}; /docs lists all calls`);
  const methods = [...new Set(allowed)].join(", ");
  return new HttpError(405, `${method} is not possible here; ${methods} is`, { headers: { allow: methods } });
}

function isPathOf(pattern: string, path: string): boolean {
  const [wanted, given] = [pattern.split("/"), path.split("/")];
  return (
    wanted.length === given.length &&
    wanted.every((part, index) => (part.startsWith(":") ? given[index] !== "" : part === given[index]))
  );
}
