// SPDX-License-Identifier: Apache-2.0
/** The executables, in an empty folder: this machine's, and the Pi's under qemu-user. */
import { expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { version } from "../../package.json";
import { bundledPipelines } from "../../src/asset.ts";
import { TEMPLATES } from "../../src/plugins/scaffold/templates.ts";
import { Service, until } from "../system/service.ts";

const dist = join(import.meta.dir, "../../dist");
const emulator = process.arch === "arm64" ? [] : ["qemu-aarch64-static", "-L", "/usr/aarch64-linux-gnu"];

const executables = [
  { name: "stagebox", command: [], simd: process.arch === "arm64" ? "neon" : /sse4.2|avx2|avx512/ },
  { name: "stagebox-linux-arm64", command: emulator, simd: "neon" },
];

for (const { name, command, simd } of executables) {
  const file = join(dist, name);
  const reason = process.env.STAGEBOX_QUICK
    ? "STAGEBOX_QUICK is set"
    : !existsSync(file)
      ? `there is no dist/${name}: npm run build`
      : command[0] && !Bun.which(command[0])
        ? `there is no ${command[0]}`
        : undefined;
  if (reason) console.log(`skipped: dist/${name}: ${reason}`);

  test.skipIf(reason !== undefined)(
    `dist/${name} holds library and pipelines, which pass their tests, and leaves no more than the library`,
    () => {
      const folder = mkdtempSync(join(tmpdir(), "stagebox-executable-"));
      try {
        const env = { PATH: process.env.PATH ?? "", TMPDIR: folder };
        const start = (...args: string[]) => {
          const { exitCode, stdout, stderr } = Bun.spawnSync([...command, file, ...args], { cwd: folder, env });
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

  const compiler = name.endsWith("arm64") ? "aarch64-linux-gnu-gcc" : "gcc";
  test.skipIf(reason !== undefined || !Bun.which(compiler))(
    `dist/${name} makes plugins of every template, and builds them, from nothing but itself`,
    () => {
      const folder = mkdtempSync(join(tmpdir(), "stagebox-executable-"));
      try {
        const env = { PATH: process.env.PATH ?? "", HOME: folder, TMPDIR: folder };
        for (const template of Object.keys(TEMPLATES))
          for (const args of [
            ["new", `my-${template}`, "--template", template],
            ["build", `my-${template}`],
          ]) {
            const child = Bun.spawnSync([...command, file, "plugin", ...args], { cwd: folder, env });
            expect([child.stderr.toString(), child.exitCode]).toEqual(["", 0]);
          }
        const libraries = [...new Bun.Glob("*/bin/*/*.so").scanSync(folder)];
        expect(libraries).toHaveLength(Object.keys(TEMPLATES).length);
        const machine = simd === "neon" ? "aarch64" : "x86_64";
        for (const library of libraries) expect(library).toContain(`/bin/${machine}-linux-gnu/libmy_`);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
    120_000,
  );

  test.skipIf(reason !== undefined)(
    `dist/${name} runs a pipeline and answers`,
    async () => {
      const service = await Service.start({ command: [...command, file] });
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
