// SPDX-License-Identifier: Apache-2.0
//
// Who may call what. The rule stands in one place and asks for a token wherever it says nothing else, so that a new
// route is never open by accident.
import { ROLES, type Role, type TokenStore, type User } from "../store/tokens.ts";
import { HttpError } from "./problem-response.ts";

/** How one comes by a token. */
const SIGN_IN = "/api/sign-in";

const OPEN = new Set([
  "/",
  "/docs",
  "/setup",
  "/api/openapi.json",
  "/api/health/live",
  "/api/health/ready",
  "/stages", // redirects only
  "/graph/patch",
]);

/** Who may use the box, who did what, and what it fetches from elsewhere. */
const IS_ADMINS = /^\/api\/(users|audit|sign-in\/code|system\/update\/latest)(\/|$)/;

/** Where a browser cannot set a header, the token may stand in the address: ?token=... */
const TOKEN_IN_QUERY = /^\/api\/(streams|recordings|project\/files)\/|^\/api\/events$/;

/** Puts foreign code onto the box. A route is found with a slash behind it, too. */
const INSTALLS_PLUGIN = /^\/api\/plugins\/index\/install\/*$/;

/** Fetches from elsewhere what somebody else wrote. */
const FETCHES = /^\/api\/plugins\/index\/*$/;
/** Which plugins there are. */
const REMOVES_PLUGIN = /^\/api\/plugins\/[^/]+\/*$/;
const CHANGES_SET = /^\/api\/plugins\/generations(\/rollback)?\/*$/;

/** Which network it is in, what runs on it, what it does without, and whether it runs. */
const DECIDES_ABOUT_BOX = /^\/api\/system\/(network|update|safe-mode\/leave|reboot|power-off)\/*$/;

/** Services of the box itself that change nothing. */
const ONLY_READS = /^\/api\/plugins\/stagebox\/services\/(project|graph|recordings|list_files|read_file)\/*$/;

/** The role a call needs; undefined: none. */
export function requiredRole(method: string, path: string): Role | undefined {
  if (OPEN.has(path) || (path === SIGN_IN && method === "POST")) return undefined;
  if (IS_ADMINS.test(path)) return "admin";
  if (FETCHES.test(path)) return "operator";
  if (method === "GET" || method === "HEAD") return "viewer";
  if (INSTALLS_PLUGIN.test(path)) return "admin";
  if (DECIDES_ABOUT_BOX.test(path) || CHANGES_SET.test(path)) return "admin";
  if (method === "DELETE" && REMOVES_PLUGIN.test(path)) return "admin";
  if (method === "POST" && path === "/api/pipelines/validate") return "viewer"; // it changes nothing
  if (method === "POST" && ONLY_READS.test(path)) return "viewer";
  return "operator";
}

export class Auth {
  #users = new WeakMap<Request, User>();

  constructor(private readonly tokens: TokenStore) {}

  /** Throws HttpError 401 or 403. `isLocal`: the caller is a program on the box itself, which may read metrics. */
  check(request: Request, path: string, isLocal: () => boolean): void {
    const role = requiredRole(request.method, path);
    if (role === undefined) return;
    const token = tokenOf(request, path);
    if (token === undefined && path === "/metrics" && isLocal()) return;
    if (token === undefined) throw unauthorized("a token is needed: -H 'Authorization: Bearer TOKEN'", "");
    const user = this.tokens.find(token);
    if (!user) throw unauthorized("the token is not known here", ', error="invalid_token"');
    if (!hasRole(user, role)) throw new HttpError(403, `this needs the role ${role}; ${user.name} is ${user.role}`);
    this.#users.set(request, user);
  }

  /** Where one part of what may be sent asks for more than the route. `what` begins a sentence: `"trust" ...`; throws
   * HttpError 403. */
  insist(request: Request, role: Role, what: string, remedy: string): void {
    const actor = this.actorOf(request);
    if (hasRole(actor, role)) return;
    throw new HttpError(403, `${what} needs the role ${role}, and ${actor.name} is ${actor.role}; ${remedy}`);
  }

  /** The user who makes the request, for the audit log. */
  actorOf(request: Request): Pick<User, "name" | "role"> {
    const { name = "nobody", role = "viewer" } = this.#users.get(request) ?? {};
    return { name, role };
  }

  /** Name of the user who makes the request. */
  userOf(request: Request): string {
    return this.#users.get(request)?.name ?? "";
  }
}

function hasRole({ role }: Pick<User, "role">, least: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(least);
}

function tokenOf(request: Request, path: string): string | undefined {
  const header = request.headers.get("authorization");
  if (header !== null) return /^bearer +(\S+) *$/i.exec(header)?.[1] ?? "";
  if (request.method !== "GET" || !TOKEN_IN_QUERY.test(path)) return undefined;
  return new URL(request.url).searchParams.get("token") ?? undefined;
}

function unauthorized(message: string, challenge: string): HttpError {
  return new HttpError(401, `${message}; \`stagebox token show\` on the box prints the admin's`, {
    headers: { "www-authenticate": `Bearer realm="stagebox"${challenge}` },
  });
}
