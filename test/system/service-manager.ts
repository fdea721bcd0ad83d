// SPDX-License-Identifier: Apache-2.0
//
// The service manager's part: a socket for what a service says of itself. Bun has no datagrams on such sockets, so a
// few lines of Python hear them.
import { join } from "node:path";
import type { Subprocess } from "bun";
import { until } from "./service.ts";

export class ServiceManagerEar {
  /** Of each message its lines, in order. */
  readonly heard: { at_ms: number; line: string }[] = [];

  private constructor(
    private readonly listener: Subprocess<"ignore", "pipe", "inherit">,
    readonly name: string,
  ) {
    void this.#read();
  }

  /** `name`: a path, or '@' and a name. */
  static async open(name: string): Promise<ServiceManagerEar> {
    const script = join(import.meta.dir, "service-manager.py");
    const ear = new ServiceManagerEar(
      Bun.spawn(["/usr/bin/python3", script, name], { stdin: "ignore", stdout: "pipe", stderr: "inherit" }),
      name,
    );
    await until("the ear to listen", () => ear.#isOpen);
    return ear;
  }

  lines(): string[] {
    return this.heard.map(({ line }) => line);
  }

  count(line: string): number {
    return this.lines().filter((it) => it === line).length;
  }

  async close(): Promise<void> {
    this.listener.kill();
    await this.listener.exited;
  }

  #isOpen = false;

  async #read(): Promise<void> {
    let rest = "";
    const decoder = new TextDecoder();
    for await (const bytes of this.listener.stdout) {
      const texts = (rest + decoder.decode(bytes, { stream: true })).split("\n");
      rest = texts.pop() ?? "";
      for (const text of texts) this.#take(JSON.parse(text));
    }
  }

  #take(message: string): void {
    if (!this.#isOpen) this.#isOpen = true;
    else this.heard.push(...message.split("\n").map((line) => ({ at_ms: performance.now(), line })));
  }
}
