// SPDX-License-Identifier: Apache-2.0
//
// A plugin's stage.ts: an example of each shape that a stage in TypeScript can have, for the conformance suite.
import type { Block, Format, Output, Source, Stage } from "stagebox";

/** Mean and peak of each second of each channel. */
export class MyFeatures implements Stage {
  readonly output: Format;
  readonly #channels: number;
  readonly #length: number;
  #seen = 0;
  readonly #sums: Float64Array;
  readonly #peaks: Float32Array;

  constructor(_params: object, format: Format) {
    if (format.rate_hz < 2) throw new Error("a second has to have some frames");
    this.#channels = format.channels.length;
    this.#length = Math.round(format.rate_hz);
    this.output = { ...format, rate_hz: format.rate_hz / this.#length, values: ["mean", "peak"] };
    this.#sums = new Float64Array(this.#channels);
    this.#peaks = new Float32Array(this.#channels);
  }

  process(samples: Float32Array, block: Block): Output {
    const rows: number[] = [];
    for (let frame = 0; frame < block.frames; frame++) {
      for (let channel = 0; channel < this.#channels; channel++) {
        const value = samples[frame * block.stride + channel] as number;
        this.#sums[channel] = (this.#sums[channel] as number) + value;
        this.#peaks[channel] = Math.max(this.#peaks[channel] as number, Math.abs(value));
      }
      if (++this.#seen < this.#length) continue;
      if (rows.length === 0) block.time_ns = block.timeOf(frame + 1 - this.#length);
      rows.push(...this.#sums.map((sum) => sum / this.#length), ...this.#peaks);
      this.#seen = 0;
      this.#sums.fill(0);
      this.#peaks.fill(0);
    }
    return rows.length > 0 ? Float32Array.from(rows) : undefined;
  }
}

/** A first-order low pass, whose state goes on in another. */
export class MyFilter implements Stage<{ weight: number }> {
  readonly #last: Float32Array;
  #weight: number;

  constructor({ weight }: { weight: number }, { channels }: Format) {
    this.#weight = weight;
    this.#last = new Float32Array(channels.length);
  }

  get latency_s(): number {
    return 0;
  }

  set(_name: string, value: unknown): void {
    this.#weight = Number(value);
  }

  process(samples: Float32Array, { out, stride, frames }: Block): void {
    for (const [channel, before] of this.#last.entries()) {
      let last = before;
      for (let at = channel; at < frames * stride; at += stride) {
        const value = samples[at] as number;
        last = Number.isFinite(value) ? last + this.#weight * (value - last) : last;
        out[at] = last;
      }
      this.#last[channel] = last;
    }
  }

  save(): Float32Array {
    return this.#last;
  }

  load(bytes: Uint8Array): void {
    this.#last.set(new Float32Array(bytes.buffer));
  }
}

/** A ramp of 1000 frames. */
export class MySource implements Source {
  readonly output: Format;
  #next = 0;

  constructor(_params: object, format: Format) {
    this.output = { ...format, rate_hz: 500, channels: ["up", "down"], unit: "uV" };
  }

  read(frames: number): Float32Array | null {
    if (this.#next >= 1000) return null;
    const count = Math.min(frames, 1000 - this.#next);
    const rows = Float32Array.from({ length: 2 * count }, (_, i) => (i % 2 ? -1 : 1) * (this.#next + (i >> 1)));
    this.#next += count;
    return rows;
  }
}

/** Looks at what comes, and puts nothing out. */
export class MySink implements Stage {
  process(_samples: Float32Array, { events, frames }: Block): void {
    if (events.some(({ frame, label }) => frame >= frames || label === "")) throw new RangeError("an odd event");
  }
}

/** Marks each block's first frame. */
export function my_marks(samples: Float32Array, block: Block): Output {
  if (block.events.every(({ label }) => label !== "stimulus")) return samples;
  for (const { frame } of block.events) if (!block.addEvent(frame, "seen")) return samples;
  return samples;
}
