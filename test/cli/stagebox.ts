// SPDX-License-Identifier: Apache-2.0
//
// Calls the command line as a user does: a process of its own.
import { afterAll, beforeAll } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const command = [process.execPath, join(import.meta.dir, "../../src/main.ts")];

export interface Outcome {
  exitCode: number;
  stdout: string;
  stderr: string;
}

export async function stagebox(args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
  const child = Bun.spawn([...command, ...args], {
    env: { ...process.env, ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, exitCode] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { exitCode, stdout, stderr };
}

/** A folder for the tests of one file. `write` puts a file into it and returns its path. */
export function testFolder() {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "stagebox-cli-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return {
    path: (name: string) => join(folder, name),
    write(name: string, text: string): string {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    },
  };
}
