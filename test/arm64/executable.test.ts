// SPDX-License-Identifier: Apache-2.0
/** The executables, in an empty folder: this machine's, and the Pi's under qemu-user. */
import { expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { version } from "../../package.json";
import { bundledPipelines } from "../../src/asset.ts";
import { Service, until } from "../system/service.ts";
import { executables } from "./executables.ts";

for (const { name, file, emulator, simd, missing } of executables) {
  test.skipIf(missing !== undefined)(
    `dist/${name} holds library and pipelines, which pass their tests, and leaves no more than the library`,
    () => {
      const folder = mkdtempSync(join(tmpdir(), "stagebox-executable-"));
      try {
        const env = { PATH: process.env.PATH ?? "", TMPDIR: folder };
        const start = (...args: string[]) => {
          const { exitCode, stdout, stderr } = Bun.spawnSync([...emulator, file, ...args], { cwd: folder, env });
          expect([stderr.toString(), exitCode]).toEqual(["", 0]);
          return stdout.toString();
        };
        expect(start("--version")).toStartWith(`stagebox ${version}, library ${version} on linux `);
        expect(start("--version")).toMatch(simd);
        const { pipelines } = JSON.parse(start("check", "--json"));
        expect(pipelines.map(({ pipeline }: { pipeline: string }) => pipeline)).toEqual([...bundledPipelines().keys()]);
        expect(readdirSync(folder)).toEqual([expect.stringMatching(/^\.bun-.*\.so$/)]);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
    60_000,
  );

  test.skipIf(missing !== undefined)(
    `dist/${name} runs a pipeline and answers`,
    async () => {
      const service = await Service.start({ command: [...emulator, file] });
      try {
        const frames = async () => (await service.get("/api/telemetry")).body.source.frames;
        const before = await frames();
        await until("frames come", async () => (await frames()) > before);
        expect((await service.get("/api/system")).body.simd).toMatch(simd);
      } finally {
        await service.discard();
      }
    },
    60_000,
  );
}
