// SPDX-License-Identifier: Apache-2.0
//
// hello-world, waveform-scanner and auto-reload in a box, on real folders: what they were not granted is not there for them,
// and what changes is noticed.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { createRecording } from "../../src/formats/create.ts";
import { openRecording } from "../../src/formats/open.ts";
import { info, readAll, uVChannels } from "../formats/synthetic.ts";
import { hasClang } from "../plugins/wasm/components.fixture.ts";
import { builtPlugin, stagebox } from "./built-plugin.ts";
import { Listener } from "./listener.ts";
import { newFolder, realRecording, Service, until } from "./service.ts";

setDefaultTimeout(90_000);

const RATE_HZ = 250;
const data = newFolder();
const shelf = newFolder(); // a folder that nobody granted yet
const plugins = ["waveform-scanner", "auto-reload", ...(hasClang ? ["hello-world"] : [])];

let service: Service;
beforeAll(async () => {
  for (const folder of [data, shelf]) chmodSync(folder, 0o755); // a plugin's own user gets at what it is granted
  for (const id of plugins) builtPlugin(id, join(data, "plugins"));
  service = await Service.start({ data });
});
afterAll(async () => {
  await service?.discard();
  rmSync(shelf, { recursive: true, force: true });
});

const plugin = async (id: string) => (await service.get(`/api/plugins/${id}`)).body;
const log = async (id: string) =>
  (await service.get(`/api/plugins/${id}/log`)).body.log.map(({ text }: { text: string }) => text).join("\n");
const logged = (id: string, words: string) =>
  until(`${id} to say ${words}`, async () => (await log(id)).includes(words));
const ask = (service_: string, request: unknown) =>
  service.call("POST", `/api/plugins/${service_.replace(".", "/services/")}`, JSON.stringify(request), {
    "content-type": "application/json",
  });

/** As `stagebox plugin enable` does it: one in quarantine is tried again. */
async function granted(id: string, grant: string[], config: object = {}): Promise<void> {
  const { status, text, body } = await service.post(`/api/plugins/${id}/enable`, { grant, config });
  expect([status, text]).toEqual([200, text]);
  if (body.quarantined) await service.post(`/api/plugins/${id}/retry`);
}

/** It was not granted what it needs, and the box says which grant that is. */
async function endsWithout(id: string, grant: string[], words: string): Promise<void> {
  await granted(id, grant);
  const { state, reason } = await until(`${id} to end`, async () => {
    const it = await plugin(id);
    return it.state !== "loading" && it.reason ? it : undefined;
  });
  expect(state).toBe("error");
  expect(reason).toContain(words);
}

/** Two channels that stay at `level`; in place all at once, as a file that was copied. */
function put(file: string, level: number, seconds = 30): void {
  const unfinished = join(shelf, `.unfinished-${basename(file)}`);
  const writer = createRecording("edf", unfinished, info(RATE_HZ, uVChannels(2)));
  writer.write(new Float32Array(seconds * RATE_HZ * 2).fill(level), seconds * RATE_HZ);
  writer.close();
  chmodSync(unfinished, 0o644);
  renameSync(unfinished, file);
}

test.skipIf(!hasClang)("hello-world greets in its log, whoever asks, and each pipeline that starts", async () => {
  await endsWithout("hello-world", ["subscribe=PipelineStarted"], "it called write of log, which it was not granted");
  const { crashes } = (await plugin("hello-world")).statistics;
  await granted("hello-world", ["all"]);
  await logged("hello-world", "info: Hello, I am Stagebox");
  expect((await ask("hello-world.greet", "Ada")).body).toBe("Hello, Ada!");
  const odd = 'Zoë "\\" \n \u{1f600}';
  expect((await ask("hello-world.greet", odd)).body).toBe(`Hello, ${odd}!`);
  expect((await ask("hello-world.greet", "")).status).toBe(422);
  await service.post("/api/pipelines/default/start");
  await logged("hello-world", 'info: Hello, pipeline "default"');
  await granted("hello-world", ["log"], { name: "the box in room 5" });
  await logged("hello-world", "info: Hello, I am the box in room 5");
  const { state, statistics } = await plugin("hello-world");
  expect([state, statistics.crashes]).toEqual(["ready", crashes]);
});

interface Found {
  change?: string;
  folder: string;
  path: string;
  bytes: number;
  modified_ms: number;
}

async function list(request: object = {}): Promise<Found[]> {
  const { status, text, body } = await ask("waveform-scanner.list", request);
  expect([status, text]).toEqual([200, text]);
  expect(body.total).toBe(body.recordings.length);
  return body.recordings;
}

