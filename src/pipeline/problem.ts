// SPDX-License-Identifier: Apache-2.0

/** One thing that is wrong with what somebody gave us: where, what, and what to do about it. */
export interface Problem {
  /** The file as the user named it; absent for a request body. */
  file?: string;
  /** Counted from 1. */
  line?: number;
  column?: number;
  /** JSON pointer into the document: `/stages/1/params/low_hz`. */
  field?: string;
  /** The problem and its remedy: `"notchh" is not a stage; did you mean "notch"?` */
  message: string;
}

/** `alpha.yaml:12:5: "notchh" is not a stage; did you mean "notch"?` */
export function formatProblem(problem: Problem): string {
  const place = [problem.file, problem.line, problem.column].filter((part) => part !== undefined).join(":");
  return [place, problem.line === undefined ? problem.field : undefined, problem.message].filter(Boolean).join(": ");
}

/** What an error says, whatever it was that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Thrown when input is refused; carries every problem, not just the first. */
export class ProblemsError extends Error {
  constructor(readonly problems: readonly Problem[]) {
    super(problems.map(formatProblem).join("\n"));
    this.name = "ProblemsError";
  }
}

/** One thing that is wrong with a file. */
export function fileRefusal(file: string, message: string): ProblemsError {
  return new ProblemsError([{ file, message }]);
}
