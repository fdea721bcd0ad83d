// SPDX-License-Identifier: Apache-2.0
//
// Plugins as a box runs them: real libraries, compiled here, in processes of their own.
import { afterEach, expect, test } from "bun:test";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PatchAction } from "../../src/pipeline/patch.ts";
import { ProblemsError } from "../../src/pipeline/problem.ts";
import { NotFoundError, NotRunningError } from "../../src/runtime/box.ts";
import { type AuditEntry, LOCAL } from "../../src/store/audit.ts";
import { hostTriple } from "../../src/triple.ts";
import { until } from "../system/service.ts";
import { jumps, PluginBox, putPlugin } from "./odometer.fixture.ts";
import { newKey, signFolder, trust } from "./signature/signed.fixture.ts";

let path: string;
let box: PluginBox;

/** A box with these plugins in its folder. */
async function boxWith(builds: Record<string, Parameters<typeof putPlugin>[1]>, options = {}): Promise<PluginBox> {
  path = mkdtempSync(join(tmpdir(), "stagebox-plugins-"));
  for (const [name, build] of Object.entries(builds)) await putPlugin(join(path, "plugins", name), build);
  return open(options);
}

async function open(options = {}): Promise<PluginBox> {
  box = await PluginBox.open(path, options);
  await box.plugins.start();
  return box;
}

afterEach(async () => {
  await box?.close();
  rmSync(path, { recursive: true, force: true });
}, 30_000);

const state = (id: string) => box.plugins.get(id).state;
const reason = (id: string) => box.plugins.get(id).reason ?? "";
const refusal = (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => {
      throw new Error("it was not refused");
    },
    (error) => error,
  );

test("a plugin in the folder is there, and its stage can be used", async () => {
  await boxWith({ odometer: {} });
  const none = { loading: 0, disabled: 0, error: 0, broken: [], settings: [] };
  expect(box.plugins.status()).toEqual({ plugins: 1, ready: 1, ...none });
  expect(box.catalog.stages.get("odometer")?.plugin).toEqual({ id: "odometer", version: "1.0.0" });
  expect(box.plugins.log("odometer").map(({ text }) => text)).toContain("build 1 registers");
  await box.run("{ type: odometer }");
  await box.listen("odometer");
  await until("frames", () => box.frames.length > 200);
  expect([jumps(box.frames), box.breaks]).toEqual([[], []]);
  await until("its counters", () => box.plugins.get("odometer").statistics.blocks > 10);
  expect(box.plugins.get("odometer").statistics.memory_bytes).toBeGreaterThan(100_000);
});

test("a library that is replaced takes over with its state, and no frame is lost", async () => {
  await boxWith({ odometer: {} });
  await box.run("{ type: odometer }");
  await box.listen("odometer");
  await until("frames", () => box.frames.length > 100);
  await putPlugin(box.plugin("odometer"), { define: { BUILD: 2 } });
  await until("the new build", () => box.builds.at(-1) === 2);
  expect([jumps(box.frames), box.breaks]).toEqual([[], []]);
  expect(box.builds).toContain(1);
  expect(box.plugins.get("odometer").statistics.reloads).toBe(1);
  expect(box.supervisor.telemetry().groups.map(({ lost_frames }) => lost_frames)).toEqual([0]);
}, 30_000);

test("a build with other parameters takes over with their defaults", async () => {
  await boxWith({ odometer: {} });
  await box.run("{ type: odometer }");
  await putPlugin(box.plugin("odometer"), { define: { MORE_PARAMS: true } });
  await box.plugins.reload("odometer");
  expect(box.supervisor.graph()?.stages[0]?.params).toEqual({ crash_at: 0, more: 3 });
}, 30_000);

test.each<[string, Record<string, string | true>, RegExp]>([
  ["registers nothing it could be", { TYPE: '"notch"' }, /component of type "notch" already/],
  ["lacks the stage that runs", { TYPE: '"speedometer"' }, /odometer/],
  ["refuses to be activated", { REFUSES: true }, /this build takes no signal/],
  ["hangs", { HANGS: true }, /within/],
])(
  "a build that %s leaves the old one running, and says so",
  async (_, define, words) => {
    await boxWith({ odometer: {} }, { open_limit_ms: 1000 });
    await box.run("{ type: odometer }");
    await box.listen("odometer");
    await putPlugin(box.plugin("odometer"), { define: { BUILD: 2, ...define } });
    const error = await refusal(box.plugins.reload("odometer"));
    expect(error).toBeInstanceOf(ProblemsError);
    expect(error.message).toMatch(words);
    expect([state("odometer"), reason("odometer")]).toEqual(["ready", expect.stringMatching(words)]);
    expect(box.said.at(-1)).toMatch(/^PluginFault odometer .*version 1.0.0 goes on/);
    const seen = box.frames.length;
    await until("more frames", () => box.frames.length > seen + 100);
    expect([jumps(box.frames), box.breaks]).toEqual([[], []]);
    expect(new Set(box.builds)).toEqual(new Set([1]));
    await putPlugin(box.plugin("odometer"), { define: { BUILD: 3 } });
    await box.plugins.reload("odometer");
    expect(reason("odometer")).toBe("");
  },
  30_000,
);