const pathsOf = (found: readonly Found[]) => found.map(({ path }) => path);

/** What anybody sees in the folder. */
function recordingsBelow(folder: string): Found[] {
  const names = (readdirSync(folder, { recursive: true }) as string[]).filter((name) =>
    /\.(bdf|csv|dat|edf|hea|txt|vhdr|wav|xdf)$/i.test(name),
  );
  const whole = names.filter((name) => !(name.endsWith(".dat") && names.includes(name.replace(/dat$/, "hea"))));
  return whole.sort().map((path) => {
    const { size, mtimeMs } = statSync(join(folder, path));
    return { folder, path: relative(folder, join(folder, path)), bytes: size, modified_ms: Math.round(mtimeMs) };
  });
}

test("waveform-scanner finds what is in the folders that it was granted, and nothing else", async () => {
  put(join(service.recordings, "first.edf"), 1);
  put(join(shelf, "hidden.edf"), 1);
  const without = "it called grants of filesystem, which it was not granted";
  await endsWithout("waveform-scanner", ["log", "watch", "publish=waveform-scanner.found"], without);
  expect((await ask("waveform-scanner.list", {})).status).toBeGreaterThanOrEqual(400);
  await granted("waveform-scanner", ["all"]);
  expect(pathsOf(await list())).toEqual(["first.edf"]);
  expect(await list({ folder: shelf })).toEqual([]);
  const { status, text } = await service.post("/api/plugins/waveform-scanner/enable", { grant: ["read=folders:"] });
  expect([status, text]).toEqual([422, expect.stringContaining("stands for folders that you choose")]);
  stagebox("plugin", "enable", "waveform-scanner", "--grant", "all", "--grant", `read=${shelf}`, "--data", data);
  await until("the other folder", async () => (await list({ folder: shelf })).length > 0);
  expect(await list({ folder: shelf })).toEqual(recordingsBelow(shelf));
  expect((await plugin("waveform-scanner")).permissions).toMatchObject({
    granted: { read: ["recordings:", shelf] },
    missing: [],
  });
});

test("waveform-scanner finds other people's recordings where they lie", async () => {
  const one = realRecording("100.hea");
  if (!one) return;
  const folder = join(one, "..");
  await granted("waveform-scanner", ["all", `read=${folder}`]);
  const found = await until("the recordings", async () => {
    const there = await list({ folder });
    return there.length > 0 ? there : undefined;
  });
  expect(found).toEqual(recordingsBelow(folder));
  expect(pathsOf(found)).toContain("100.hea");
  expect(pathsOf(found)).not.toContain("100.dat");
});

test("waveform-scanner tells what comes, changes and goes, once it has been quiet", async () => {
  await granted("waveform-scanner", ["all", `read=${shelf}`], { debounce_ms: 500, depth: 1 });
  await until("the settings", async () => (await list({ folder: shelf })).length === 1);
  const abort = new AbortController();
  const events = await fetch(`${service.url}/api/events?type=waveform-scanner.found`, {
    headers: { authorization: `Bearer ${service.token}` },
    signal: abort.signal,
  });
  const told: { total: number; pages: number; recordings: Found[] }[] = [];
  const reading = (async () => {
    let rest = "";
    const decoder = new TextDecoder();
    for await (const bytes of events.body as unknown as AsyncIterable<Uint8Array>) {
      rest += decoder.decode(bytes, { stream: true });
      const lines = rest.split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) if (line.startsWith("data:")) told.push(JSON.parse(line.slice(5)));
    }
  })().catch(() => {});
  const news = () => told.flatMap(({ recordings }) => recordings.map(({ change, path }) => `${change} ${path}`));

  mkdirSync(join(shelf, "deep/deeper"), { recursive: true });
  put(join(shelf, "deep/second.EDF"), 2);
  put(join(shelf, "deep/deeper/too-deep.edf"), 2);
  writeFileSync(join(shelf, "notes.md"), "no recording");
  await until("the new one", () => news().length > 0);
  expect(news()).toEqual(["new deep/second.EDF"]);
  expect(told[0]).toMatchObject({ page: 1, pages: 1, recordings: [{ folder: shelf }] });

  // Many changes at once are one piece of news, or a few where the machine is slow.
  const names = Array.from({ length: 40 }, (_, n) => `many-${n}.csv`);
  for (const name of names) writeFileSync(join(shelf, name), "");
  await until("all of them", () => news().length >= 1 + names.length);
  expect(news().slice(1).sort()).toEqual(names.map((name) => `new ${name}`).sort());
  expect(told.length).toBeLessThan(1 + names.length);

  for (const name of names) rmSync(join(shelf, name));
  put(join(shelf, "hidden.edf"), 1, 40);
  await until("what went", () => news().length >= 2 + 2 * names.length);
  expect(
    news()
      .slice(1 + names.length)
      .sort(),
  ).toEqual(["changed hidden.edf", ...names.map((name) => `gone ${name}`)].sort());
  expect(pathsOf(await list({ folder: shelf }))).toEqual(["deep/second.EDF", "hidden.edf"]);
  expect(told.at(-1)?.total).toBe((await list()).length);
  abort.abort();
  await reading;
});

