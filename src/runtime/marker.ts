// SPDX-License-Identifier: Apache-2.0
import { ProblemsError } from "../pipeline/problem.ts";

/** What an event that rides on a packet has room for. */
export const LABEL_BYTES = 55;
export const LONGEST_MARK_S = 86_400;

/** Throws ProblemsError for a label that is no marker's. */
export function checkLabel(label: string): void {
  const refuse = (message: string) => new ProblemsError([{ field: "/label", message }]);
  const bytes = Buffer.byteLength(label);
  if (bytes > LABEL_BYTES) throw refuse(`label has ${bytes} bytes; at most ${LABEL_BYTES} fit`);
  if (bytes === 0) throw refuse("label is empty; say what happens here");
  if (/\p{Cc}/u.test(label)) throw refuse("label has a line end or another control character; write one line");
}
