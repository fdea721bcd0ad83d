// SPDX-License-Identifier: Apache-2.0
//
// Permissions in the words of the command line: `network`, `read=/etc/hosts`, `all`, `none`.
import { type Problem, ProblemsError } from "../../pipeline/problem.ts";
import { either, quote } from "../../pipeline/words.ts";
import { isAskedFor, LISTS, RIGHTS } from "../../plugins/choices/permissions.ts";
import { FOLDERS } from "../../plugins/manifest/rules.ts";
import type { Permissions } from "../../plugins/plugin.ts";

/** Each permission as --grant would name it. */
export function permissionWords(permissions: Permissions): string[] {
  return [
    ...RIGHTS.filter((right) => permissions[right]),
    ...LISTS.flatMap((kind) => permissions[kind].map((path) => `${kind}=${path}`)),
  ];
}

/** What `words` grant of what is asked for. Throws ProblemsError for what is not. */
export function grantedBy(words: readonly string[], asked: Permissions, id: string): Permissions {
  const known = permissionWords(asked);
  const given = new Set<string>();
  const problems: Problem[] = [];
  for (const word of words) {
    if (word === "all") for (const each of known) given.add(each);
    else if (known.includes(word) || isFolderOf(asked, word)) given.add(word);
    else if (word !== "none") {
      const remedy =
        known.length > 0 ? `it asks for ${either([...known, "all"])}` : "it asks for nothing under [permissions]";
      problems.push({ message: `--grant ${quote(word)} is not what ${id} asks for; ${remedy}` });
    }
  }
  if (problems.length > 0) throw new ProblemsError(problems);
  const members = LISTS.map((kind) => {
    const named = [...given].filter((it) => it.startsWith(`${kind}=`)).map((it) => it.slice(kind.length + 1));
    return [kind, named.filter((it) => it !== FOLDERS)]; // which ones, only a person can say
  });
  const rights = RIGHTS.map((right) => [right, given.has(right)]);
  return Object.fromEntries([...rights, ...members]);
}

/** `read=/srv/recordings`, where any folders are asked for. */
function isFolderOf(asked: Permissions, word: string): boolean {
  return LISTS.some((kind) => word.startsWith(`${kind}=`) && isAskedFor(asked[kind], word.slice(kind.length + 1)));
}
