// SPDX-License-Identifier: Apache-2.0
/** The executables, alone in an empty folder: this machine's, and the Pi's under qemu-user. */
import { expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dir, "../..");
const emulator = process.arch === "arm64" ? [] : ["qemu-aarch64-static", "-L", "/usr/aarch64-linux-gnu"];

/** Band powers of the default pipeline, which the executable has to bring along with the library. */
function bandPowers(command: string[], cwd: string): Record<string, number> {
  const env = { PATH: process.env.PATH ?? "", TMPDIR: cwd };
  const work = [...command, "process", "default", "--seconds", "10", "--json"];
  const { exitCode, stdout, stderr } = Bun.spawnSync(work, { cwd, env });
  expect([stderr.toString(), exitCode]).toEqual(["", 0]);
  const lastLine = stdout.toString().trim().split("\n").at(-1);
  return JSON.parse(lastLine ?? "").summary.power;
}

function whyNot(file: string, [emulator]: string[]): string | undefined {
  if (process.env.STAGEBOX_QUICK) return "STAGEBOX_QUICK is set";
  if (!existsSync(file)) return "it is not there: npm run build";
  if (emulator && !Bun.which(emulator)) return `there is no ${emulator}`;
  return undefined;
}

for (const { name, command } of [
  { name: "stagebox", command: [] },
  { name: "stagebox-linux-arm64", command: emulator },
]) {
  const file = join(root, "dist", name);
  const reason = whyNot(file, command);
  if (reason) console.log(`skipped: dist/${name}: ${reason}`);

  test.skipIf(reason !== undefined)(
    `dist/${name} computes what the checkout does, and leaves only the library`,
    () => {
      const folder = mkdtempSync(join(tmpdir(), "stagebox-executable-"));
      try {
        const expected = bandPowers([process.execPath, "src/main.ts"], root);
        for (let start = 0; start < 2; start++) {
          const powers = bandPowers([...command, file], folder);
          expect(Object.keys(powers)).toEqual(Object.keys(expected));
          for (const [band, power] of Object.entries(expected)) {
            expect(Math.abs((powers[band] as number) / power - 1)).toBeLessThan(1e-4);
          }
        }
        expect(readdirSync(folder)).toEqual([expect.stringMatching(/^\.bun-.*\.so$/)]);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
    60_000,
  );
}
