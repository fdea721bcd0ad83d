// SPDX-License-Identifier: Apache-2.0
// Records until somebody kills it: `bun kill-writer.ts FORMAT PATH SPEED`. Tells on stdout how many frames are written.
import { writeSync } from "node:fs";
import { createRecording, type RecordingFormat } from "../../src/formats/create.ts";
import { info, uVChannels } from "./synthetic.ts";

const CHANNELS = 8;
const RATE_HZ = 250;
const BLOCK = 25;

/** What stands in `frame` of every channel. */
export function sampleAt(frame: number, channel: number): number {
  return (frame % 1000) - 500 + channel;
}

if (import.meta.main) {
  const [format, path, speed] = process.argv.slice(2) as [RecordingFormat, string, string];
  const writer = createRecording(format, path, info(RATE_HZ, uVChannels(CHANNELS)));
  const block = new Float32Array(BLOCK * CHANNELS);
  const begin = performance.now();
  for (let frame = 0; ; frame += BLOCK) {
    if (frame % RATE_HZ === 0)
      writer.annotate({ onset_s: frame / RATE_HZ, duration_s: 0, text: `second ${frame / RATE_HZ}` });
    for (let i = 0; i < block.length; i++) block[i] = sampleAt(frame + Math.floor(i / CHANNELS), i % CHANNELS);
    writer.write(block, BLOCK);
    if ((frame + BLOCK) % RATE_HZ === 0) writer.sync();
    writeSync(1, `${frame + BLOCK}\n`);
    // At speed 0 as fast as it goes, so that kills fall into the middle of writing.
    const due_ms = Number(speed) > 0 ? ((frame + BLOCK) / RATE_HZ / Number(speed)) * 1000 : 0;
    await Bun.sleep(Math.max(0, due_ms - (performance.now() - begin)));
  }
}
