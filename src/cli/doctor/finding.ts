// SPDX-License-Identifier: Apache-2.0

/** What one look at the machine found. A note costs quality; a problem keeps Stagebox from working. */
export interface Finding {
  check: string;
  level: "ok" | "note" | "problem";
  message: string;
  /** What to do about it; absent if all is well. */
  remedy?: string;
}

/** Text of a file, undefined if there is none: the kernel's files, or a test's. */
export type ReadText = (path: string) => string | undefined;

export function ok(check: string, message: string): Finding {
  return { check, level: "ok", message };
}

export function note(check: string, message: string, remedy: string): Finding {
  return { check, level: "note", message, remedy };
}

export function problem(check: string, message: string, remedy: string): Finding {
  return { check, level: "problem", message, remedy };
}
