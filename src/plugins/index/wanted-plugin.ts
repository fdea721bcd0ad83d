// SPDX-License-Identifier: Apache-2.0
import { validRange } from "semver";
import { ProblemsError } from "../../pipeline/problem.ts";
import { quote } from "../../pipeline/words.ts";
import { isPluginId } from "../manifest/rules.ts";
import type { WantedPlugin } from "./resolve-install.ts";

const RANGE_CHARS = 128;

/** `gain`, `gain@1.2.0` or `gain@^1.2`; undefined if it is no plugin's id to begin with. Throws ProblemsError for a range
 * that is none. */
export function wantedPlugin(typed: string): WantedPlugin | undefined {
  const [id = "", ...rest] = typed.split("@");
  if (!isPluginId(id)) return undefined;
  const range = rest.length > 0 ? rest.join("@") : "*";
  if (range.length <= RANGE_CHARS && range !== "" && validRange(range) !== null) return { id, range };
  const message = `${quote(range)} is not a range of versions; write one as in ${id}@1.2.0 or ${id}@^1.2.0`;
  throw new ProblemsError([{ message }]);
}
