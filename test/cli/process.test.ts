// SPDX-License-Identifier: Apache-2.0
import { expect, setDefaultTimeout, test } from "bun:test";
import { closeSync, existsSync, openSync, readSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { openRecording } from "../../src/formats/open.ts";
import { command, stagebox, testFolder } from "./stagebox.ts";

setDefaultTimeout(60_000);

const folder = testFolder();
const recordings = process.env.STAGEBOX_TEST_DATA ?? "../shared/data";
const hasRecordings = existsSync(join(recordings, "eegmmidb_S001R02_eyes_closed.edf"));
if (!hasRecordings) console.log(`skipped: there are no recordings in ${recordings}; see STAGEBOX_TEST_DATA`);

interface Row {
  stage: string;
  t_s: number;
  values: Record<string, number | null>;
}
type Summary = Record<string, Record<string, number>>;

function readLines(stdout: string): { rows: Row[]; summary: Summary } {
  const lines = stdout.trimEnd().split("\n");
  const { summary } = JSON.parse(lines.pop() as string) as { summary: Summary };
  return { rows: lines.map((line) => JSON.parse(line) as Row), summary };
}

const pipeline = (stages: string) => `schema: 1
name: test
source: { id: board, type: synthetic, params: { channels: 2, rate_hz: 1000, mains_uv: 0 } }
stages:
${stages}`;

test("every row of features is a line of JSON, and the last line has their means", async () => {
  const { exitCode, stdout, stderr } = await stagebox(["process", "alpha", "--seconds", "20", "--json"]);
  expect([exitCode, stderr]).toEqual([0, ""]);
  const { rows, summary } = readLines(stdout);
  for (const stage of ["alpha", "peak"]) {
    const own = rows.filter((row) => row.stage === stage);
    expect(own.map(({ t_s }) => t_s)).toEqual(own.map((_, i) => expect.closeTo(2 + i - 1 / 160, 9)));
    for (const name of Object.keys(own[0]?.values ?? {})) {
      const mean = own.reduce((sum, { values }) => sum + (values[name] as number), 0) / own.length;
      expect(summary[stage]?.[name]).toBeCloseTo(mean, 9);
    }
  }
  expect(Object.keys(summary)).toEqual(["alpha", "peak"]);
  expect(Object.keys(rows[0] as Row)).toEqual(["stage", "t_s", "values"]);
});

test("without --json the means are for people", async () => {
  const { exitCode, stdout } = await stagebox(["process", "alpha", "--seconds", "20"]);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^alpha in uV\^2, mean over the run:\n {2}Fp1\.alpha {16}[\d.]+\n/);
  expect(stdout).toContain("\npeak, mean over the run:\n");
});

test("equal runs give equal bytes, lines and files, whatever the stages' groups and hops", async () => {
  const file = folder.write(
    "groups.yaml",
    pipeline(`  - { id: band, type: bandpass, params: { low_hz: 1, high_hz: 40 } }
  - { id: slow, type: band_power, group: other }
  - { id: fast, type: statistics, from: band, params: { window_s: 0.1, hop_s: 0.01 } }
  - { id: rare, type: spectral_peak, from: band, group: third, params: { window_s: 10, overlap: 0 } }`),
  );
  const run = async (name: string) => {
    const output = folder.path(name);
    const { stdout } = await stagebox(["process", file, "--seconds", "60", "--json", "--output", output]);
    return Bun.hash(stdout + (await Bun.file(output).text())).toString();
  };
  const runs = [await run("a.csv"), ...(await Promise.all([run("b.csv"), run("c.csv")]))];
  expect(new Set(runs).size).toBe(1);
});

