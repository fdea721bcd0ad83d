// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";
import { type Problem, ProblemsError } from "../../pipeline/problem.ts";
import { hostTriple } from "../../triple.ts";
import { codeFiles } from "../discovery/plugin-library.ts";
import type { Manifest } from "../plugin.ts";

/** Debian's, as the adapter's is. */
const PYTHON = "/usr/bin/python3";

/** Compiles each file and runs none: a line of JSON for each that it cannot. */
const COMPILE = `
import json, sys
for name in sys.argv[1:]:
    try:
        with open(name, "rb") as file:
            compile(file.read(), name, "exec", dont_inherit=True)
    except SyntaxError as error:
        print(json.dumps({"file": name, "line": error.lineno, "column": error.offset, "message": error.msg}))
    except ValueError as error:
        print(json.dumps({"file": name, "message": str(error)}))
`;

/** Throws ProblemsError with every file that is no Python; or the reason of `signal`. */
export async function checkPython(folder: string, manifest: Manifest, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  if (!Bun.which(PYTHON))
    throw new ProblemsError([{ message: `there is no ${PYTHON}; as root: apt-get install python3-numpy` }]);
  const files = codeFiles(manifest, folder, hostTriple);
  const child = Bun.spawn([PYTHON, "-I", "-S", "-B", "-c", COMPILE, ...files.map((name) => join(folder, name))], {
    ...{ stdin: "ignore", stdout: "pipe", stderr: "pipe" },
    ...(signal && { signal }),
  });
  const [told, said, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  signal?.throwIfAborted();
  if (code !== 0) throw new ProblemsError([{ message: `${PYTHON} ended with ${child.signalCode ?? code}: ${said}` }]);
  const problems = told
    .split("\n")
    .filter(Boolean)
    .map((line): Problem => {
      const {
        line: at,
        column,
        ...rest
      } = JSON.parse(line) as Problem & { line?: number | null; column?: number | null };
      return { ...rest, ...(at && { line: at }), ...(column && { column }) };
    });
  if (problems.length > 0) throw new ProblemsError(problems);
}
