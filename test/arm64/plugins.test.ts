// SPDX-License-Identifier: Apache-2.0
/** From nothing but the executable to one's own plugin in the running graph, and everything that can be done with it. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FLAG } from "../../src/native/packet.ts";
import { TEMPLATES } from "../../src/plugins/scaffold/templates.ts";
import { Listener } from "../system/listener.ts";
import { Service, until } from "../system/service.ts";
import { alone, executables } from "./executables.ts";

/** Clone to running, by the watch. */
const FIRST_PLUGIN_MS = 60_000;
const templates = Object.keys(TEMPLATES.native);
const types = templates.map((template) => `my_${template}`);

const PIPELINE = `
schema: 1
name: plugins
source: { id: board, type: synthetic, params: { channels: 3, rate_hz: 250 } }
stages:
  - { id: notch, type: notch, params: { freq_hz: 50 } }
`;

for (const executable of executables) {
  const compiler = `${executable.triple}-gcc`;
  const lacking = executable.missing ?? (Bun.which(compiler) ? undefined : `there is no ${compiler}`);
  if (lacking && !executable.missing) console.log(`skipped: plugins of dist/${executable.name}: ${lacking}`);

  describe.skipIf(lacking !== undefined)(`dist/${executable.name}`, () => {
    let place: ReturnType<typeof alone>;
    let service: Service | undefined;

    beforeAll(() => {
      place = alone(executable);
    });
    afterAll(async () => {
      await service?.discard();
      rmSync(place.folder, { recursive: true });
    });

    /** What it prints; it must succeed, and have nothing to complain of. */
    function stagebox(...args: string[]): string {
      const { folder, env, command } = place;
      const { exitCode, stdout, stderr } = Bun.spawnSync([...command, ...args], { cwd: folder, env });
      expect([args.join(" "), stderr.toString(), exitCode]).toEqual([args.join(" "), expect.any(String), 0]);
      return stdout.toString();
    }

    test("a first plugin is made, built, checked and installed in under a minute", () => {
      const began = Date.now();
      stagebox("plugin", "new", "my-gain");
      stagebox("plugin", "build", "my-gain");
      expect(stagebox("plugin", "check", "my-gain")).toMatch(/\d\d passed, 0 failed/);
      stagebox("plugin", "install", "my-gain");
      expect(Date.now() - began).toBeLessThan(FIRST_PLUGIN_MS);
      expect(readdirSync(join(place.folder, "my-gain/bin"))).toEqual([executable.triple]);
    }, 120_000);

    test("so is one of every other template", () => {
      for (const template of templates.filter((name) => name !== "gain")) {
        stagebox("plugin", "new", `my-${template}`, "--template", template);
        stagebox("plugin", "build", `my-${template}`);
        stagebox("plugin", "install", `my-${template}`);
      }
      const listed = stagebox("plugin", "list");
      for (const type of types) expect(listed).toContain(type.replace("_", "-"));
      expect(stagebox("plugin", "info", "my-sink")).toContain("my_sink");
    }, 180_000);

    // An emulator's process cannot become another program.
    test.skipIf(executable.emulator.length > 0)(
      "so is one in TypeScript, and one in WebAssembly",
      () => {
        for (const runtime of ["script", ...(Bun.which("wasm-ld") ? ["wasm"] : [])]) {
          stagebox("plugin", "new", `my-${runtime}`, "--runtime", runtime);
          stagebox("plugin", "build", `my-${runtime}`);
          expect(stagebox("plugin", "check", `my-${runtime}`, "--quick")).toMatch(/\d\d passed, 0 failed/);
        }
      },
      180_000,
    );

    test("they run, each in a process of its own", async () => {
      const { folder, env, command } = place;
      writeFileSync(join(folder, "pipeline.yaml"), PIPELINE);
      const options = { command, environment: env, data: env.STAGEBOX_DATA, pipeline: join(folder, "pipeline.yaml") };
      const running = await Service.start(options);
      service = running;
      for (const type of types)
        await until(type, async () => (await running.get(`/api/stages/${type}`)).status === 200, 60_000);
      const stage = { id: "mine", type: "my_gain", params: { gain_db: 20 } };
      const inserted = await running.patch({ action: "insert", after: "notch", stage });
      expect([inserted.status, inserted.text]).toEqual([200, inserted.text]);
      const listener = await Listener.open(running, "mine");
      const own = () => listener.packets.filter(({ flags }) => (flags & FLAG.late) === 0);
      await until("its own output", () => own().length > 20, 60_000);
      listener.close();
      const { body } = await running.get("/api/plugins/my-gain");
      expect([body.state, body.isolation]).toEqual(["ready", "process"]);
    }, 180_000);

    test("a new version takes over by itself, without the loss of a frame", async () => {
      const running = service as Service;
      const listener = await Listener.open(running, "mine");
      const manifest = join(place.folder, "my-gain/plugin.toml");
      writeFileSync(manifest, readFileSync(manifest, "utf8").replace(/^version = .*$/m, 'version = "0.2.0"'));
      stagebox("plugin", "install", "my-gain");
      const isNew = async () => (await running.get("/api/stages/my_gain")).body.plugin?.version === "0.2.0";
      await until("the new version", isNew, 60_000);
      const before = listener.packets.length;
      await until("its output", () => listener.packets.length > before + 20, 60_000);
      listener.close();
      expect(listener.breaks()).toEqual([]);
    }, 120_000);

    test("disabled it is passed over, and enabled it is back; it has a log, and can be removed", async () => {
      const running = service as Service;
      const bypass = async () => (await running.get("/api/graph")).body.stages.at(-1).bypass;
      const log = stagebox("plugin", "log", "my-gain");
      if (executable.emulator.length > 0) expect(log).toContain("sandbox: no limit of memory");
      stagebox("plugin", "disable", "my-gain");
      expect([(await running.get("/api/plugins/my-gain")).body.state, await bypass()]).toEqual(["disabled", true]);
      stagebox("plugin", "enable", "my-gain");
      await until("it to be back", async () => (await running.get("/api/plugins/my-gain")).body.state === "ready");
      expect((await running.patch({ action: "remove", id: "mine" })).status).toBe(200);
      stagebox("plugin", "remove", "my-gain");
      await until("it to be gone", async () => (await running.get("/api/stages/my_gain")).status === 404);
      expect((await running.get("/api/graph")).body.state).toBe("running");
    }, 120_000);

    test("what a plugin costs is measured with the one that it carries", () => {
      const { results } = JSON.parse(stagebox("bench", "plugins", "--seconds", "0.02", "--json"));
      const isolated = results.filter(({ name }: { name: string }) => name.startsWith("plugins.isolated."));
      expect(isolated.length).toBeGreaterThan(0);
      for (const { value } of isolated) expect(value).toBeGreaterThan(0);
    }, 120_000);
  });
}