test("a manifest that cannot be read leaves what runs running", async () => {
  await boxWith({ odometer: {} });
  writeFileSync(box.plugin("odometer", "plugin.toml"), "id = ");
  const error = await refusal(box.plugins.reload("odometer"));
  expect(error.message).toMatch(/not TOML/);
  expect([state("odometer"), reason("odometer")]).toEqual(["ready", expect.stringContaining("not TOML")]);
  expect(box.plugins.status().broken).toHaveLength(1);
  await putPlugin(box.plugin("odometer"));
  await box.plugins.reload("odometer");
  expect([state("odometer"), reason("odometer")]).toEqual(["ready", ""]);
});

test("what is not a library, and what comes twice, are errors with reasons; the rest is ready", async () => {
  await boxWith({
    odometer: {},
    twin: { manifest: { id: "twin", stages: { odometer: { name: "O", input: "signal", output: "signal" } } } },
    text: { define: { TYPE: '"text"' }, manifest: { id: "text" } },
  });
  expect([state("odometer"), state("twin")].sort()).toEqual(["error", "ready"]);
  const twin = state("twin") === "error" ? "twin" : "odometer";
  expect(reason(twin)).toMatch(/component of type "odometer" already/);
  writeFileSync(box.plugin("text", `bin/${hostTriple}`, "libodometer.so"), "text");
  expect((await refusal(box.plugins.reload("text"))).message).toMatch(/ELF|library/);
  expect(() => box.plugins.get("nobody")).toThrow(NotFoundError);
});

test("a plugin that hangs while it is loaded holds nobody up, and is tried again", async () => {
  path = mkdtempSync(join(tmpdir(), "stagebox-plugins-"));
  await putPlugin(join(path, "plugins/hang"), {
    define: { HANGS: true, TYPE: '"hang"' },
    manifest: { id: "hang", stages: { hang: { name: "Hang", input: "signal", output: "signal" } } },
  });
  await putPlugin(join(path, "plugins/odometer"));
  box = await PluginBox.open(path, { open_limit_ms: 1500 });
  const all = box.plugins.start();
  await box.plugins.startThose(new Set(["odometer", "synthetic"]));
  expect([state("odometer"), state("hang")]).toEqual(["ready", "loading"]);
  await all;
  expect([state("hang"), reason("hang")]).toEqual(["error", expect.stringContaining("1.5 s")]);
  expect(Date.parse(box.plugins.get("hang").retry_at ?? "")).toBeGreaterThan(Date.now() - 1000);
}, 30_000);

test("events say which version is open, and when it no longer is", async () => {
  await boxWith({ odometer: {} });
  const loads: string[] = [];
  box.events.subscribe(({ type, data }) => {
    if (/^Plugin(Unl|L)oaded$/.test(type)) loads.push(`${type} ${data.plugin} ${data.version}`);
  }, 0);
  await putPlugin(box.plugin("odometer"), { define: { BUILD: 2 }, manifest: { version: "1.1.0" } });
  await box.plugins.reload("odometer");
  await box.plugins.choose("odometer", { enabled: false });
  expect(loads).toEqual([
    "PluginLoaded odometer 1.0.0",
    "PluginUnloaded odometer 1.0.0",
    "PluginLoaded odometer 1.1.0",
    "PluginUnloaded odometer 1.1.0",
  ]);
});

test("disabled in use: its stage is passed over, nothing of it is left, and it comes back", async () => {
  await boxWith({ odometer: {} });
  await box.run("{ type: odometer }", "{ type: nop }");
  expect((await box.plugins.choose("odometer", { enabled: false })).state).toBe("disabled");
  expect(box.supervisor.graph()?.stages.map(({ id, bypass }) => [id, bypass])).toEqual([
    ["odometer", true],
    ["nop", false],
  ]);
  expect(children()).toEqual([]);
  const insert = box.supervisor.patch([{ action: "insert", after: "nop", stage: { type: "odometer" } }]);
  expect((await refusal(insert)).message).toMatch(/plugin .*odometer.* is disabled/);
  await box.supervisor.patch([{ action: "insert", after: "nop", stage: { type: "gain" } }]);
  expect((await box.plugins.choose("odometer", { enabled: true })).state).toBe("ready");
  await box.supervisor.patch([{ action: "bypass", id: "odometer", bypass: false }]);
  await box.listen("odometer");
  await until("frames", () => box.frames.length > 50);
});