test("auto-reload starts the replay anew when its file has changed, and the recording goes on", async () => {
  await endsWithout("auto-reload", ["log"], "it called call of services, which it was not granted");
  await granted("auto-reload", ["all"], { debounce_ms: 300 });
  const { crashes } = (await plugin("auto-reload")).statistics;
  put(join(service.recordings, "trial.edf"), 10);
  await service.call(
    "PUT",
    "/api/pipelines/trial",
    `schema: 1
name: trial
source: { id: board, type: replay, params: { file: trial.edf } }
stages: [{ id: end, type: nop }]
sinks: [{ id: keeper, type: recorder, params: { format: csv, name: kept } }]
`,
    { "content-type": "application/yaml" },
  );
  const started = await service.post("/api/pipelines/trial/start", {});
  expect([started.status, started.text]).toEqual([200, started.text]);
  await logged("auto-reload", "info: watches trial.edf");
  expect(await level()).toBe(10);

  put(join(service.recordings, "other.edf"), 5);
  put(join(service.recordings, "trial.edf"), 20);
  await until("the new signal", async () => (await level()) === 20);
  await logged("auto-reload", "info: trial.edf is read anew");
  const { state, revision } = (await service.get("/api/graph")).body;
  expect(state).toBe("running");

  // What cannot be read is left alone, and what runs goes on.
  writeFileSync(join(service.recordings, "trial.edf"), "this is no recording");
  await logged("auto-reload", "trial.edf has changed, but was not read anew");
  expect((await service.get("/api/graph")).body).toMatchObject({ state: "running", revision });
  rmSync(join(service.recordings, "trial.edf"));
  await logged("auto-reload", "info: trial.edf is gone");
  expect(await level()).toBe(20);
  put(join(service.recordings, "trial.edf"), 30);
  await until("the last signal", async () => (await level()) === 30);

  await service.post("/api/pipelines/stop");
  const kept = readdirSync(service.recordings).filter((name) => name.startsWith("kept-"));
  const levels = kept.map((name) => {
    const reader = openRecording(join(service.recordings, name));
    const samples = new Set([...readAll(reader)].map((it) => Math.round(it)));
    reader.close();
    return [...samples];
  });
  expect(levels.sort()).toEqual([[10], [20], [30]]);
  expect((await plugin("auto-reload")).statistics.crashes).toBe(crashes);
});

test("auto-reload waits until its thresholds are met, in a folder that only the command line named, too", async () => {
  const file = join(shelf, "growing.edf");
  put(file, 1, 40);
  const settings = { debounce_ms: 100, least_changes: 2, least_bytes: 10_000 };
  await granted("auto-reload", ["all", `read=${shelf}`], settings);
  await service.stop();
  service = await Service.start({ data, pipeline: "record-only", input: file });
  await logged("auto-reload", `info: watches ${file}`);
  const revision = async () => (await service.get("/api/graph")).body.revision;
  const before = await revision();
  const bytes = statSync(file).size;

  put(file, 2, 80); // enough bytes, once
  await logged("auto-reload", `${file} has changed 1 times, and has ${statSync(file).size} bytes: not enough yet`);
  put(file, 3, 40); // twice, and of the length that it had
  await logged("auto-reload", `${file} has changed 2 times, and has ${bytes} bytes: not enough yet`);
  expect(await revision()).toBe(before);
  put(file, 4, 80);
  await logged("auto-reload", `${file} is read anew`);
  expect(await revision()).toBe(before + 1);
});

/** Of the newest samples, in whole microvolts. */
async function level(): Promise<number> {
  const listener = await Listener.open(service, "end");
  try {
    const { data: samples } = await until("a packet", () => listener.packets.at(-1));
    return Math.round(samples[0] ?? 0);
  } finally {
    listener.close();
  }
}
