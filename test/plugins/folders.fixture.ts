// SPDX-License-Identifier: Apache-2.0
import { afterAll } from "bun:test";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ProblemsError } from "../../src/pipeline/problem.ts";

export const GAIN = join(import.meta.dir, "../../plugins/gain");

/** Makes folders that are gone after the tests of one file. */
export function testFolders() {
  const root = mkdtempSync(join(tmpdir(), "stagebox-plugins-"));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  const fresh = () => mkdtempSync(join(root, "f-"));
  return {
    fresh,
    /** A copy of the plugin gain without its library, with files of its own, and text in plugin.toml replaced. */
    gain(files: Record<string, string | Uint8Array> = {}, manifest: readonly [string | RegExp, string][] = []): string {
      const folder = join(fresh(), "gain");
      cpSync(GAIN, folder, { recursive: true, filter: (path) => !path.startsWith(join(GAIN, "bin")) });
      const file = join(folder, "plugin.toml");
      const text = manifest.reduce((text, [old, now]) => text.replace(old, now), readFileSync(file, "utf8"));
      for (const [name, content] of Object.entries({ "plugin.toml": text, ...files })) {
        mkdirSync(dirname(join(folder, name)), { recursive: true });
        writeFileSync(join(folder, name), content);
      }
      return folder;
    },
  };
}

/** All files and folders below, sorted, hidden ones too. */
export function namesIn(folder: string): string[] {
  return (readdirSync(folder, { recursive: true }) as string[]).sort();
}

/** What an act was refused for; fails if it was not. */
export async function problemsOf(act: () => unknown): Promise<string[]> {
  try {
    await act();
  } catch (error) {
    if (error instanceof ProblemsError) return error.message.split("\n");
    throw error;
  }
  throw new Error("it was not refused");
}
