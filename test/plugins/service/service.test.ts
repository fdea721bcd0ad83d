// SPDX-License-Identifier: Apache-2.0
//
// Stages that a server computes: a real one in Python, and ones that are all wrong. None of them holds up the rest.
import { afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "smol-toml";
import { checkPlugin } from "../../../src/cli/plugin-check/check-plugin.ts";
import { messageOf } from "../../../src/pipeline/problem.ts";
import { readPlugin } from "../../../src/plugins/discovery/read-plugin.ts";
import { openPlugin } from "../../../src/plugins/lifecycle/open-plugin.ts";
import { parseManifest } from "../../../src/plugins/manifest/parse.ts";
import type { FoundPlugin } from "../../../src/plugins/plugin.ts";
import { root, until } from "../../system/service.ts";
import { problemsOf } from "../folders.fixture.ts";
import { LEAST, writeTree } from "../manifest.fixture.ts";
import { PluginBox } from "../odometer.fixture.ts";
import { hasGrpc, type Server, startPython, startServer } from "./server.fixture.ts";

setDefaultTimeout(60_000);

const path = () => join(folder, "plugins", "far");
let folder = "";
let box: PluginBox | undefined;
const servers: Bun.Subprocess[] = [];

afterEach(async () => {
  await box?.close();
  box = undefined;
  for (const server of servers.splice(0)) server.kill("SIGKILL");
  if (folder) rmSync(folder, { recursive: true, force: true });
}, 30_000);

async function start(server: Promise<Server>): Promise<Server> {
  servers.push((await server).process);
  return server;
}

const badServer = (kind: string, port = "0") =>
  start(
    startServer(
      [process.execPath, join(import.meta.dir, "bad-server.ts"), kind, port],
      (line) => `http://127.0.0.1:${line}`,
    ),
  );

const far = { name: "Far", description: "Somewhere else." };
const manifest = (change: object = {}, runtime: object = {}) =>
  stringify({
    ...{ ...LEAST, id: "far", permissions: { network: true }, stages: { far } },
    ...{ runtime: { kind: "service", address: "http://127.0.0.1:9", late: "silence", ...runtime } },
    ...change,
  });

function plugin(address: string, runtime: object = {}, change: object = {}): string {
  folder = mkdtempSync(join(tmpdir(), "stagebox-service-"));
  writeTree(path(), { "plugin.toml": manifest(change, { address, ...runtime }) });
  return path();
}

/** A box in which its stage stands between others. */
async function boxWith(address: string, runtime: object = {}): Promise<PluginBox> {
  plugin(address, runtime);
  box = await PluginBox.open(folder);
  await box.plugins.start();
  await box.plugins.choose("far", { granted: { network: true } });
  return box;
}

const view = () => (box as PluginBox).plugins.get("far");
const log = () => (box as PluginBox).plugins.log("far").map(({ text }) => text);

async function refusalOf(address: string): Promise<string> {
  const found = readPlugin(plugin(address), "box");
  return openPlugin(found, { granted: { network: true } }, {}).then(
    ({ library }) => `${library?.close()} it was opened`,
    (error) => messageOf(error).replace(/^.*?plugin\.toml: /, ""),
  );
}

/** What the conformance suite finds. */
async function failuresOf(found: FoundPlugin): Promise<string[]> {
  const bad: string[] = [];
  const { signal } = new AbortController();
  for await (const { case: name, result, reason } of checkPlugin(found, { seed: 1, quick: true, signal }))
    if (result === "failed") bad.push(`${name}: ${reason}`);
  return bad;
}

describe("a manifest", () => {
  const problems = (change: object, runtime: object = {}) =>
    problemsOf(() => parseManifest(manifest(change, runtime), "plugin.toml"));

  test("has the address as a setting, and the memory of its kind", () => {
    const { config, limits } = parseManifest(manifest(), "plugin.toml").manifest;
    expect(config).toEqual([expect.objectContaining({ id: "address", kind: "text", default: "http://127.0.0.1:9" })]);
    expect(limits.memory_mb).toBe(192);
  });

  test.each([
    ["http://192.168.1.5:50051", "would send the signal over a network in the clear"],
    ["http://localhost", "names no port"],
    ["https://example.org", "names no port"],
    ["https://example.org:0", "names no port"],
    ["https://example.org:443/stage", "has more than a host and a port"],
    ["https://me@example.org:443", "has more than a host and a port"],
    ["ftp://example.org:21", "is no server's"],
    ["localhost:50051", "is no server's"],
    ["unix:stage.sock", "names no socket"],
    ["https://example.org:443\nprogram=/bin/sh", "has a space or a control character"],
  ])("with the address %j is refused", async (address, words) => {
    expect(await problems({}, { address })).toEqual([expect.stringContaining(words)]);
  });

  test("says what a server needs, all of it at once", async () => {
    const source = { ...far, role: "source" };
    const told = await problems({
      permissions: {},
      stages: { far: source },
      config: { address: { kind: "text", default: "" } },
    });
    expect(told).toEqual([
      expect.stringContaining("network is missing"),
      expect.stringContaining("a service computes stages and sinks"),
      expect.stringContaining("address is a setting of every service"),
    ]);
    expect(await problems({}, { kind: "script", script: "stage.ts" })).toEqual([
      expect.stringContaining("address means nothing for kind script"),
    ]);
  });
});

describe("before anything runs it is told", () => {
  test("that the network was not granted", async () => {
    const opening = openPlugin(readPlugin(plugin("http://127.0.0.1:9"), "box"), {}, {});
    expect(messageOf(await opening.catch((error) => error))).toContain("stagebox plugin enable far --grant network");
  });

  test("that an operator's address is none", async () => {
    const found = readPlugin(plugin("http://127.0.0.1:9"), "box");
    const choice = { granted: { network: true }, config: { address: "http://example.org:1" } };
    expect(messageOf(await openPlugin(found, choice, {}).catch((error) => error))).toContain("in the clear");
  });

  test("that nobody listens", async () => {
    const words = "refuses the connection: nothing listens there, so start the server";
    expect(await refusalOf("http://127.0.0.1:9")).toBe(`http://127.0.0.1:9 ${words}`);
    expect(await refusalOf("unix:/nowhere/stage.sock")).toBe("unix:/nowhere/stage.sock is not there: start the server");
  });

  test("that the server is another one", async () => {
    const { address } = await badServer("other");
    expect(await refusalOf(address)).toBe(`${address} has no stage far; it has notch`);
  });

  test("that it does not answer", async () => {
    const { address } = await badServer("deaf");
    expect(await refusalOf(address)).toBe(`${address} does not answer within 3 s`);
  });
});

test.skipIf(!hasGrpc)(
  "a server that puts out features at another rate passes the conformance suite",
  async () => {
    folder = mkdtempSync(join(tmpdir(), "stagebox-service-"));
    cpSync(join(root, "plugins/remote-gain"), path(), { recursive: true });
    rmSync(join(path(), "test"), { recursive: true });
    const template = readFileSync(join(path(), "server.py"), "utf8");
    const [above, below] = [template.split(/^class RemoteGain/m)[0], template.split(/^(?=# ---- from here)/m)[1]];
    const code = `class Peaks:
    def __init__(self, params, format):
        if format.rate_hz < 2:
            raise ValueError("a second has to have frames")
        self.output = pb.Format(port=pb.PORT_FEATURES, values=["low", "high"], rate_hz=format.rate_hz / 2)
        self.left = np.zeros((0, len(format.channels)), "<f4")
        self.frame_ns = 1e9 / format.rate_hz

    def process(self, samples, block, out):
        out.time_ns -= round(len(self.left) * self.frame_ns)
        frames = np.concatenate([self.left, samples])
        whole = len(frames) // 2 * 2
        self.left = frames[whole:].copy()
        pairs = frames[:whole].reshape(-1, 2, frames.shape[1])
        return np.stack([pairs.min(axis=1), pairs.max(axis=1)], axis=1)


STAGES = {"far": Peaks}

`;
    writeTree(path(), {
      "server.py": `${above}${code}${below}`,
      "plugin.toml": manifest(
        { stages: { far: { ...far, output: "features" } } },
        { address: `unix:${folder}/stage.sock` },
      ),
    });
    await start(startPython(path(), folder));
    expect(await failuresOf(readPlugin(path(), "box"))).toEqual([]);
  },
  120_000,
);

describe("in a pipeline", () => {
  /** What comes out of the stage that is far, and of the one beside it. */
  async function run(address: string, runtime?: object): Promise<void> {
    const it = await boxWith(address, runtime);
    await it.run("{ id: far, type: far }", "{ id: beside, type: gain, from: board }");
    await it.listen("far");
  }
  /** Nothing was lost, here or beside it. */
  const isWhole = () => {
    const { groups } = (box as PluginBox).supervisor.telemetry();
    expect(groups.filter(({ lost_frames }) => lost_frames > 0)).toEqual([]);
  };

  test("blocks go there and back", async () => {
    const { address } = await badServer("good");
    await run(address);
    await until("frames that it computed", () => (box as PluginBox).builds.length > 500);
    expect(view()).toMatchObject({ state: "ready", statistics: { crashes: 0, bad_blocks: 0 } });
    isWhole();
  });

  test("a server that goes and comes again is connected again, and the plugin does not crash", async () => {
    const first = await badServer("good");
    const port = first.address.replace(/.*:/, "");
    await run(first.address);
    await until("frames", () => (box as PluginBox).builds.length > 100);
    first.process.kill("SIGKILL");
    await until("its absence", () => log().some((line) => line.includes("late policy stands in")));
    await until("what stands in", () => Number.isNaN((box as PluginBox).frames.at(-1)));
    await until("the reason", () => view().reason?.includes(first.address) === true);
    await badServer("good", port);
    await until("its return", () => log().some((line) => line.endsWith("is there again")));
    const seen = (box as PluginBox).builds.length;
    await until("frames that it computes", () => (box as PluginBox).builds.length > seen + 100);
    expect(view()).toMatchObject({ state: "ready", statistics: { crashes: 0 } });
    isWhole();
  });

  test.each([
    ["hang", "does not answer within 0.8 s"],
    ["leave", "has ended the call"],
    ["status", "has ended the call with status 13: out of luck"],
  ])("one that does %s costs its blocks, and is connected again", async (kind, words) => {
    const { address } = await badServer(kind);
    await run(address);
    await until("words", () =>
      log().some((line) => line === `${address} ${words}; until it is there again, the late policy stands in`),
    );
    await until("its return", () => log().some((line) => line.endsWith("is there again")));
    expect(view()).toMatchObject({ state: "ready", statistics: { crashes: 0 } });
    isWhole();
  });

  test.each([
    ["shape", /returns \d+ values, not \d+ rows of 3/],
    ["bytes", /answers with \d+ bytes, which are no float32/],
    ["huge", /sends a message that has 2147483647 bytes, where \d+ are the most/],
    ["garbage", /sends what is no message of stage\.proto/],
    ["opened", /answers a block with something else/],
    ["compressed", /sends a message that is compressed/],
    ["eager", /sends a (message|block) that was not asked for/],
  ])("one whose answers are wrong by %s is named, and its process ends", async (kind, words) => {
    const { address } = await badServer(kind);
    await run(address);
    await until("words", () => log().some((line) => words.test(line)));
    await until("its end", () => view().statistics.crashes > 0);
    expect(
      view()
        .faults.map(({ message }) => message)
        .join(),
    ).toContain("raised an exception in block after block");
    isWhole();
  });

  test("numbers that are none are found", async () => {
    const { address } = await badServer("nan");
    await run(address);
    await until("bad blocks", () => view().statistics.bad_blocks > 0);
    isWhole();
  });

  test.each([
    ["refuse", "low_hz: 60 Hz is above high_hz"],
    ["features", "puts out features, where plugin.toml has signal"],
    ["mute", "does not answer within 5 s"],
  ])("one that does %s as a stage begins is refused in words", async (kind, words) => {
    const { address } = await badServer(kind);
    const it = await boxWith(address);
    const refusal = await it.run("{ id: far, type: far }").catch(messageOf);
    expect(refusal).toContain(words);
  });
});

test("the .proto that every new plugin gets is the one that is published", async () => {
  const [published, given] = ["proto", "remote-gain"].map((it) => Bun.file(join(root, "plugins", it, "stage.proto")));
  expect(await given?.text()).toBe((await published?.text()) as string);
});
