// SPDX-License-Identifier: Apache-2.0
//
// The service in a machine, as a person before it finds it: the sign-in code from the console, the rest by its API through
// a forwarded port.
import { ApiClient } from "../system/api-client.ts";
import { BOOT_MS, type Machine } from "./machine.ts";

/** Between two looks; one that is not answered soon meets a box that is not up yet. */
const LOOK_MS = 200;
const ANSWER_MS = 3000;

const CODE = /sign-in code ([A-Z0-9]{4}-[A-Z0-9]{4})/;

export class Box extends ApiClient {
  token = "";

  constructor(readonly machine: Machine) {
    super();
  }

  get port(): number {
    return this.machine.ports.api;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Resolves when the box says that it does its work; returns the seconds since the machine was reset. */
  async ready(timeout_ms = BOOT_MS): Promise<number> {
    const { boot } = this.machine;
    for (const deadline = Date.now() + timeout_ms; !(await this.#isReady()); await Bun.sleep(LOOK_MS)) {
      if (!this.machine.powered || this.machine.boot !== boot || Date.now() > deadline)
        throw new Error(`the box did not become ready:\n${this.machine.console.tail()}`);
    }
    return (performance.now() - boot.at_ms) / 1000;
  }

  /** Becomes its owner with the code that stands on the console. Returns the code. */
  async signIn(): Promise<string> {
    const { text } = await this.machine.waitFor(CODE);
    const code = text.match(CODE)?.[1] ?? "";
    const { status, text: answer, body } = await this.post("/api/sign-in", { code }, { authorization: undefined });
    if (status !== 201) throw new Error(`the sign-in code ${code} was answered with ${status} ${answer}`);
    this.token = body.token;
    return code;
  }

  /** What is asked of it must be granted. */
  // biome-ignore lint/suspicious/noExplicitAny: what the API sends is what the tests are about
  async ask(method: string, path: string, body?: unknown): Promise<any> {
    const answer = await this.call(method, path, body);
    if (answer.status < 200 || answer.status > 299)
      throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.body ?? answer.text;
  }

  async #isReady(): Promise<boolean> {
    try {
      const { status } = await fetch(`${this.url}/api/health/ready`, { signal: AbortSignal.timeout(ANSWER_MS) });
      return status === 200;
    } catch {
      return false;
    }
  }
}
