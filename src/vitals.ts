// SPDX-License-Identifier: Apache-2.0
//
// How a running box says that it does its work: to the service manager, on its screen, to whoever asks for its health.
// One look a second serves all three.
import { hostname } from "node:os";
import type { Health } from "./api/health.ts";
import { ownAddresses } from "./appliance/status/addresses.ts";
import { seldom } from "./appliance/status/seldom.ts";
import { type StatusFacts, statusOf } from "./appliance/status/status.ts";
import { StatusFile } from "./appliance/status/status-file.ts";
import { statusLine } from "./appliance/status/status-text.ts";
import { serviceNotify } from "./native/service-notify.ts";
import type { Box } from "./runtime/box.ts";
import { type Flow, Progress } from "./runtime/progress.ts";
import { ServiceManager } from "./runtime/service-manager.ts";
import { version } from "./version.ts";

const LOOK_MS = 1000;

export interface VitalsOptions {
  box: Box;
  build: string | undefined;
  /** Where it says how it does; undefined: nobody looks there. */
  run: string | undefined;
  /** Until the port is known. */
  port: number;
  /** Things an operator should know. */
  notes(): readonly string[];
  safeMode(): boolean;
  /** Once a second. */
  onLook(flow: Flow): void;
  signInCode(): string | undefined;
}

export class Vitals {
  readonly #progress: Progress;
  readonly #manager: ServiceManager;
  readonly #status: StatusFile | undefined;
  readonly #network = seldom(() => ({ hostname: hostname(), addresses: ownAddresses() }));
  #port: number;
  #isListening = false;
  /** As it was at the latest look. */
  #flow: Flow = "starting";
  #looking: Timer | undefined;

  constructor(private readonly options: VitalsOptions) {
    this.#progress = new Progress(options.box);
    this.#port = options.port;
    this.#manager = new ServiceManager({
      notify: serviceNotify,
      environment: process.env,
      flow: () => this.#flow,
      status: () => {
        /* Everybody may read what the manager is told. */
        const { sign_in_code: _, ...facts } = this.#facts();
        return statusLine(statusOf(facts, new Date()));
      },
    });
    this.#status = options.run === undefined ? undefined : new StatusFile(options.run, () => this.#facts());
    this.#look();
  }

  /** The API answers from now on. */
  listening(port: number): void {
    this.#port = port;
    this.#isListening = true;
    this.#looking = setInterval(() => this.#look(), LOOK_MS);
    this.#look();
  }

  health(): Health {
    const { build } = this.options;
    return { flow: this.#flowNow(), version, ...(build && { build }), safe_mode: this.options.safeMode() };
  }

  /** Before anything ends. */
  stopping(): void {
    clearInterval(this.#looking);
    this.#manager.stop();
  }

  async close(): Promise<void> {
    await this.#status?.close();
  }

  #look(): void {
    this.#flow = this.#flowNow();
    this.options.onLook(this.#flow);
    this.#manager.look();
    void this.#status?.look();
  }

  #flowNow(): Flow {
    const flow = this.#progress.look();
    return this.#isListening ? flow : "starting";
  }

  #facts(): StatusFacts {
    const graph = this.options.box.graph();
    const code = this.options.signInCode();
    return {
      flow: this.#flow,
      safe_mode: this.options.safeMode(),
      ...(graph && {
        pipeline: graph.name,
        rate_hz: graph.source.format.rate_hz,
        channels: graph.source.format.channels,
      }),
      port: this.#port,
      ...this.#network(),
      ...(code && { sign_in_code: code }),
      notes: [...this.options.notes()],
    };
  }
}
