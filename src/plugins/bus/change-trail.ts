// SPDX-License-Identifier: Apache-2.0
//
// What plugins and people changed through the box's services, in the audit log. A plugin that does the same thing again and
// again must not push out what stands there: after the first time it is told once a minute how often that was.
import type { Actor, AuditLog } from "../../store/audit.ts";
import { BOX_ID } from "./box-service.ts";

const PAUSE_MS = 60_000;

export type TrailLog = Pick<AuditLog, "record" | "list">;

interface Told {
  by: Actor;
  what: string;
  untold: number;
  last: unknown;
  timer: Timer;
}

export class ChangeTrail {
  readonly #told = new Map<string, Told>();

  constructor(private readonly audit: TrailLog) {}

  note(by: Actor, what: string, details: unknown): void {
    const key = `${by.role} ${by.name} ${what}`;
    const known = this.#told.get(key);
    if (known) {
      known.untold++;
      known.last = details;
      return;
    }
    this.#record({ by, what }, details);
    const timer = setTimeout(() => this.#tellRest(key), PAUSE_MS);
    timer.unref();
    this.#told.set(key, { by, what, untold: 0, last: undefined, timer });
  }

  close(): void {
    for (const key of [...this.#told.keys()]) this.#tellRest(key);
  }

  #tellRest(key: string): void {
    const told = this.#told.get(key);
    this.#told.delete(key);
    clearTimeout(told?.timer);
    if (told && told.untold > 0) this.#record(told, { times: told.untold, last: told.last });
  }

  #record({ by, what }: { by: Actor; what: string }, request: unknown): void {
    const isPlugin = by.role === "plugin";
    const granted_by = isPlugin ? this.#granter(by.name, what) : undefined;
    this.audit.record({ by, what, subject: isPlugin ? by.name : BOX_ID, after: { request, granted_by } });
  }

  /** Who allowed it last, as far as the log goes back. */
  #granter(plugin: string, service: string): string | undefined {
    try {
      const grants = this.audit.list({ what: "grant", subject: plugin });
      return grants.find(({ after }) => Array.isArray(after) && after.includes(`+ services ${service}`))?.who;
    } catch {
      return undefined; // a log that cannot be read says so itself
    }
  }
}
