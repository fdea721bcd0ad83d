// SPDX-License-Identifier: Apache-2.0
/** A plugin author may compile the public headers as C or C++, with all warnings on, and each of them alone. */
import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";

const include = join(import.meta.dir, "../../native/include");
const headers = readdirSync(join(include, "stagebox"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".h"))
  .sort();

describe.each([
  ["C11", ["gcc", "-x", "c", "-std=c11"]],
  ["C++17", ["g++", "-x", "c++", "-std=c++17"]],
])("%s", (language, compiler) => {
  const missing = Bun.which(compiler[0] as string) === null;
  if (missing) console.log(`skipped: public headers as ${language}: there is no ${compiler[0]}`);

  test.skipIf(missing).each(headers)("%s compiles alone and twice", (header) => {
    const command = [...compiler, "-Wall", "-Wextra", "-pedantic", "-Werror", "-fsyntax-only", "-I", include, "-"];
    const stdin = Buffer.from(`#include <stagebox/${header}>\n#include <stagebox/${header}>\n`);
    expect(Bun.spawnSync(command, { stdin }).stderr.toString()).toBe("");
  });
});