test("a stage that cannot be passed over keeps its plugin from being disabled", async () => {
  await boxWith({ odometer: { define: { OUTPUT: "SB_PORT_FEATURES" } } });
  await box.run("{ id: miles, type: odometer }");
  const error = await refusal(box.plugins.choose("odometer", { enabled: false }));
  expect(error.message).toMatch(/miles .*remove it first/);
  expect(state("odometer")).toBe("ready");
  expect(existsSync(join(path, "stagebox.toml"))).toBe(false);
});

test("the same choice twice does nothing", async () => {
  await boxWith({ odometer: {} });
  await box.plugins.choose("odometer", { enabled: true, trusted: true });
  const file = join(path, "stagebox.toml");
  const [written, loads, said] = [statSync(file).ino, box.plugins.get("odometer").statistics, box.said.length];
  await box.plugins.choose("odometer", { enabled: true, trusted: true });
  await box.plugins.rescan();
  expect([statSync(file).ino, box.said.length]).toEqual([written, said]);
  expect(box.plugins.get("odometer").statistics).toMatchObject({ loads: loads.loads, reloads: loads.reloads });
});

test("what a person writes into stagebox.toml counts at once, for that plugin alone; a mistake for none", async () => {
  const manifest = { config: { gain: { kind: "number", default: 1, maximum: 9 } } };
  const other = { id: "other", stages: { other: { name: "O" } }, ...manifest };
  await boxWith({ odometer: { manifest }, other: { define: { TYPE: '"other"' }, manifest: other } });
  const entry = (id: string, lines: string) => `[[plugins.entries]]\nid = "${id}" # mine\n${lines}\n`;
  const write = (text: string) => writeFileSync(join(path, "stagebox.toml"), text);
  const reloads = (id: string) => box.plugins.get(id).statistics.reloads;
  write(`${entry("odometer", "config.gain = 3")}${entry("other", "enabled = true")}`);
  await until("the edit", () => reloads("odometer") === 1);
  expect([box.plugins.get("odometer").config.values, reloads("other")]).toEqual([{ gain: 3 }, 0]);

  write(entry("odometer", "config.gain = 10"));
  await until("the mistake to be told", () => box.plugins.status().settings.length > 0);
  expect(box.plugins.status().settings).toEqual([
    expect.objectContaining({ line: 3, message: expect.stringContaining("gain: 10 is out of range") }),
  ]);
  expect(box.plugins.get("odometer").config.values).toEqual({ gain: 3 });
  write(entry("odometer", "enabled = false"));
  await until("the next edit", () => state("odometer") === "disabled");
  expect([box.plugins.status().settings, state("other"), reloads("other")]).toEqual([[], "ready", 0]);
}, 30_000);

test("a whole set comes back while the pipeline runs, and no frame is lost", async () => {
  const permissions = { network: true };
  await boxWith({ "odometer/1.0.0": {} });
  const generations = () => box.plugins.generations().length;
  await until("the first generation", () => generations() === 1);
  await box.run("{ type: odometer }");
  await box.listen("odometer");
  await until("frames", () => box.frames.length > 100);
  await putPlugin(box.plugin("odometer/1.1.0"), {
    define: { BUILD: 2 },
    manifest: { version: "1.1.0", permissions },
  });
  await until("the update", () => box.builds.at(-1) === 2);
  const { versions, permissions: asked, version } = box.plugins.get("odometer");
  expect([version, asked.missing]).toEqual(["1.1.0", ["+ network"]]);
  expect(versions.map(({ version, asks_more }) => [version, asks_more])).toEqual([
    ["1.1.0", ["+ network"]],
    ["1.0.0", []],
  ]);
  expect(box.plugins.log("odometer").map(({ text }) => text)).toContain(
    "it asks for more than it was granted, and has to do without: + network",
  );
  await until("the second generation", () => generations() === 2);

  await box.plugins.rollback(undefined, LOCAL);
  await until("the old build", () => box.builds.at(-1) === 1);
  expect([jumps(box.frames), box.breaks]).toEqual([[], []]);
  expect(box.plugins.get("odometer").versions.map((it) => it.version)).toEqual(["1.0.0"]);
  await box.plugins.rollback(2, LOCAL);
  await until("the new build", () => box.builds.at(-1) === 2);
  await box.plugins.remove("odometer", "1.1.0", LOCAL);
  await until("the old build again", () => box.builds.at(-1) === 1);
  expect([jumps(box.frames), box.breaks]).toEqual([[], []]);
  await box.plugins.remove("odometer", undefined, LOCAL);
  expect(() => box.plugins.get("odometer")).toThrow(NotFoundError);
  expect(box.plugins.generations().at(-1)?.changes).toEqual(["odometer 1.0.0 removed"]);
  await box.plugins.rollback(1, LOCAL);
  expect(state("odometer")).toBe("ready");
}, 60_000);

