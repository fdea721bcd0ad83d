// SPDX-License-Identifier: Apache-2.0
//
// What the service's user is asked to do: the owner's token, plugins, the pipeline.
import { existsSync } from "node:fs";
import { basename } from "node:path";
import { LIMITS } from "../../../pipeline/limits.ts";
import { fileRefusal, ProblemsError } from "../../../pipeline/problem.ts";
import { quote } from "../../../pipeline/words.ts";
import { NameError, resolveInside } from "../../../store/folder.ts";
import type { Places } from "../../places.ts";
import { readCardFile } from "../card.ts";
import { decodeCardText } from "../card-text.ts";
import type { PipelineOrder } from "../service-side.ts";

/** The path of a file or folder beside the set-up file. Throws ProblemsError. */
export function besideCardFile(name: string, places: Places): string {
  try {
    const path = resolveInside(places.firmware, name);
    if (existsSync(path)) return path;
  } catch (error) {
    if (!(error instanceof NameError)) throw error;
    throw new ProblemsError([{ message: error.message }]);
  }
  throw new ProblemsError([{ message: `${quote(name)} is not beside this file; copy it there` }]);
}

/** Throws ProblemsError. */
export function pipelineOrder(asked: string, places: Places): PipelineOrder {
  if (!/\.ya?ml$/i.test(asked)) return { name: asked };
  const bytes = readCardFile(besideCardFile(asked, places));
  if (!bytes) throw fileRefusal(asked, "is not there any more");
  const { text } = decodeCardText(bytes, asked);
  if (text.length > LIMITS.yaml_chars)
    throw fileRefusal(asked, `has ${text.length} characters; at most ${LIMITS.yaml_chars} are allowed`);
  return { name: storedName(asked), yaml: text.replace(/^\ufeff/, "").replace(/\r\n?/g, "\n") };
}

/** `My Alpha.yaml` is kept as my-alpha. */
function storedName(file: string): string {
  const stem = basename(file).replace(/\.ya?ml$/i, "");
  return (
    stem
      .replace(/[^a-z0-9_-]+/gi, "-")
      .replace(/^[-_]+/, "")
      .slice(0, 64)
      .toLowerCase() || "setup"
  );
}

export function isAddress(source: string): boolean {
  return /^https:/i.test(source);
}
