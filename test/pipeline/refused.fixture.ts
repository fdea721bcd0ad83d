// SPDX-License-Identifier: Apache-2.0
import { formatProblem, type Problem, ProblemsError } from "../../src/pipeline/problem.ts";

/** The problems for which `act` is refused; any other error is not caught. */
export function problemsOf(act: () => unknown): readonly Problem[] {
  try {
    act();
  } catch (error) {
    if (error instanceof ProblemsError) return error.problems;
    throw error;
  }
  return [];
}

/** As the user reads them. */
export function refused(act: () => unknown): string[] {
  return problemsOf(act).map(formatProblem);
}
