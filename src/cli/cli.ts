// SPDX-License-Identifier: Apache-2.0
//
// The command line: reads arguments, calls the command, turns what goes wrong into words and an exit code.
import { parseArgs } from "node:util";
import { EngineError } from "../native/engine.ts";
import { formatProblem, ProblemsError } from "../pipeline/problem.ts";
import { processRecording } from "./process.ts";

export const EXIT = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const;

export async function runCli(argv: string[]): Promise<number> {
  const abort = new AbortController();
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      input: { type: "string" },
      output: { type: "string" },
      json: { type: "boolean" },
      seconds: { type: "string" },
      data: { type: "string" },
      port: { type: "string" },
      speed: { type: "string" },
    },
  });
  try {
    if (positionals[0] === "run") {
      const { runService } = await import("./run.ts");
      await runService({
        ...(positionals[1] && { pipeline: positionals[1] }),
        ...(values.input && { input: values.input }),
        ...(values.speed && { speed: values.speed === "max" ? 0 : Number(values.speed) }),
        port: Number(values.port ?? 8080),
        host: "0.0.0.0",
        data: values.data ?? `${process.env.HOME}/.stagebox`,
      });
    }
    if (positionals[0] === "process")
      await processRecording({
        pipeline: positionals[1] ?? "",
        json: values.json === true,
        signal: abort.signal,
        ...(values.input && { input: values.input }),
        ...(values.output && { output: values.output }),
        ...(values.seconds && { seconds: Number(values.seconds) }),
      });
    return EXIT.ok;
  } catch (error) {
    if (error instanceof ProblemsError) for (const problem of error.problems) console.error(formatProblem(problem));
    else if (error instanceof EngineError) console.error(error.message);
    else throw error;
    return EXIT.failed;
  }
}
