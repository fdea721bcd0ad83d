// SPDX-License-Identifier: Apache-2.0
import { suggestion } from "../pipeline/suggest.ts";
import { NotFoundError } from "../runtime/box.ts";

/** `there is no stage "notchh"; did you mean "notch"?` */
export function notFound(kind: string, name: string, names: Iterable<string>): NotFoundError {
  return new NotFoundError(`there is no ${kind} ${JSON.stringify(name.slice(0, 64))}; ${suggestion(name, names)}`);
}
