// SPDX-License-Identifier: Apache-2.0
//
// The plugins that come with Stagebox: each is built as a stranger's would be, told its manifest's truth, and put through
// its own test pipelines, in this process and in one of its own.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse as parseYaml } from "yaml";
import { runTest } from "../../src/cli/check/pipeline-test.ts";
import { fftBackendName } from "../../src/native/engine.ts";
import { Library } from "../../src/native/library.ts";
import { applyPatch } from "../../src/pipeline/apply.ts";
import type { ComponentSpec } from "../../src/pipeline/catalog.ts";
import { parse } from "../../src/pipeline/parse.ts";
import { type PatchAction, parsePatch } from "../../src/pipeline/patch.ts";
import type { Pipeline } from "../../src/pipeline/pipeline.ts";
import { ProblemsError } from "../../src/pipeline/problem.ts";
import { validate } from "../../src/pipeline/validate.ts";
import { builderOf } from "../../src/plugins/build/builders.ts";
import { libraryPath } from "../../src/plugins/discovery/plugin-library.ts";
import { readPlugin } from "../../src/plugins/discovery/read-plugin.ts";
import { libraryToOpen, stageOptions } from "../../src/plugins/lifecycle/open-plugin.ts";
import { kindOf } from "../../src/plugins/manifest/kinds.ts";
import type { FoundPlugin, Manifest, PluginChoice } from "../../src/plugins/plugin.ts";
import { NotFoundError } from "../../src/runtime/box.ts";
import { LiveCatalog } from "../../src/runtime/catalog.ts";
import { EventBus } from "../../src/runtime/events.ts";
import { runOffline } from "../../src/runtime/offline.ts";
import { Supervisor } from "../../src/runtime/supervisor.ts";
import { hostTriple } from "../../src/triple.ts";
import { hasGrpc, type Server, startPython } from "./service/server.fixture.ts";

const root = join(import.meta.dir, "../..");
const plugins = readdirSync(join(root, "plugins")).filter((id) => existsSync(join(root, "plugins", id, "plugin.toml")));
const hasCompiler = Bun.which("gcc") !== null;
if (!hasCompiler) console.log("skipped: first-party plugins: there is no gcc");
const hasFftw = existsSync("/usr/include/fftw3.h");
if (!hasFftw) console.log("skipped: fftw-backend: there is no libfftw3-dev");
const signal = new AbortController().signal;
const resolveFile = (file: string) => file;

let work: string;
let server: Server | undefined;
beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), "stagebox-first-party-"));
  /* An isolated plugin of a box that runs as root is nobody, and has to get to its folder. */
  chmodSync(work, 0o755);
});
afterAll(() => {
  server?.process.kill();
  rmSync(work, { recursive: true, force: true });
});

/** A copy of the plugin, built. */
async function built(id: string): Promise<FoundPlugin> {
  const folder = join(work, id);
  if (!existsSync(folder))
    cpSync(join(root, "plugins", id), folder, { recursive: true, filter: (path) => !path.endsWith("/bin") });
  const found = readPlugin(folder, "user");
  const { manifest, warnings } = found;
  expect(warnings).toEqual([]);
  if (!existsSync(libraryPath(manifest, folder, hostTriple))) {
    let said = "";
    const made = await builderOf(manifest).build(folder, manifest, { signal, tell: (text) => (said += text) });
    expect([said, made?.warning]).toEqual(["", undefined]);
  }
  return found;
}

/** Its server runs, if it has one, and it may connect there. */
async function choiceOf({ folder, manifest: { runtime, permissions } }: FoundPlugin): Promise<PluginChoice> {
  if (runtime.address === undefined) return {};
  server ??= await startPython(folder, work);
  return { granted: permissions, config: { address: server.address } };
}