test("a plugin that stagebox.toml names by its path is there, and goes with its entry", async () => {
  await boxWith({});
  const elsewhere = join(path, "elsewhere");
  await putPlugin(elsewhere);
  const file = join(path, "stagebox.toml");
  writeFileSync(file, `[[plugins.entries]]\nid = "odometer"\nwatch = false\nartifact_path = "${elsewhere}"\n`);
  await until("the plugin", () => box.plugins.list().some((it) => it.state === "ready"));
  await box.plugins.choose("odometer", { enabled: true });
  await putPlugin(elsewhere, { define: { BUILD: 2 } });
  await Bun.sleep(1500);
  expect(box.plugins.get("odometer").statistics.reloads).toBe(0);
  await box.plugins.reload("odometer");
  expect(box.plugins.get("odometer").statistics.reloads).toBe(1);
  writeFileSync(file, "");
  await until("it to be gone", () => box.plugins.list().length === 0);
}, 30_000);

test("what others depend on is loaded before them, and unloaded after them", async () => {
  const plugin = (id: string, dependencies: Record<string, string>) => ({
    define: { TYPE: `"${id}"` },
    manifest: { id, dependencies, stages: { [id]: { name: id } } },
  });
  await boxWith({ a: plugin("a", { b: "^1.0.0" }), b: plugin("b", { c: "*", stagebox: "*" }), c: plugin("c", {}) });
  const order = (word: string) => box.said.filter((it) => it.startsWith(word)).map((it) => it.split(" ")[1]);
  expect(order("PluginLoaded")).toEqual(["c", "b", "a"]);
  await box.plugins.choose("c", { enabled: false });
  expect(order("PluginUnloaded")).toEqual(["a", "b", "c"]);
  expect(reason("a")).toBe("needs b ^1.0.0, which cannot run: needs c *, which is disabled; enable it");
  await box.plugins.choose("c", { enabled: true });
  expect(order("PluginLoaded").slice(3)).toEqual(["c", "b", "a"]);
}, 30_000);

test("what comes to the same as what was decided does nothing, however it is written", async () => {
  const config = { gain: { kind: "number", default: 1 }, name: { kind: "text", default: "a" } };
  const permissions = { network: true, read: ["/etc/hosts", "/etc/hostname"] };
  await boxWith({ odometer: { manifest: { config, permissions } } });
  const choose = async (choice: Parameters<typeof box.plugins.choose>[1]) => {
    await box.plugins.choose("odometer", choice);
    return box.plugins.get("odometer").statistics.reloads;
  };
  expect(await choose({ granted: { network: false, read: [] }, config: { gain: 1 } })).toBe(0);
  const granted = { network: true, read: ["/etc/hosts", "/etc/hostname"] };
  expect(await choose({ granted, config: { gain: 2, name: "b" } })).toBe(1);
  expect(await choose({ granted: { read: granted.read.toReversed(), network: true } })).toBe(1);
  expect(await choose({ config: { name: "b", gain: 2 } })).toBe(1);
  expect(await choose({ config: { name: "b" } })).toBe(2);
});

test("trusted, and only then, it runs in this process, where a crash costs no more", async () => {
  await boxWith({
    odometer: { manifest: { runtime: { library: "bin/<target-triple>/libodometer.so", isolation: "in-process" } } },
  });
  expect(box.plugins.get("odometer").isolation).toBe("process");
  expect(box.plugins.get("odometer").sandbox).toContain("no_new_privs");
  await box.run("{ type: odometer }");
  await box.listen("odometer");
  await until("frames", () => box.frames.length > 50);
  const trusted = await box.plugins.choose("odometer", { trusted: "unsigned" });
  expect([trusted.isolation, trusted.sandbox]).toEqual(["in-process", undefined]);
  expect(children()).toEqual([]);
  const before = box.frames.length;
  await until("frames", () => box.frames.length > before + 50);
  expect([jumps(box.frames), box.breaks]).toEqual([[], []]);
  await box.supervisor.patch([{ action: "set", id: "odometer", params: { crash_at: 1 } }]);
  await until("quarantine", () => box.plugins.get("odometer").quarantined);
  expect(reason("odometer")).toMatch(/SIGSEGV/);
  expect(box.supervisor.graph()?.state).toBe("running");
}, 30_000);

