// SPDX-License-Identifier: Apache-2.0
//
// How a process that hosts a component says what is wrong, and ends.

/** native/engine/isolated/process.h */
const EXIT_FALLEN = 114;

/** Words alone: no place in a file, which would be none of the author's. */
export function plain(message: string): Error {
  return Object.assign(new Error(message), { name: "", stack: message });
}

/** Ends the process; the log has why. */
export function fallen(words?: string): never {
  if (words !== undefined) console.error(words);
  process.exit(EXIT_FALLEN);
}
