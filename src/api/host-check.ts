// SPDX-License-Identifier: Apache-2.0
//
// A page from elsewhere in an operator's browser must not talk to the box. Such a page either says where it comes from
// (Origin), or it has made its own name point to the box's address (DNS rebinding), and then asks for a Host that is not
// the box's. An address cannot be rebound, so every address is a good Host: only names are checked.
import { isIP } from "node:net";
import { hostname } from "node:os";
import { HttpError } from "./problem-response.ts";

export class HostCheck {
  readonly #names: ReadonlySet<string>;

  /** `names`: what the box is called besides its host name. */
  constructor(names: readonly string[]) {
    this.#names = new Set(["localhost", ...names.map((name) => name.toLowerCase())]);
  }

  knows({ headers }: Request): boolean {
    const name = nameOf(headers.get("host") ?? "");
    return this.#names.has(name) || isIP(name) !== 0 || isOwn(name);
  }

  /** Throws HttpError 421 or 403. */
  check(request: Request): void {
    const host = request.headers.get("host") ?? "";
    if (!this.knows(request))
      throw new HttpError(
        421,
        `this box is not called ${JSON.stringify(host.slice(0, 64))}; use its address, or ${shortName()}.local`,
      );
    const origin = request.headers.get("origin");
    if (origin !== null && hostOf(origin) !== host.toLowerCase())
      throw new HttpError(403, "pages of other sites may not use this box; open its own page, or leave out Origin");
  }
}

/** The box's name as of now; with a number behind it where a box of the same name was in the network before it. */
function isOwn(name: string): boolean {
  if (name === hostname().toLowerCase()) return true;
  const short = shortName();
  return name.startsWith(short) && /^(-[0-9]+)?\.local$/.test(name.slice(short.length));
}

function shortName(): string {
  return hostname().toLowerCase().split(".", 1)[0] as string;
}

/** `stagebox.local` of `stagebox.local:8080`, `::1` of `[::1]:8080`. */
function nameOf(host: string): string {
  return (
    /^(?:\[([0-9a-f:.]+)\]|([^:]*))(?::\d+)?$/i.exec(host)?.slice(1).find(Boolean)?.toLowerCase().replace(/\.$/, "") ??
    ""
  );
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