const INSIDE = { runtime: { library: "bin/<target-triple>/libodometer.so", isolation: "in-process" } };

test("inside the service runs what a trusted key signed, as long as it is that", async () => {
  const secret = await newKey();
  path = mkdtempSync(join(tmpdir(), "stagebox-plugins-"));
  const folder = join(path, "plugins/odometer/1.0.0");
  await putPlugin(folder, { manifest: INSIDE });
  await open();
  expect((await refusal(box.plugins.choose("odometer", { trusted: true }))).message).toMatch(
    /^\/trust: odometer 1.0.0 is not signed, so it may not run inside the service; .*--link$/,
  );
  expect((await refusal(box.plugins.choose("odometer", { trusted: "unsigned" }))).message).toContain("is not signed");
  await signFolder(folder, secret);
  await box.plugins.rescan();
  expect(box.plugins.get("odometer").signature).toMatchObject({ state: "unknown-key", key: { id: secret.public.id } });
  expect((await refusal(box.plugins.choose("odometer", { trusted: true }))).message).toContain("plugin trust FILE.pub");
  expect(box.plugins.get("odometer").isolation).toBe("process");

  const key = trust(box.folder.trusted_keys, "anna", secret);
  expect(await box.plugins.choose("odometer", { trusted: true })).toMatchObject({
    ...{ isolation: "in-process", trusted: true },
    signature: { state: "trusted", key: { name: "anna" } },
  });
  writeFileSync(join(folder, "README.md"), "one file too many");
  await until("a wall", () => box.plugins.get("odometer").isolation === "process");
  expect(box.plugins.get("odometer")).toMatchObject({
    ...{ state: "ready", trusted: false, signature: { state: "changed", differences: { extra: ["README.md"] } } },
    reason: expect.stringMatching(/is not what was signed: extra README.md, .*plugin verify odometer/),
  });
  rmSync(join(folder, "README.md"));
  await until("no wall", () => box.plugins.get("odometer").isolation === "in-process");
  // Whoever does not want changes to be followed loses trust all the same.
  await box.plugins.choose("odometer", { watch: false });
  rmSync(key);
  await until("a wall again", () => box.plugins.get("odometer").isolation === "process");
  expect(reason("odometer")).toContain("which this box does not trust");
}, 60_000);

test("a box comes up with what was trusted in the place that it has now", async () => {
  const secret = await newKey();
  path = mkdtempSync(join(tmpdir(), "stagebox-plugins-"));
  for (const id of ["odometer", "other"]) {
    const manifest = { ...INSIDE, id, stages: { [id]: { name: id, input: "signal", output: "signal" } } };
    await putPlugin(join(path, "plugins", id, "1.0.0"), { define: { TYPE: JSON.stringify(id) }, manifest });
  }
  await signFolder(join(path, "plugins/odometer/1.0.0"), secret);
  trust(join(path, "trusted-keys"), "anna", secret);
  const trusted = { trusted: true };
  writeFileSync(join(path, "plugins.json"), JSON.stringify({ plugins: { odometer: trusted, other: trusted } }));
  await open();
  const seen = ["odometer", "other"].map((id) => box.plugins.get(id));
  expect(seen.map(({ state, isolation }) => [state, isolation])).toEqual([
    ["ready", "in-process"],
    ["ready", "process"],
  ]);
  expect(reason("other")).toContain("other 1.0.0 is not signed");
  expect(seen.map(({ statistics }) => statistics.reloads)).toEqual([0, 0]);
});

test("choices that make no sense are refused", async () => {
  await boxWith({ odometer: {} });
  const grant = box.plugins.choose("odometer", { granted: { network: true, read: ["/etc/passwd"] } });
  const error = (await refusal(grant)) as ProblemsError;
  expect(error.problems.map(({ field }) => field)).toEqual(["/granted/network", "/granted/read"]);
  expect((await refusal(box.plugins.choose("odometer", { pinned: "7.0.0" }))).message).toContain('no version "7.0.0"');
  expect((await refusal(box.plugins.choose("odometer", { config: { x: 1 } }))).message).toContain("x");
});

