// SPDX-License-Identifier: Apache-2.0
// A recorder is killed at random instants, 50 times: every file opens and lacks at most the last second.
import { expect, test } from "bun:test";
import { copyFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import type { RecordingFormat } from "../../src/formats/create.ts";
import { repairEdf } from "../../src/formats/edf-repair.ts";
import { openRecording } from "../../src/formats/open.ts";
import { askEdflib, askMne, hasEdflib, hasMne } from "./independent.ts";
import { sampleAt } from "./kill-writer.ts";
import { readAll, scratchFolder } from "./synthetic.ts";

const scratch = scratchFolder();
const RATE_HZ = 250;
const CHANNELS = 8;
const KILLS = 50;
const AT_ONCE = 3;

interface Victim {
  path: string;
  format: RecordingFormat;
  /** Frames that it had reported as written. */
  reported: number;
}

async function recordAndKill(index: number): Promise<Victim> {
  const format = (["bdf", "edf", "bdf", "csv", "wav"] as const)[index % 5] as RecordingFormat;
  const path = join(scratch, `${index}.${format}`);
  const speed = index % 3 === 0 ? "0" : "20";
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "kill-writer.ts"), format, path, speed], {
    stdout: "pipe",
  });
  while (!existsSync(path)) await Bun.sleep(2);
  await Bun.sleep(Math.random() * 600);
  child.kill("SIGKILL");
  const report = await new Response(child.stdout).text();
  await child.exited;
  return { path, format, reported: Number(report.split("\n").at(-2) ?? 0) };
}

test("killed at any instant, a recording lacks at most its last second", async () => {
  const victims: Victim[] = [];
  let next = 0;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (next < KILLS) victims.push(await recordAndKill(next++));
    }),
  );
  expect(victims).toHaveLength(KILLS);

  for (const { path, format, reported } of victims) {
    const reader = openRecording(path);
    expect(reader.rate_hz).toBe(RATE_HZ);
    expect(reported - reader.frames, `${path} lacks more than a second`).toBeLessThanOrEqual(RATE_HZ);
    const all = readAll(reader);
    const step = { bdf: 0.0224, edf: 0.1, csv: 0, wav: 0 }[format];
    for (let i = 0; i < all.length; i++) {
      const error = Math.abs((all[i] as number) - sampleAt(Math.floor(i / CHANNELS), i % CHANNELS));
      if (error > step / 2 + 1e-4) expect(error, `${path}, sample ${i}`).toBe(0);
    }
    // WAV keeps its annotations for the end.
    const seconds = format === "wav" ? 0 : Math.ceil(reader.frames / RATE_HZ);
    expect(reader.annotations.map(({ text }) => text)).toEqual(
      Array.from({ length: seconds }, (_, i) => `second ${i}`),
    );
    reader.close();
  }

  const edf = victims.filter(
    ({ path, format }) => (format === "edf" || format === "bdf") && openRecording(path).frames > 0,
  );
  const copies = edf.map(({ format }, i) => join(scratch, `copy-${i}.${format}`));
  for (const [i, { path }] of edf.entries()) copyFileSync(path, copies[i] as string);
  const mended = copies.filter((path) => repairEdf(path)).length;
  const frames = copies.map((path) => openRecording(path).frames);
  console.log(`${KILLS} kills, ${edf.length} EDF and BDF files with data, ${mended} had to be mended for EDFlib`);
  if (hasMne) expect(askMne(...edf.map(({ path }) => path)).map((file) => file.error ?? file.frames)).toEqual(frames);
  if (hasEdflib) {
    const found = askEdflib(...copies);
    expect(found.map((file) => file.error ?? file.signals[0]?.samples)).toEqual(frames);
    for (const [i, file] of found.entries()) expect(file.annotations).toHaveLength((frames[i] ?? 0) / RATE_HZ);
  }
}, 60000);
