// SPDX-License-Identifier: Apache-2.0
import { fileRefusal } from "../pipeline/problem.ts";

/** Throws the error for a recording that cannot be read or written; `message` gives the problem and the remedy. */
export function refuse(file: string, message: string): never {
  throw fileRefusal(file, message);
}
