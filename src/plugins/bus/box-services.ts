// SPDX-License-Identifier: Apache-2.0
//
// The box as a member of the bus: who calls its services, how often and for how long, and what of it the audit log keeps.
import type { Actor } from "../../store/audit.ts";
import { BOX_ID, type BoxService } from "./box-service.ts";
import { ChangeTrail, type TrailLog } from "./change-trail.ts";
import { ServiceError } from "./service-error.ts";

/** For each caller: calls a second, and at once. One that changes something counts as several. */
const CALLS = { rate: 50, burst: 100, of_change: 5, under_way: 8 };

interface Caller {
  left: number;
  at: number;
  under_way: number;
}

export class BoxServices {
  readonly #services: ReadonlyMap<string, BoxService>;
  readonly #callers = new Map<string, Caller>();
  readonly #trail: ChangeTrail;

  constructor(services: readonly BoxService[] = [], audit: TrailLog = { record() {}, list: () => [] }) {
    this.#services = new Map(services.map((service) => [service.name, service]));
    this.#trail = new ChangeTrail(audit);
  }

  list(): BoxService[] {
    return [...this.#services.values()];
  }

  get(name: string): BoxService | undefined {
    return this.#services.get(name);
  }

  /** The request fits. Throws ServiceError, and what the service throws. */
  async call(service: BoxService, request: unknown, by: Actor): Promise<unknown> {
    const caller = this.#admit(service, by);
    caller.under_way++;
    const served = (async () => service.serve(request, by))().finally(() => caller.under_way--);
    const answer = await inTime(served, service);
    if (service.changes) {
      const details = service.brief ? service.brief(request) : request;
      this.#trail.note(by, `${BOX_ID}.${service.name}`, details);
    }
    return answer;
  }

  /** Tells the audit log what it has not heard yet. */
  close(): void {
    this.#trail.close();
  }

  #admit({ name, changes }: BoxService, by: Actor): Caller {
    const key = `${by.role} ${by.name}`;
    const now = performance.now();
    const caller = this.#callers.get(key) ?? { left: CALLS.burst, at: now, under_way: 0 };
    this.#callers.set(key, caller);
    caller.left = Math.min(CALLS.burst, caller.left + ((now - caller.at) * CALLS.rate) / 1000);
    caller.at = now;
    const cost = changes ? CALLS.of_change : 1;
    if (caller.left < cost || caller.under_way >= CALLS.under_way)
      throw new ServiceError(
        "busy",
        `${BOX_ID}.${name} is asked too often: ${CALLS.rate} calls a second are answered, ${CALLS.rate / CALLS.of_change} of those that change something, and ${CALLS.under_way} at once`,
      );
    caller.left -= cost;
    return caller;
  }
}

/** What comes too late has been done all the same. */
async function inTime(served: Promise<unknown>, { name, timeout_ms }: BoxService): Promise<unknown> {
  const late = Promise.withResolvers<never>();
  const words = `${BOX_ID}.${name} did not answer within ${timeout_ms / 1000} s; it may still be done`;
  const timer = setTimeout(() => late.reject(new ServiceError("late", words)), timeout_ms);
  try {
    return await Promise.race([served, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
