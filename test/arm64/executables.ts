// SPDX-License-Identifier: Apache-2.0
//
// The executables that `npm run build` makes, and how this machine runs them: its own, and the Pi's under qemu-user.
import { chmodSync, copyFileSync, existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Executable {
  name: string;
  file: string;
  /** What stands before it on a command line. */
  emulator: readonly string[];
  triple: string;
  simd: string | RegExp;
  /** Why it cannot be tried here. */
  missing: string | undefined;
}

const own = process.arch === "arm64";
const qemu = own ? [] : ["qemu-aarch64-static", "-L", "/usr/aarch64-linux-gnu"];
const arm64 = { triple: "aarch64-linux-gnu", simd: "neon" };

export const executables: Executable[] = [
  { name: "stagebox", emulator: [], ...(own ? arm64 : { triple: "x86_64-linux-gnu", simd: /sse4.2|avx2|avx512/ }) },
  { name: "stagebox-linux-arm64", emulator: qemu, ...arm64 },
].map((executable) => {
  const file = join(import.meta.dir, "../../dist", executable.name);
  const missing = reasonToSkip(file, executable.emulator[0]);
  if (missing) console.log(`skipped: dist/${executable.name}: ${missing}`);
  return { ...executable, file, missing };
});

function reasonToSkip(file: string, emulator: string | undefined): string | undefined {
  if (process.env.STAGEBOX_QUICK) return "STAGEBOX_QUICK is set";
  if (!existsSync(file)) return `there is no ${file}: npm run build`;
  return emulator && !Bun.which(emulator) ? `there is no ${emulator}` : undefined;
}

/** A folder with nothing in it but the executable, and its environment: a home and a place for files that pass away. */
export function alone({ file, emulator }: Executable) {
  const folder = mkdtempSync(join(tmpdir(), "stagebox-executable-"));
  chmodSync(folder, 0o755); // where there is no Landlock, the user of the sandbox has to pass
  const copy = join(folder, "stagebox");
  copyFileSync(file, copy);
  const env = {
    PATH: process.env.PATH ?? "",
    HOME: folder,
    TMPDIR: folder,
    STAGEBOX_DATA: join(folder, "data"),
    STAGEBOX_EMULATOR: emulator.join(" "),
  };
  return { folder, env, command: [...emulator, copy] };
}