test.each(["bdf", "edf", "csv", "wav"])("--output writes .%s, which reads back as the signal", async (ending) => {
  const [once, twice] = [folder.path(`once.${ending}`), folder.path(`twice.csv`)];
  const file = folder.write("filter.yaml", pipeline("  - { id: low, type: lowpass, params: { freq_hz: 30 } }"));
  const first = await stagebox(["process", file, "--seconds", "3", "--output", once]);
  expect([first.exitCode, first.stdout]).toEqual([0, `written to ${once}\n`]);
  const reader = openRecording(once);
  expect([reader.rate_hz, reader.frames]).toEqual([1000, 3000]);
  const names = ending === "wav" ? [] : ["Fp1", "Fp2"];
  if (names.length > 0) expect(reader.channels.map(({ name }) => name)).toEqual(names);
  reader.close();

  // What was written goes through a pipeline without stages, and comes out the same.
  await stagebox(["process", "record-only", "--input", once, "--output", twice]);
  const [a, b] = [openRecording(once), openRecording(twice)];
  const [samples, again] = [new Float32Array(6000), new Float32Array(6000)];
  expect([a.read(0, 3000, samples), b.read(0, 3000, again)]).toEqual([3000, 3000]);
  expect(again).toEqual(samples);
  expect(Math.max(...samples)).toBeGreaterThan(10);
});

test.each([
  ["a hundred thousand lines", "1000.1", 100_002],
  ["all that is still to be written when the run is over", "2.6", 252],
])("%s: it arrives through a pipe whose reader is slow", async (_, seconds, count) => {
  const file = folder.write(
    "lines.yaml",
    pipeline("  - { id: fast, type: statistics, params: { window_s: 0.1, hop_s: 0.01 } }"),
  );
  const pipe = makePipe(`slow-${count}`);
  const args = [...command, "process", file, "--seconds", seconds, "--json"];
  const child = Bun.spawn(["bash", "-c", 'exec "$@" > "$0"', pipe, ...args], { stderr: "inherit" });
  const lines = (await readSlowly(pipe)).trimEnd().split("\n");
  expect([await child.exited, lines.length]).toEqual([0, count]);
  const times = lines.slice(0, -1).map((line) => (JSON.parse(line) as Row).t_s);
  expect(times.every((t_s, i) => Math.abs(t_s - (0.099 + i * 0.01)) < 1e-6)).toBe(true);
});

function makePipe(name: string): string {
  const pipe = folder.path(name);
  Bun.spawnSync(["mkfifo", pipe]);
  return pipe;
}

/** Leaves the pipe full nearly all the time, to the end. */
async function readSlowly(pipe: string): Promise<string> {
  const fd = openSync(pipe, "r");
  await Bun.sleep(500);
  const parts: string[] = [];
  const buffer = Buffer.alloc(30_000);
  for (let bytes = readSync(fd, buffer); bytes > 0; bytes = readSync(fd, buffer)) {
    parts.push(buffer.toString("latin1", 0, bytes));
    await Bun.sleep(1);
  }
  closeSync(fd);
  return parts.join("");
}

test("a reader that goes away ends it without a word", async () => {
  const shell = `${command.join(" ")} process alpha --seconds 1e7 --json | head -n 2; echo \${PIPESTATUS[0]}`;
  const { stdout, stderr } = Bun.spawnSync(["bash", "-c", shell]);
  expect(stderr.toString()).toBe("");
  expect(stdout.toString().trimEnd().split("\n").at(-1)).toBe("141");
});

test("an output that is full is an error", async () => {
  const shell = `${command.join(" ")} process alpha --seconds 1000 --json > /dev/full`;
  const { exitCode, stderr } = Bun.spawnSync(["bash", "-c", shell]);
  expect(exitCode).toBe(1);
  expect(stderr.toString()).toMatch(/^standard output: cannot be written \(ENOSPC.*\)\n$/);
});

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)("%s leaves a file that can be read, and ends with %d", async (signal, code) => {
  const output = folder.path(`${signal}.bdf`);
  const args = ["process", "record-only", "--seconds", "1e8", "--output", output];
  const child = Bun.spawn([...command, ...args], { stdout: "pipe", stderr: "pipe" });
  while (!existsSync(output) || statSync(output).size < 1e5) await Bun.sleep(10);
  child.kill(signal);
  expect(await child.exited).toBe(code);
  expect(await new Response(child.stderr).text()).toBe(
    `interrupted; ${output} holds what had gone through until then\n`,
  );
  const reader = openRecording(output);
  expect(reader.notices).toEqual([]);
  expect(reader.frames).toBeGreaterThan(4000);
  reader.close();
});

