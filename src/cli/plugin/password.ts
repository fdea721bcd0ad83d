// SPDX-License-Identifier: Apache-2.0
//
// A secret key's password: from the environment, or typed at a terminal that does not show it. Never an argument, since a
// command line is everybody's.
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { fileRefusal, ProblemsError } from "../../pipeline/problem.ts";
import { Interruption } from "../exit-code.ts";

const VARIABLE = "STAGEBOX_KEY_PASSWORD";

/** Of a key that is there. Throws ProblemsError where nobody can be asked. */
export async function keyPassword(file: string): Promise<string> {
  return process.env[VARIABLE] ?? typed(`Password of ${file}: `, file);
}

/** For a new key. Throws ProblemsError. */
export async function newKeyPassword(file: string): Promise<string> {
  const given = process.env[VARIABLE];
  if (given !== undefined) return given;
  const password = await typed(`Password for ${file}: `, file);
  if ((await typed("Once more: ", file)) === password) return password;
  throw new ProblemsError([{ message: "these are two passwords; nothing was made" }]);
}

async function typed(prompt: string, file: string): Promise<string> {
  if (!process.stdin.isTTY)
    throw fileRefusal(file, `has a password, and there is no terminal to ask at; put it into ${VARIABLE}`);
  process.stderr.write(prompt);
  const silent = new Writable({ write: (_piece, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  const abort = new AbortController();
  lines.on("SIGINT", () => abort.abort());
  try {
    return await lines.question("", { signal: abort.signal });
  } catch (error) {
    throw abort.signal.aborted ? new Interruption("SIGINT") : error;
  } finally {
    lines.close();
    process.stderr.write("\n");
  }
}
