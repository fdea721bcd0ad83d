// SPDX-License-Identifier: Apache-2.0
//
// Says to the service manager (systemd, Type=notify) that the box is up, how it does, and that it is alive. A sign of life
// is a promise that packets move: when they stand still and nobody knows why, or the event loop does, it stays away, and
// the manager starts the service anew.
import type { Flow } from "./progress.ts";

/** Signs of life in the time within which one must come. */
const SIGNS = 3;

export interface ServiceManagerOptions {
  /** Sends one message. False: there is no service manager. Throws if it cannot. */
  notify(state: string): boolean;
  flow(): Flow;
  /** One line. */
  status(): string;
  /** WATCHDOG_USEC and WATCHDOG_PID are looked at. */
  environment: Record<string, string | undefined>;
}

export class ServiceManager {
  #isThere = true;
  #isReady = false;
  #status = "";
  #signAt_ms = Number.NEGATIVE_INFINITY;
  #stuckAt_ms: number | undefined;
  readonly #limit_ms: number;

  constructor(private readonly options: ServiceManagerOptions) {
    this.#limit_ms = watchdogMs(options.environment);
  }

  /** To be called at least once a second. Costs nothing where there is no service manager. */
  look(): void {
    if (!this.#isThere) return;
    const flow = this.options.flow();
    const status = this.options.status();
    const now_ms = performance.now();
    const isReady = this.#isReady || (flow !== "starting" && flow !== "stuck");
    this.#stuckAt_ms = flow === "stuck" ? (this.#stuckAt_ms ?? now_ms) : undefined;
    const lines = [
      ...(isReady && !this.#isReady ? ["READY=1"] : []),
      ...(status !== this.#status ? [`STATUS=${status}`] : []),
      ...this.#watchdog(isReady, now_ms),
    ];
    if (lines.length === 0 || !this.#tell(lines.join("\n"))) return;
    this.#isReady = isReady;
    this.#status = status;
    if (lines.includes("WATCHDOG=1")) this.#signAt_ms = now_ms;
  }

  /** Before it is ready nobody counts the signs: one that cannot become so says it itself. */
  #watchdog(isReady: boolean, now_ms: number): string[] {
    if (this.#limit_ms === Number.POSITIVE_INFINITY) return [];
    if (this.#stuckAt_ms === undefined) return now_ms - this.#signAt_ms >= this.#limit_ms / SIGNS ? ["WATCHDOG=1"] : [];
    return !isReady && now_ms - this.#stuckAt_ms >= this.#limit_ms ? ["WATCHDOG=trigger"] : [];
  }

  stop(): void {
    if (this.#isThere) this.#tell("STOPPING=1");
  }

  /** False: it was not told, and will be at the next look. */
  #tell(message: string): boolean {
    try {
      this.#isThere = this.options.notify(message);
      return true;
    } catch (error) {
      console.error(`the service manager was not told ${JSON.stringify(message)}:`, error);
      return false;
    }
  }
}

/** Within which a sign of life must come; Infinity: none is expected of this process. */
function watchdogMs({ WATCHDOG_USEC, WATCHDOG_PID }: Record<string, string | undefined>): number {
  const isOurs = WATCHDOG_PID === undefined || Number(WATCHDOG_PID) === process.pid;
  const limit_ms = Number(WATCHDOG_USEC) / 1000;
  return isOurs && limit_ms > 0 ? limit_ms : Number.POSITIVE_INFINITY;
}
