// SPDX-License-Identifier: Apache-2.0

/** What became of one demand on a plugin. */
export interface CaseResult {
  /** The stage or source that it was tried on; null: the plugin as a whole. */
  stage: string | null;
  case: string;
  result: "passed" | "failed" | "skipped";
  /** Why it failed or was skipped; what was measured, where it passed and there is something to say; else "". */
  reason: string;
  milliseconds: number;
}

/** One that took no time worth measuring. */
export function caseResult(name: string, reasons: readonly string[], stage: string | null = null): CaseResult {
  const result = reasons.length > 0 ? "failed" : "passed";
  return { stage, case: name, result, reason: reasons.join("; "), milliseconds: 0 };
}

export function skippedCase(name: string, reason: string): CaseResult {
  return { stage: null, case: name, result: "skipped", reason, milliseconds: 0 };
}