test("Ctrl-C ends it even while nobody reads its output", async () => {
  const pipe = makePipe("unread");
  const unread = openSync(pipe, "r+");
  const child = Bun.spawn([...command, "process", "alpha", "--seconds", "1e8", "--json"], { stdout: unread });
  await Bun.sleep(500);
  child.kill("SIGINT");
  expect(await child.exited).toBe(130);
  closeSync(unread);
});

const noScript = Bun.which("script") === null;
if (noScript) console.log("skipped: progress bar: there is no `script`");

test.skipIf(noScript)("a terminal sees how far it is, and in the end only the result", () => {
  const line = `${command.join(" ")} process alpha --seconds 20000`;
  const { stdout } = Bun.spawnSync(["script", "-qec", line, "/dev/null"], { stdin: "ignore" });
  const seen = stdout.toString();
  const parts = [...seen.matchAll(/\r\[#* *\] (\d+) %/g)].map(([, part]) => Number(part));
  expect(parts.length).toBeGreaterThan(2);
  expect(parts).toEqual(parts.toSorted((a, b) => a - b));
  expect(seen).toContain("%\r\x1b[Kalpha in uV^2, mean over the run:");
});

const LOW = pipeline("  - { id: low, type: lowpass, params: { freq_hz: 60 } }").replace(
  "rate_hz: 1000",
  "rate_hz: 100",
);

test("what is wrong is said with its file and place", async () => {
  const [broken, low] = [folder.write("broken.edf", "not a recording"), folder.write("low.yaml", LOW)];
  const [own, link] = [folder.path("own.bdf"), folder.path("link.bdf")];
  await stagebox(["process", "record-only", "--seconds", "2", "--output", own]);
  symlinkSync(own, link);
  const cases: [args: string[], message: string][] = [
    [["alpha", "--input", "no.edf"], "no.edf: cannot be opened (ENOENT"],
    [["alpha", "--input", broken], `${broken}: is cut off inside its header (15 bytes)`],
    [
      ["alhpa", "--seconds", "1"],
      'alhpa: is neither a file nor a pipeline that comes with Stagebox; did you mean "alpha"?',
    ],
    [
      [low, "--seconds", "1"],
      `${low}: /stages/0: low: freq_hz: 60 Hz is not below half the rate (50 Hz); choose less than 50`,
    ],
    [["alpha"], "alpha: /source: the source has no end; name a recording with --input, or a length with --seconds"],
    [
      ["alpha", "--seconds", "1", "--output", "a.mp3"],
      "a.mp3: has no known ending; end it in .bdf, .edf, .csv or .wav",
    ],
    [["alpha", "--input", own, "--output", link], `${link}: is the recording that is being read; choose another name`],
    [["alpha", "--seconds", "1", "--output", "/no/such/a.edf"], "/no/such/a.edf: cannot be created (ENOENT"],
  ];
  for (const [args, message] of cases) {
    const { exitCode, stdout, stderr } = await stagebox(["process", ...args]);
    expect([args, exitCode, stdout, stderr]).toEqual([args, 1, "", expect.stringContaining(message)]);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  }
  expect(openRecording(own).frames).toBe(500);
});

test.skipIf(!hasRecordings)("alpha is stronger with eyes closed, as Hans Berger saw", async () => {
  const alpha = async (file: string) => {
    const { stdout } = await stagebox(["process", "alpha", "--json", "--input", join(recordings, file)]);
    const { summary } = readLines(stdout);
    return [summary.alpha?.["O1.alpha"] as number, summary.peak?.["O1.peak_hz"] as number] as const;
  };
  const [closed, peak_hz] = await alpha("eegmmidb_S001R02_eyes_closed.edf");
  const [open] = await alpha("eegmmidb_S001R01_eyes_open.edf");
  expect(closed / open).toBeGreaterThan(2);
  expect(peak_hz).toBeWithin(9, 12);
});