test("a crash is named, the stage dry meanwhile, started again; again and again is quarantine, over restarts", async () => {
  await boxWith({ odometer: {} });
  await box.run("{ type: odometer, crash_at: 50 }", "{ id: after, type: nop, from: board }");
  await until("quarantine", () => box.plugins.get("odometer").quarantined);
  expect([state("odometer"), reason("odometer")]).toEqual(["error", expect.stringMatching(/^quarantined: .*SIGSEGV/)]);
  const { statistics, faults } = box.plugins.get("odometer");
  expect(statistics).toMatchObject({ crashes: 5, restarts: 4 });
  expect(statistics.substituted).toBeGreaterThan(0);
  expect(faults.at(-1)?.message).toMatch(/odometer.*SIGSEGV/);
  expect(box.supervisor.graph()?.state).toBe("running");
  const stored = () => readFileSync(join(path, "plugin-state.json"), "utf8");
  await until(
    "it to be noted down",
    () => existsSync(join(path, "plugin-state.json")) && stored().includes("quarantine"),
  );
  expect(JSON.parse(stored()).plugins.odometer.crashes).toHaveLength(5);
  const pipeline = box.supervisor.pipeline();
  await box.close();

  await open();
  expect([state("odometer"), box.plugins.get("odometer").quarantined]).toEqual(["error", true]);
  expect(children()).toEqual([]);
  if (pipeline) await box.supervisor.start(pipeline, { degraded: true });
  expect(box.supervisor.nodes().map(({ id }) => id)).toEqual(["board", "after"]);
  expect(await refusal(box.supervisor.start(pipeline as NonNullable<typeof pipeline>))).toBeInstanceOf(ProblemsError);
  expect((await box.plugins.retry("odometer")).state).toBe("ready");
  expect(box.supervisor.nodes().map(({ id }) => id)).toEqual(["board", "odometer", "after"]);
  await until("quarantine again", () => box.plugins.get("odometer").quarantined);

  await putPlugin(box.plugin("odometer"), { define: { BUILD: 2 } });
  await until("another build is another try", () => state("odometer") === "ready");
}, 60_000);

test("the same build put there again stays in quarantine", async () => {
  await boxWith({ odometer: {} });
  await box.run("{ type: odometer, crash_at: 50 }");
  await until("quarantine", () => box.plugins.get("odometer").quarantined);
  const { reason, faults } = box.plugins.get("odometer");
  const library = box.plugin("odometer", `bin/${hostTriple}/libodometer.so`);
  const { ino } = statSync(library);
  await putPlugin(box.plugin("odometer"));
  expect(statSync(library).ino).not.toBe(ino);
  await box.plugins.rescan();
  utimesSync(library, 1, 1);
  await box.plugins.rescan();
  expect((await refusal(box.plugins.reload("odometer"))).message).toBe(reason as string);
  expect(box.plugins.get("odometer")).toMatchObject({ state: "error", quarantined: true, reason, faults });
  expect(box.plugins.get("odometer").statistics).toMatchObject({ crashes: 5, reloads: 0 });
  expect((await box.plugins.retry("odometer")).state).toBe("ready");
}, 60_000);

test("plugins come and go with their folders", async () => {
  await boxWith({});
  await putPlugin(box.plugin("odometer"));
  await until("it to be found", () => box.plugins.list()[0]?.state === "ready");
  await box.run("{ type: odometer }");
  rmSync(box.plugin("odometer"), { recursive: true });
  await until("it to be gone", () => box.plugins.list().length === 0);
  expect(box.supervisor.graph()?.stages[0]?.bypass).toBe(true);
  expect(children()).toEqual([]);

  // What is left of the graph can be edited all the same, and the plugin can come back.
  const edit = (action: PatchAction) => box.supervisor.patch([action]);
  await edit({ action: "insert", after: "board", stage: { id: "louder", type: "gain" } });
  expect((await refusal(edit({ action: "bypass", id: "odometer", bypass: false }))).message).toMatch(/was removed/);
  await putPlugin(box.plugin("odometer"));
  await until("it to be back", () => box.plugins.list()[0]?.state === "ready");
  await edit({ action: "bypass", id: "odometer", bypass: false });
  expect(box.supervisor.nodes().map(({ id }) => id)).toContain("odometer");
  rmSync(box.plugin("odometer"), { recursive: true });
  await until("it to be gone again", () => box.plugins.list().length === 0);
  await edit({ action: "remove", id: "odometer" });
  const again = edit({ action: "insert", after: "board", stage: { id: "odometer", type: "odometer" } });
  expect((await refusal(again)).message).toMatch(/odometer/);
}, 30_000);

test("a plugin that was disabled and is removed then keeps nobody from editing the graph either", async () => {
  await boxWith({ odometer: {} });
  await box.run("{ type: odometer }");
  await box.plugins.choose("odometer", { enabled: false });
  rmSync(box.plugin("odometer"), { recursive: true });
  await until("it to be gone", () => box.plugins.list().length === 0);
  await box.supervisor.patch([{ action: "insert", after: "board", stage: { id: "louder", type: "gain" } }]);
  expect(box.supervisor.nodes().map(({ id }) => id)).toContain("louder");
}, 30_000);

