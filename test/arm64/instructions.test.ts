// SPDX-License-Identifier: Apache-2.0
/**
 * The Pi's executable on the processors that Pis have, instruction by instruction: one that a processor does not know
 * ends the emulator with SIGILL, as it would the service. Cortex-a53 (Pi 3, Zero 2 W) knows the fewest.
 */
import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { executables } from "./executables.ts";

/** Of a Pi 3 and Zero 2 W, a Pi 4, and a Pi 5. */
const PROCESSORS = ["cortex-a53", "cortex-a72", "cortex-a76"];

/** Each kind of kernel once: recursive and finite filters, medians, transforms, another rate, and a file at the end. */
const PIPELINE = `
schema: 1
name: instructions
source: { id: board, type: synthetic, params: { channels: 8, rate_hz: 250 } }
stages:
  - { id: notch, type: notch, params: { freq_hz: 50 } }
  - { id: band, type: bandpass, params: { low_hz: 1, high_hz: 40 } }
  - { id: average, type: common_average }
  - { id: median, type: moving_median }
  - { id: fir, type: fir, params: { low_hz: 2, high_hz: 30 } }
  - { id: half, type: resample, params: { rate_hz: 100 } }
  - { id: alpha, type: band_power, from: fir, params: { bands: { alpha: [8, 13] } } }
  - { id: psd, type: psd, from: fir }
`;

const arm64 = executables.find(({ name }) => name === "stagebox-linux-arm64");
const emulated = arm64?.emulator.length ? arm64 : undefined;
const skipped = !emulated || emulated.missing !== undefined;
if (skipped) console.log(`skipped: illegal instructions: ${emulated?.missing ?? "this machine is an arm64 itself"}`);

test.skipIf(skipped).each(PROCESSORS)(
  "runs on a %s",
  (processor) => {
    const folder = mkdtempSync(join(tmpdir(), "stagebox-instructions-"));
    try {
      writeFileSync(join(folder, "pipeline.yaml"), PIPELINE);
      const start = (...args: string[]) => {
        const command = [...(emulated?.emulator ?? []), "-cpu", processor, emulated?.file ?? "", ...args];
        const env = { PATH: process.env.PATH ?? "", TMPDIR: folder, HOME: folder };
        const { exitCode, signalCode, stdout, stderr } = Bun.spawnSync(command, { cwd: folder, env });
        expect([args[0], signalCode, exitCode, stderr.toString()]).toEqual([args[0], undefined, 0, expect.any(String)]);
        return stdout.toString();
      };
      expect(start("--version")).toContain("neon");
      expect(start("process", "pipeline.yaml", "--seconds", "4", "--json")).toMatch(/"summary":\{"alpha":\{"[^"]+":\d/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
  120_000,
);

const compiler = "aarch64-linux-gnu-gcc";
test.skipIf(skipped || !Bun.which(compiler))("and this would be seen: an atomic addition of ARMv8.1", () => {
  const folder = mkdtempSync(join(tmpdir(), "stagebox-instructions-"));
  try {
    const source = join(folder, "atomic.c");
    writeFileSync(source, 'int main(void) { __asm__(".arch armv8.1-a\\n ldadd w0, w1, [sp]"); return 0; }\n');
    const program = join(folder, "atomic");
    expect(Bun.spawnSync([compiler, "-static", "-o", program, source]).exitCode).toBe(0);
    const end = (processor: string) => Bun.spawnSync(["qemu-aarch64-static", "-cpu", processor, program]);
    expect(end("cortex-a53").signalCode).toBe("SIGILL");
    expect(end("cortex-a76").exitCode).toBe(0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
