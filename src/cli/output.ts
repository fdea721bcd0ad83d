// SPDX-License-Identifier: Apache-2.0
import { ProblemsError } from "../pipeline/problem.ts";
import { Interruption } from "./exit-code.ts";

/** Standard output that holds its writer up where the reader is slow, and ends the command where the reader is gone. */
export class Output {
  #isFull = false;
  /** Rejects with the reason when the command shall end. */
  readonly #aborted = Promise.withResolvers<never>();

  constructor(
    private readonly stream: NodeJS.WriteStream,
    abort: AbortController,
  ) {
    this.#aborted.promise.catch(() => {});
    abort.signal.addEventListener("abort", () => this.#aborted.reject(abort.signal.reason));
    stream.on("error", (error: NodeJS.ErrnoException) =>
      abort.abort(error.code === "EPIPE" ? new Interruption("SIGPIPE") : cannotWrite(error)),
    );
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
    if (!this.#isFull) return;
    await Promise.race([new Promise((resolve) => this.stream.once("drain", resolve)), this.#aborted.promise]);
    this.#isFull = false;
  }

  /** Resolves once the reader has everything. Rejects if the command shall end. */
  async end(): Promise<void> {
    const written = Promise.withResolvers<void>();
    this.stream.write("", (error) => {
      if (!error) written.resolve();
    });
    await Promise.race([written.promise, this.#aborted.promise]);
  }
}

function cannotWrite(error: Error): ProblemsError {
  return new ProblemsError([{ file: "standard output", message: `cannot be written (${error.message})` }]);
}