/** The plugin loaded, with a catalogue that has its components. */
async function loaded(id: string, isolation: "process" | "in-process") {
  const found = await built(id);
  const { folder, manifest } = found;
  const places = { plugin_data: join(work, "data"), prepared: join(work, "prepared") };
  const options = await stageOptions({ found, choice: await choiceOf(found), places }, isolation);
  const open = await Library.open(libraryToOpen(found), options);
  const catalog = new LiveCatalog();
  catalog.replace(undefined, open.components);
  return {
    folder,
    manifest,
    catalog,
    data: join(work, "data", id),
    library: open,
    [Symbol.dispose]: () => open.close(),
  };
}

function read(file: string, catalog: LiveCatalog): Pipeline {
  return validate(parse(readFileSync(file, "utf8"), file), catalog);
}

const defaultPipeline = join(root, "pipelines/default.yaml");

function tryPresets(
  { folder, manifest: { presets } }: { folder: string; manifest: Manifest },
  file: string,
  catalog: LiveCatalog,
): void {
  const pipeline = read(file, catalog);
  expect(presets.length).toBeGreaterThan(0);
  for (const { file } of presets) {
    const { actions } = parsePatch(parseYaml(readFileSync(join(folder, file), "utf8")));
    const { difference } = applyPatch(pipeline, actions, catalog);
    expect(difference.added.length + difference.live.length).toBeGreaterThan(0);
  }
}

const manifestOf = (id: string) => readPlugin(join(root, "plugins", id), "user").manifest;
/** What brings stages; main parts and parts of a console have tests of their own. */
const own = plugins.filter((id) => manifestOf(id).stages.length > 0 && (hasGrpc || id !== "remote-gain"));

/** What has a language to itself has a process to itself. */
function waysOf(id: string): ("process" | "in-process")[] {
  const isAdapted = kindOf(manifestOf(id)).adapter !== undefined;
  return isAdapted ? ["process"] : ["process", "in-process"];
}

describe.skipIf(!hasCompiler).each(own)("%s", (id) => {
  test("its manifest says of its components what they say themselves", async () => {
    using plugin = await loaded(id, "process");
    const { sources, stages, sinks } = plugin.library.components;
    const components = [...sources, ...stages, ...sinks] as ComponentSpec[];
    expect(plugin.manifest.stages.map(({ type }) => type)).toEqual(components.map(({ type }) => type));
    for (const [i, notice] of plugin.manifest.stages.entries()) {
      const { name, description, input, output, params } = components[i] as ComponentSpec;
      expect(notice).toMatchObject({ name, description, input, output });
      if (notice.params) expect(notice.params).toEqual(params);
    }
  });

  test.each(waysOf(id))(
    "its pipelines do what their tests say (%s)",
    async (isolation) => {
      using plugin = await loaded(id, isolation);
      for (const name of readdirSync(join(plugin.folder, "test")).filter((it) => it.endsWith(".yaml"))) {
        const pipeline = read(join(plugin.folder, "test", name), plugin.catalog);
        expect(pipeline.tests.length).toBeGreaterThan(0);
        for (const each of pipeline.tests)
          expect(await runTest(pipeline, each, { catalog: plugin.catalog, resolveFile, signal })).toMatchObject({
            reasons: [],
          });
      }
    },
    60_000,
  );

  test("its presets fit the default pipeline, or a generator's its own", async () => {
    using plugin = await loaded(id, "process");
    const isGenerator = plugin.manifest.type === "generator";
    tryPresets(plugin, isGenerator ? join(plugin.folder, "test/test_tone.yaml") : defaultPipeline, plugin.catalog);
  });
});

