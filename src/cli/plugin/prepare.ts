// SPDX-License-Identifier: Apache-2.0
//
// stagebox plugin prepare: the other half of plugins/lifecycle/component-program.ts.
import { ProblemsError } from "../../pipeline/problem.ts";
import type { ProgramOrder } from "../../plugins/lifecycle/component-program.ts";
import { componentProgram } from "../../plugins/wasm/program.ts";
import { writeAtomic } from "../../store/atomic-file.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import type { Output } from "../output.ts";

export async function prepareComponent(output: Output): Promise<ExitCode> {
  const { component, file, ...request } = (await Bun.stdin.json()) as ProgramOrder;
  try {
    await writeAtomic(file, await componentProgram(Uint8Array.fromBase64(component), request));
    output.json({ problems: [] });
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    output.json({ problems: error.problems });
    return EXIT.failed;
  }
}