test("settings that a new build does not have are named, with the way out", async () => {
  const config = { color: { kind: "choice", choices: ["red", "green"], default: "red" } };
  await boxWith({ odometer: { manifest: { config } } });
  await box.plugins.choose("odometer", { config: { color: "green" } });
  await putPlugin(box.plugin("odometer"), { define: { BUILD: 2 } });
  const error = await refusal(box.plugins.reload("odometer"));
  expect(error.message).toMatch(/"color" is not .*POST \/api\/plugins\/odometer\/enable {"config":{}}/);
  expect((await box.plugins.choose("odometer", { config: {} })).state).toBe("ready");
  expect(reason("odometer")).toBe("");
}, 30_000);

test("a refusal stands in the log once, and among the faults", async () => {
  await boxWith({ odometer: { define: { TYPE: '"notch"' } } });
  const { reason: why = "" } = box.plugins.get("odometer");
  expect(why).toMatch(/already/);
  expect(box.plugins.log("odometer").filter(({ text }) => text.includes(why))).toHaveLength(1);
  expect(box.plugins.get("odometer").faults.map(({ message }) => message)).toEqual([why]);
}, 30_000);

test("versions side by side: the newest runs unless another is pinned", async () => {
  await boxWith({
    "odometer/1.0.0": {},
    "odometer/1.1.0": { define: { BUILD: 2 }, manifest: { version: "1.1.0" } },
  });
  await box.run("{ type: odometer }");
  await box.listen("odometer");
  await until("the newer", () => box.builds.at(-1) === 2);
  const pinned = await box.plugins.choose("odometer", { pinned: "1.0.0" });
  expect([pinned.version, pinned.pinned]).toEqual(["1.0.0", "1.0.0"]);
  await until("the older", () => box.builds.at(-1) === 1);
  expect((await box.plugins.choose("odometer", { pinned: "" })).version).toBe("1.1.0");
  expect([jumps(box.frames), box.breaks]).toEqual([[], []]);
}, 30_000);

/** Processes of plugins that this one has. */
function children(): string[] {
  return readdirSync("/proc").filter((entry) => {
    if (!/^\d+$/.test(entry)) return false;
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, "utf8");
      return new RegExp(`^\\d+ \\(sb:.*\\) \\S ${process.pid} `).test(stat);
    } catch {
      return false; // it ended meanwhile
    }
  });
}

test("a new version beside the old one is compared, and takes over", async () => {
  const noted: AuditEntry[] = [];
  const by = { name: "otto", role: "operator" } as const;
  await boxWith(
    {
      "odometer/1.0.0": { define: { STILL: true } },
      "odometer/1.1.0": { define: { STILL: true }, manifest: { version: "1.1.0" } },
      "odometer/1.2.0": { define: { STILL: true, BUILD: 2 }, manifest: { version: "1.2.0" } },
    },
    { audit: { record: (entry: AuditEntry) => noted.push(entry) } },
  );
  await box.plugins.choose("odometer", { pinned: "1.0.0" });
  expect(await refusal(box.plugins.startShadow("odometer", "1.1.0"))).toBeInstanceOf(NotRunningError);
  await box.run("{ type: odometer }");
  await box.listen("odometer");
  expect((await refusal(box.plugins.startShadow("odometer", "1.0.0"))).message).toContain("1.1.0");
  expect(() => box.plugins.shadow("odometer")).toThrow(NotFoundError);

  await box.plugins.startShadow("odometer", "1.2.0");
  const compared = (version: string) =>
    until("a comparison", () => box.plugins.shadow("odometer").find((it) => it.blocks > 20 && it.version === version));
  const other = await compared("1.2.0");
  expect([other.stage, other.max_difference, other.rms_difference]).toEqual(["odometer", 1, 1]);
  await box.plugins.startShadow("odometer", "1.1.0", by);
  expect(noted.at(-1)).toMatchObject({ by, what: "shadow", subject: "odometer", after: "1.1.0" });
  const same = await compared("1.1.0");
  expect([same.max_difference, same.rms_difference]).toEqual([0, 0]);
  expect(same.p99_us.old * same.p99_us.new).toBeGreaterThan(0);

  const taken = await box.plugins.endShadow("odometer", true, by);
  expect(noted.at(-1)).toMatchObject({ by, what: "shadow", subject: "odometer", before: "1.1.0" });
  expect([taken.version, taken.pinned]).toEqual(["1.1.0", "1.1.0"]);
  expect(() => box.plugins.shadow("odometer")).toThrow(NotFoundError);
  expect(box.breaks).toEqual([]);
  await until("one process to be left", () => children().length === 1);
}, 30_000);

