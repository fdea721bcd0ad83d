// SPDX-License-Identifier: Apache-2.0
//
// A page from elsewhere in an operator's browser must not talk to the box. Such a page either says where it comes from
// (Origin), or it has made its own name point to the box's address (DNS rebinding), and then asks for a Host that is not
// the box's. An address cannot be rebound, so every address is a good Host: only names are checked.
import { isIP } from "node:net";
import { hostname } from "node:os";
import { HttpError } from "./problem-response.ts";

export type HostCheck = (request: Request) => void;

/** `names`: what the box is called besides its host name. The check throws HttpError 421 or 403. */
export function createHostCheck(names: readonly string[]): HostCheck {
  const own = hostname().toLowerCase();
  const short = own.split(".", 1)[0];
  const known = new Set(["localhost", own, `${short}.local`, ...names.map((name) => name.toLowerCase())]);
  const isKnown = (host: string) => known.has(host) || isIP(host) !== 0;

  return ({ headers }) => {
    const host = headers.get("host") ?? "";
    if (!isKnown(nameOf(host)))
      throw new HttpError(
        421,
        `this box is not called ${JSON.stringify(host.slice(0, 64))}; use its address, or ${short}.local`,
      );
    const origin = headers.get("origin");
    if (origin !== null && hostOf(origin) !== host.toLowerCase())
      throw new HttpError(403, "pages of other sites may not use this box; open its own page, or leave out Origin");
  };
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
