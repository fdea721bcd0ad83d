// SPDX-License-Identifier: Apache-2.0
// Recordings against what the stream delivered and what other people's readers find, in peace and after kill -9.
import { afterAll, describe, expect, test } from "bun:test";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { openRecording } from "../../src/formats/open.ts";
import type { Annotation } from "../../src/formats/recording.ts";
import { askEdflib, askMne, hasEdflib, hasMne } from "../formats/independent.ts";
import { readAll, scratchFolder } from "../formats/synthetic.ts";
import { Listener } from "./listener.ts";
import { newFolder, quick, Service, until } from "./service.ts";

const RATE_HZ = 250;
const CHANNELS = 8;
const KILLS = quick ? 6 : 50;
const AT_ONCE = quick ? 6 : 10;
const LABELS = ["eyes open", "eyes closed", "Blinzeln, länger", "end"];

const scratch = scratchFolder();
const folders: string[] = [];
const services: Service[] = [];
afterAll(async () => {
  await Promise.all(services.map((service) => service.discard()));
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const byOnset = (a: Annotation, b: Annotation) => a.onset_s - b.onset_s || a.text.localeCompare(b.text);

/** Records the synthetic source in these formats, and streams it as `raw`. */
async function startRecording(formats: readonly string[], seed = 1): Promise<Service> {
  const data = newFolder();
  folders.push(data);
  const file = join(data, "session.yaml");
  const recorders = formats.map((format) => `  - { id: ${format}, type: recorder, params: { format: ${format} } }\n`);
  writeFileSync(
    file,
    `schema: 1
name: session
source: { id: board, type: synthetic, params: { channels: ${CHANNELS}, rate_hz: ${RATE_HZ}, seed: ${seed} } }
sinks:
${recorders.join("")}  - { id: raw, type: stream }
`,
  );
  const service = await Service.start({ data, pipeline: file });
  services.push(service);
  return service;
}

describe("a recording", () => {
  const seconds = quick ? 2 : 6;

  test("holds what the stream delivered, markers on their samples, for our reader, MNE and EDFlib", async () => {
    const service = await startRecording(["bdf", "edf"]);
    const raw = await Listener.open(service, "raw");
    for (const [index, label] of LABELS.entries()) {
      expect((await service.post("/api/markers", { label, duration_s: index })).status).toBe(201);
      await Bun.sleep((seconds * 1000) / LABELS.length);
    }
    await service.post("/api/pipelines/stop");
    await until("the stream to end", () => raw.closed);
    expect(raw.breaks()).toEqual([]);
    expect(raw.end_frame).toBeGreaterThan(seconds * RATE_HZ * 0.9);
    const marks = raw.events.map(({ at_frame, duration_s, label }) => ({
      onset_s: at_frame / RATE_HZ,
      duration_s,
      text: label,
    }));
    expect(marks.map(({ text }) => text).filter((text) => LABELS.includes(text))).toEqual(LABELS);

    const files = readdirSync(service.recordings).sort();
    expect(files.map(extname)).toEqual([".bdf", ".edf"]);
    for (const name of files) checkRecording(join(service.recordings, name), raw, marks);
  }, 30_000);
});

function checkRecording(path: string, raw: Listener, marks: Annotation[]) {
  const names = raw.formats[0]?.channel_names ?? [];
  const reader = openRecording(path);
  const samples = readAll(reader);
  reader.close();
  expect(reader).toMatchObject({ frames: raw.end_frame, rate_hz: RATE_HZ, notices: [] });
  expect(reader.channels).toEqual(names.map((name) => ({ name, unit: "uV" })));
  const from = raw.packets[0]?.first_frame ?? 0;
  const delivered = raw.rows();
  // Float32 keeps 24 bits of what a reader computes.
  const tolerance = stepOf(path) * 0.5 + 2e-5;
  let worst = 0;
  for (let i = 0; i < delivered.length; i++)
    worst = Math.max(worst, Math.abs((delivered[i] as number) - (samples[from * CHANNELS + i] as number)));
  expect(worst).toBeLessThanOrEqual(tolerance);

  const delivers = ({ onset_s, text }: Annotation) => onset_s >= from / RATE_HZ && text !== "Recording ends";
  /** As MNE does: the file ends with a whole second. */
  const cutAtEnd = (mark: Annotation) => ({
    ...mark,
    duration_s: Math.min(mark.duration_s, Math.ceil(raw.end_frame / RATE_HZ) - mark.onset_s),
  });
  const others = [
    ...(hasMne ? [{ ...askMne(path)[0], who: "MNE" }] : []),
    ...(hasEdflib ? [{ ...edflibFile(path), who: "EDFlib" }] : []),
  ];
  for (const { who, rate_hz, names: found, first, annotations } of others) {
    expect([who, rate_hz, found]).toEqual([who, RATE_HZ, names]);
    first?.forEach((values, channel) => {
      for (const [frame, value] of values.entries())
        expect(Math.abs(value - (samples[frame * CHANNELS + channel] ?? Number.NaN))).toBeLessThan(tolerance / 10);
    });
    const expected = who === "MNE" ? marks.map(cutAtEnd) : marks;
    expect(annotations?.filter(delivers).sort(byOnset).map(rounded)).toEqual(expected.sort(byOnset).map(rounded));
  }
}

/** To EDF's own grain of 100 ns. */
function rounded({ onset_s, duration_s, text }: Annotation): Annotation {
  return { onset_s: Number(onset_s.toFixed(7)), duration_s: Number(duration_s.toFixed(7)), text };
}

function edflibFile(path: string) {
  const [file] = askEdflib(path);
  return {
    rate_hz: file?.signals[0]?.rate_hz,
    names: file?.signals.map(({ label }) => label.trim()),
    first: file?.signals.map((signal) => signal.first),
    annotations: file?.annotations,
  };
}

/** Microvolts of one digital step, from the header of the first channel. */
function stepOf(path: string): number {
  const header = readFileSync(path).subarray(256).toString("latin1");
  const signals = CHANNELS + 1;
  const number = (before: number) => Number(header.slice(before * signals, before * signals + 8));
  return (number(112) - number(104)) / (number(128) - number(120));
}

describe(`kill -9 of the service while it records, ${KILLS} times`, () => {
  const killed = join(scratch, "recordings");

  test("leaves files that open and lack at most a second", async () => {
    mkdirSync(killed);
    let most = 0;
    for (let round = 0; round < KILLS / AT_ONCE; round++) {
      const lacking = await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => recordAndKill(round * AT_ONCE + i)));
      most = Math.max(most, ...lacking);
    }
    console.log(`${KILLS} kills: at most ${most.toFixed(3)} s missing`);
    expect(most).toBeLessThanOrEqual(1);
  }, 120_000);

  test.skipIf(!hasMne)("leaves files that MNE opens as they are", () => {
    const paths = batch();
    const found = askMne(...paths);
    expect(found.map(({ error, rate_hz }) => error ?? rate_hz)).toEqual(paths.map(() => RATE_HZ));
  });

  test.skipIf(!hasEdflib)("leaves files that EDFlib opens once the service has started again", async () => {
    const [whole = ""] = batch();
    const bytes = readFileSync(whole);
    const cutOff = join(killed, `killed-in-a-write${extname(whole)}`);
    writeFileSync(cutOff, Buffer.concat([bytes, bytes.subarray(-1000)]));
    expect(askEdflib(cutOff)[0]?.error).toBeDefined();
    const foreign = join(killed, `foreign${extname(whole)}`);
    const foreignBytes = Buffer.from(
      readFileSync(cutOff).toString("latin1").replace("Stagebox_", "Otherbox_"),
      "latin1",
    );
    writeFileSync(foreign, foreignBytes);

    const service = await Service.start({ data: scratch });
    expect(await service.stop()).toBe(0);
    expect(await service.errors).toContain("killed-in-a-write");
    expect(readFileSync(foreign).equals(foreignBytes)).toBe(true);
    const paths = batch();
    const found = askEdflib(...paths);
    expect(found.map(({ error, signals }) => error ?? signals[0]?.rate_hz)).toEqual(paths.map(() => RATE_HZ));
  });

  /** Those with a second in them: a file without one record is no recording to other readers. */
  function batch(): string[] {
    const isLong = (path: string) => {
      const reader = openRecording(path);
      reader.close();
      return reader.frames > 0;
    };
    return readdirSync(killed)
      .filter((name) => name.startsWith("killed-"))
      .map((name) => join(killed, name))
      .filter(isLong);
  }

  /** Seconds that the stream had delivered and the file has not. */
  async function recordAndKill(index: number): Promise<number> {
    const format = index % 2 === 0 ? "bdf" : "edf";
    const service = await startRecording([format], index + 1);
    const raw = await Listener.open(service, "raw");
    const lives_ms = Math.random() * (quick ? 1500 : 2800);
    await Bun.sleep(lives_ms / 2);
    await service.post("/api/markers", { label: `run ${index}` });
    await Bun.sleep(lives_ms / 2);
    await service.stop("SIGKILL");
    await until("the socket to close", () => raw.closed);
    const [name = ""] = readdirSync(service.recordings);
    const path = join(killed, `killed-${index}.${format}`);
    copyFileSync(join(service.recordings, name), path);
    const reader = openRecording(path);
    const from = raw.packets[0]?.first_frame ?? 0;
    const both = Math.min(reader.frames, raw.end_frame) - from;
    const samples = readAll(reader).subarray(from * CHANNELS);
    reader.close();
    const delivered = raw.rows();
    const step = stepOf(path);
    for (let i = 0; i < both * CHANNELS; i++)
      if (Math.abs((samples[i] ?? Number.NaN) - (delivered[i] ?? 0)) > step)
        throw new Error(`${name}: sample ${i} is ${samples[i]}, the stream had ${delivered[i]}`);
    await service.discard();
    return Math.max(0, raw.end_frame - reader.frames) / RATE_HZ;
  }
});
