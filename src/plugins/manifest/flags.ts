// SPDX-License-Identifier: Apache-2.0
//
// [build] of a manifest decides what a compiler on this machine is told. Compiling a stranger's plugin must do no more
// than that: a compiler can be told to load code of its own (-fplugin, -B, -wrapper), and to read and write any file.
import { text } from "../../pipeline/shape.ts";

const HARMLESS = [
  /^-[DU][A-Za-z_]\w*(=[^\p{Cc}]*)?$/u,
  /^-O[0-3sg]?$|^-Ofast$/,
  /^-g[0-3]?$/,
  /^-pthread$/,
  /^-std=[a-z0-9+]+$/,
  /^-m[a-z0-9][a-z0-9.+_-]*(=[a-z0-9.+_-]+)?$/,
  /^-W[a-z][a-z0-9+-]*(=[a-z0-9]+)?$/, // no comma: -Wl, and its like speak to other programs
  /^-f(?!plugin|dump|profile|auto-profile|save|use-ld|callgraph|stack-usage|diagnostics|lto|sanitize)[a-z][a-z0-9-]*(=[a-z0-9-]+)?$/,
];

/** A folder of the plugin in which headers lie. */
const INCLUDE = /^-I([A-Za-z0-9_][\w.-]*(?:\/[A-Za-z0-9_][\w.-]*)*)$/;

const RULE = [
  "is not for a manifest; there are -D, -U, -I with a folder of the plugin, -O, -g, -std, -m, -W, -f for the code,",
  "and libraries = []",
].join(" ");

/** What [build] flags may hold. */
export const compilerFlag = text({
  check: (flag) => (INCLUDE.test(flag) || HARMLESS.some((pattern) => pattern.test(flag)) ? undefined : RULE),
  examples: ["-O3"],
});