test("a version that falls over right after it took over gives way to the one before", async () => {
  await boxWith({
    "odometer/1.0.0": {},
    "odometer/1.1.0": { define: { CRASHES: true }, manifest: { version: "1.1.0" } },
  });
  await box.plugins.choose("odometer", { pinned: "1.0.0" });
  await box.run("{ type: odometer }");
  await box.plugins.choose("odometer", { pinned: "1.1.0" });
  await until("the one before", () => box.said.some((line) => /1\.0\.0 is back/.test(line)));
  expect(box.plugins.get("odometer")).toMatchObject({ state: "ready", version: "1.0.0", pinned: "1.0.0" });
}, 30_000);

const FORMAT = { rate_hz: 1000, channel_names: ["a", "b"] };

test("an instance keeps its state from call to call, and through a reload", async () => {
  await boxWith({ odometer: {} });
  const { id } = await box.plugins.createInstance("odometer", { ...FORMAT, max_frames: 4 });
  const first = await box.plugins.execute(id, new Float32Array(2 * 7));
  expect(first).toMatchObject({ frames: 7, channel_names: ["a", "b"], rate_hz: 1000, values: 1, unit: "1" });
  expect([...first.data]).toEqual([0, 1, 1, 1, 2, 1, 3, 1, 4, 1, 5, 1, 6, 1]);
  const both = await Promise.all([1, 2].map((frames) => box.plugins.execute(id, new Float32Array(2 * frames))));
  expect(both.map(({ data }) => data[0])).toEqual([7, 8]);
  await putPlugin(box.plugin("odometer"), { define: { BUILD: 2 } });
  await box.plugins.reload("odometer");
  expect([...(await box.plugins.execute(id, new Float32Array(2))).data]).toEqual([10, 2]);
  await box.plugins.deleteInstance(id);
  expect(await refusal(box.plugins.execute(id, new Float32Array(2)))).toBeInstanceOf(NotFoundError);
  await until("no process to be left", () => children().length === 0);
}, 30_000);

test("a crash of an instance is its caller's answer, and no fault of the plugin's stages", async () => {
  await boxWith({ odometer: {} });
  const { id } = await box.plugins.createInstance("odometer", { ...FORMAT, params: { crash_at: 10 } });
  expect([...(await box.plugins.execute(id, new Float32Array(2 * 3))).data].slice(0, 2)).toEqual([0, 1]);
  expect((await refusal(box.plugins.execute(id, new Float32Array(2 * 20)))).message).toMatch(/SIGSEGV/);
  expect(state("odometer")).toBe("ready");
  const again = await until("it to be there again", () =>
    box.plugins.execute(id, new Float32Array(2)).then(
      ({ frames }) => frames,
      () => false,
    ),
  );
  expect(again).toBe(1);
}, 30_000);

test("an answer has its limits, whatever a stage makes of its input", async () => {
  await boxWith({ odometer: { define: { VALUES: 200 } } });
  const { id } = await box.plugins.createInstance("odometer", FORMAT);
  expect((await box.plugins.execute(id, new Float32Array(2))).values).toBe(200);
  expect((await refusal(box.plugins.execute(id, new Float32Array(2 * 100_000)))).message).toContain(
    "send less at once",
  );
}, 30_000);

test("instances within limits", async () => {
  await boxWith({ odometer: {} });
  const create = (more: object) => refusal(box.plugins.createInstance("odometer", { ...FORMAT, ...more }));
  const odd = (await create({ rate_hz: 0, channel_names: ["a", "a"], max_frames: 0 })) as ProblemsError;
  expect(odd.problems.map(({ field }) => field)).toEqual(["/rate_hz", "/channel_names", "/max_frames"]);
  expect((await create({ channel_names: ["a\nb"] })).message).toContain("control character");
  expect((await create({ type: "odo" })).message).toContain('did you mean "odometer"?');
  expect((await create({ params: { crash_at: -1 } })).message).toContain("crash_at");
  const { id } = await box.plugins.createInstance("odometer", FORMAT);
  expect((await refusal(box.plugins.execute(id, new Float32Array(3)))).message).toContain("whole frames");
  expect((await refusal(box.plugins.execute(id, new Float32Array(2 ** 22 + 2)))).message).toContain("at most");
  expect((await box.plugins.execute(id, new Float32Array(0))).frames).toBe(0);
}, 30_000);
