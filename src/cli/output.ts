// SPDX-License-Identifier: Apache-2.0
import { once } from "node:events";
import { fileRefusal, type ProblemsError } from "../pipeline/problem.ts";
import { Interruption } from "./exit-code.ts";

/** Standard output that holds its writer up where the reader is slow, and ends the command where the reader is gone. */
export class Output {
  #isFull = false;
  #failure: Error | undefined;

  constructor(
    private readonly stream: NodeJS.WriteStream,
    private readonly abort: AbortController,
  ) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      this.#failure = error.code === "EPIPE" ? new Interruption("SIGPIPE") : cannotWrite(error);
      abort.abort(this.#failure);
    });
  }

  write(text: string): void {
    if (!this.stream.write(text)) this.#isFull = true;
  }

  line(text = ""): void {
    this.write(`${text}\n`);
  }

  json(value: unknown): void {
    this.line(JSON.stringify(value));
  }

  /** Resolves once the reader has caught up. Rejects if the command shall end. */
  async ready(): Promise<void> {
    if (this.#isFull) await this.#event("drain");
    this.#isFull = false;
  }

  /** Resolves once everything is out; nothing can be written any more. Does not wait where a signal has ended the
   * command. Rejects if something could not be written. */
  async end(): Promise<void> {
    if (this.#failure) throw this.#failure;
    if (this.abort.signal.aborted) return;
    // Not write("", callback): Bun calls back for an empty text before what stands ahead of it is written.
    this.stream.end();
    await this.#event("finish");
  }

  async #event(name: "drain" | "finish"): Promise<void> {
    const { signal } = this.abort;
    await once(this.stream, name, { signal }).catch((error) => {
      throw signal.aborted ? signal.reason : error;
    });
  }
}

function cannotWrite(error: Error): ProblemsError {
  return fileRefusal("standard output", `cannot be written (${error.message})`);
}