test.skipIf(!hasCompiler).each(["process", "in-process"] as const)(
  "level-log writes its lines (%s)",
  async (isolation) => {
    using plugin = await loaded("level-log", isolation);
    const file = `${isolation}.csv`;
    const pipeline = read(join(plugin.folder, "test/level_log.yaml"), plugin.catalog);
    const sinks = pipeline.sinks.map((sink) => ({ ...sink, params: { ...sink.params, file } }));
    const openSink = () => {
      throw new Error("a native sink is opened by nobody");
    };
    await runOffline(pipeline, { catalog: plugin.catalog, resolveFile, sinks, openSink, seconds: 3, signal });
    const lines = readFileSync(join(plugin.data, file), "utf8").trim().split("\n");
    expect(lines[0]).toStartWith('time_s,"');
    expect(lines.length).toBe(1 + 6);
    for (const line of lines.slice(1))
      for (const level of line.split(",").slice(1)) expect(Math.abs(Number(level) - 100)).toBeLessThan(0.5);
  },
);

test.skipIf(!hasCompiler)("a native sink comes and goes while the graph runs", async () => {
  using plugin = await loaded("level-log", "process");
  const { catalog } = plugin;
  const box = new Supervisor({ catalog, events: new EventBus(), recordings_folder: work, resolveFile, onChange() {} });
  const text = "schema: 1\nname: x\nsource: { id: board, type: synthetic }\nstages: [{ id: gain, type: gain }]\n";
  try {
    await box.start(validate(parse(text, "x.yaml"), catalog));
    await box.patch([
      { action: "add_sink", sink: { id: "levels", type: "level_log", file: "live.csv", interval_s: 0.1 } },
    ]);
    expect(box.graph()?.sinks).toMatchObject([
      { id: "levels", type: "level_log", from: "gain", format: { port: "signal" } },
    ]);
    const levels = () => box.telemetry().sinks.find(({ id }) => id === "levels");
    while ((levels()?.frames ?? 0) < 100) await Bun.sleep(20);
    expect(levels()).toMatchObject({ type: "level_log", lost_frames: 0, detail: { faults: 0 } });
    expect(box.telemetry().groups.map(({ name }) => name)).toContain("sink:levels");

    expect(box.streams().map(({ id }) => id)).not.toContain("levels");
    const deaf = { onFormat() {}, onPacket() {}, onEnd() {} };
    expect(await box.listen("levels", deaf).catch((error) => error)).toBeInstanceOf(NotFoundError);
    const after: PatchAction = { action: "insert", after: "levels", stage: { type: "nop" } };
    expect(await box.patch([after]).catch((error) => error)).toBeInstanceOf(ProblemsError);

    await box.patch([{ action: "remove_sink", id: "levels" }]);
    expect(box.telemetry().sinks).toEqual([]);
    expect(box.telemetry().groups.map(({ name }) => name)).not.toContain("sink:levels");
  } finally {
    await box.stop();
  }
  expect(readFileSync(join(plugin.data, "live.csv"), "utf8").split("\n").length).toBeGreaterThan(3);
});

test.skipIf(!hasCompiler || !hasFftw)(
  "fftw-backend: the built-in stages do with it what they did without",
  async () => {
    using plugin = await loaded("fftw-backend", "in-process");
    expect(fftBackendName()).toStartWith("fftw-3");
    const pipeline = read(join(plugin.folder, "test/fftw_backend.yaml"), plugin.catalog);
    for (const each of pipeline.tests)
      expect(await runTest(pipeline, each, { catalog: plugin.catalog, resolveFile, signal })).toMatchObject({
        reasons: [],
      });
    plugin.library.close();
    expect(fftBackendName()).toBe("built-in");
  },
);

test("fftw-backend: its preset fits the default pipeline, whose stages it computes for", () => {
  tryPresets(readPlugin(join(root, "plugins/fftw-backend"), "user"), defaultPipeline, new LiveCatalog());
});

test("what two plugins have in common is the same in both", () => {
  for (const header of ["real_fft.h", "sliding_window.h"]) {
    const [one, other] = ["analyzer", "spectrogram"].map((id) =>
      readFileSync(join(root, "plugins", id, "src", header), "utf8"),
    );
    expect(one).toBe(other as string);
  }
});
