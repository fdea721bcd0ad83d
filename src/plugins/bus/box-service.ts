// SPDX-License-Identifier: Apache-2.0
import type { Actor } from "../../store/audit.ts";
import type { Role } from "../../store/tokens.ts";
import type { ServiceNotice } from "../plugin.ts";

/** What stands before the names of the box's own services; no plugin may have that id. */
export const BOX_ID = "stagebox";

/** Something that the box itself does for plugins: `stagebox.mark`. */
export interface BoxService extends ServiceNotice {
  /** What a person needs to call it; a plugin needs a grant. */
  role: Role;
  /** Something is another afterwards, and the audit log says who did it. */
  changes: boolean;
  /** The request fits its schema. What it throws is told to the caller. */
  serve(request: unknown, by: Actor): unknown;
  /** What the audit log keeps of a request; all of it unless this says otherwise. */
  brief?(request: unknown): unknown;
}

interface Described<Request> extends Omit<BoxService, "serve" | "brief"> {
  serve(request: Request, by: Actor): unknown;
  brief?(request: Request): unknown;
}

/** `Request` is what the schema of the request says. */
export function boxService<Request>(service: Described<Request>): BoxService {
  return service as Described<unknown>;
}
