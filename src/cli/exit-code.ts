// SPDX-License-Identifier: Apache-2.0
import { constants } from "node:os";

export const EXIT = { ok: 0, failed: 1, usage: 2 } as const;
export type ExitCode = number;

export const EXIT_CODES: readonly [code: string, meaning: string][] = [
  ["0", "done, and everything is well"],
  ["1", "failed: a problem in the input or the machine, or a check that did not pass"],
  ["2", "the command line was not understood"],
  ["130", "interrupted by Ctrl-C; 143 by SIGTERM; 128 + N by signal N"],
];

type EndingSignal = "SIGINT" | "SIGTERM" | "SIGHUP" | "SIGPIPE";

/** Why a command ends before it is done: a signal, or a reader of its output that went away (`| head`). */
export class Interruption extends Error {
  constructor(readonly by: EndingSignal) {
    super(`interrupted by ${by}`);
    this.name = "Interruption";
  }

  get exitCode(): ExitCode {
    return 128 + constants.signals[this.by];
  }
}
