// SPDX-License-Identifier: Apache-2.0
import { ProblemsError } from "../pipeline/problem.ts";
import type { ExitCode } from "./exit-code.ts";

export interface RunOptions {
  pipeline: string | undefined;
  /** A recording in the place of the pipeline's source. */
  input: string | undefined;
  /** 0: as fast as it goes. */
  speed: number | undefined;
  port: number;
  host: string;
  data: string;
  /** Aborted when the service shall end. */
  signal: AbortSignal;
}

export async function runService(_options: RunOptions): Promise<ExitCode> {
  throw new ProblemsError([{ message: "this build has no service; use stagebox process" }]);
}
