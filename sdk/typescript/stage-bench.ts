// SPDX-License-Identifier: Apache-2.0
//
// Runs stages and sources on arrays, block by block as a box would: rows lie padded in memory that is another's afterwards,
// so that what a stage keeps of a block, or leaves unwritten, shows as NaN.
import type { Block, Format, Output, Source, SourceClass, Stage, StageCode, StageEvent } from "./stagebox.ts";

export interface RunOptions<Params> {
  params?: Params;
  /** What comes in: 250 Hz and as many channels as a row has, unless it says otherwise. */
  format?: Partial<Format>;
  /** The port that plugin.toml says. */
  output?: Format["port"];
  /** Frames of each block, over and over; 32. */
  blocks?: readonly number[];
  /** On frames of the whole signal. */
  events?: readonly StageEvent[];
  /** The first block from this frame on goes to another instance, which was given the state. */
  reload_at?: number;
}

/** All that came out. */
export interface Ran {
  format: Format;
  frames: number;
  /** Frames x values x channels, without room between the rows. */
  data: Float32Array;
  /** Of each frame. */
  times_ns: bigint[];
  /** On frames of all that came out. */
  events: StageEvent[];
}

const NOTHING: Format = {
  ...{ port: "signal", rate_hz: 0, channels: [], values: [], bins: 0, bin_hz: 0, max_frames: 0, unit: "uV" },
};
const BEHIND = 0.5; // what lies behind a row's last value is finite, and nobody's

const widthOf = ({ port, channels, values, bins }: Format) =>
  port === "none" ? 0 : channels.length * (values.length || bins || 1);
const strideOf = (format: Format) => (widthOf(format) + 7) & ~7;
const isClass = (code: unknown): code is new (params: object, format: Format) => Stage & Source =>
  typeof code === "function" && /^class\b/.test(Function.prototype.toString.call(code));

class DeskBlock implements Block {
  out = new Float32Array();
  frames = 0;
  sequence = 0;
  first_frame = 0;
  flags = 0;
  gap = false;
  lost_before = 0;
  events: StageEvent[] = [];
  put: StageEvent[] = [];
  times: readonly bigint[] | undefined;
  began = 0n;
  out_began = 0n;

  constructor(
    readonly params: Record<string, unknown>,
    readonly rate_hz: number,
    readonly stride: number,
    readonly out_stride: number,
  ) {}

  get time_ns(): bigint {
    return this.began;
  }
  set time_ns(time_ns: bigint) {
    this.out_began = time_ns;
  }
  timeOf(frame: number): bigint {
    return this.began + BigInt(Math.round((frame * 1e9) / this.rate_hz));
  }
  addEvent(frame: number, label: string, duration_s = 0): boolean {
    if (this.put.length >= 64) return false;
    this.put.push({ frame, label, duration_s });
    return true;
  }
  setTimes(times_ns: readonly bigint[]): void {
    this.times = times_ns;
  }
}

type Code = Partial<Stage & Source>;

/** A stage as it is between plugin.toml and its blocks. */
class Bench {
  readonly format: Format;
  readonly block: DeskBlock;
  readonly #isFrameByFrame: boolean;
  readonly #rows: number[] = [];
  readonly #times: bigint[] = [];
  readonly #events: StageEvent[] = [];
  /** Events that wait for a frame, by their time. */
  #held: (StageEvent & { time_ns: number })[] = [];

  static async of(make: () => Code, params: object, input: Format | undefined, usual: Format): Promise<Bench> {
    const object = make();
    await object.open?.();
    return new Bench(make, object, params, input, usual);
  }

  private constructor(
    readonly make: () => Code,
    private object: Code,
    params: object,
    readonly input: Format | undefined,
    usual: Format,
  ) {
    this.format = { ...usual, ...this.object.output, port: usual.port };
    const { port, values, bins, channels, rate_hz } = this.format;
    if ((port === "features" && values.length === 0) || (port === "spectrum" && bins === 0))
      throw new Error(
        `it puts out ${port}: set this.output = { ...format, ${port === "spectrum" ? "bins" : "values"}: ... }`,
      );
    if (port !== "none" && (channels.length === 0 || (!input && !(rate_hz > 0))))
      throw new Error("it must say what comes: this.output = { ...format, rate_hz, channels: [...] }");
    this.#isFrameByFrame = input !== undefined && input.rate_hz > 0 && input.rate_hz === rate_hz;
    const strides = [input ? strideOf(input) : 0, strideOf(this.format)] as const;
    this.block = new DeskBlock({ ...params }, input?.rate_hz ?? rate_hz, ...strides);
  }

  /** Another object with the state of this one, as after a reload. */
  async reload(): Promise<void> {
    const state = this.object.save?.();
    this.object = this.make();
    await this.object.open?.();
    if (state) this.object.load?.(new Uint8Array(state.buffer, state.byteOffset, state.byteLength).slice());
  }

  async process(samples: Float32Array, frames: number, events: StageEvent[]): Promise<void> {
    const { block, format, input } = this;
    const most = this.#isFrameByFrame ? frames : format.max_frames;
    block.out = new Float32Array(most * block.out_stride).fill(Number.NaN);
    Object.assign(block, { frames, events, put: events.map((it) => ({ ...it })), times: undefined });
    block.began = BigInt(Math.round((block.first_frame * 1e9) / (input?.rate_hz || 1)));
    block.out_began = block.began;
    const result = await this.object.process?.(samples, block);
    samples.fill(Number.NaN);
    if (format.port !== "none") this.#take(result ?? (this.#isFrameByFrame ? block.out : new Float32Array()), samples);
    block.first_frame += frames;
    block.sequence++;
  }

  /** Whether there will be more. */
  async read(frames: number): Promise<boolean> {
    const { block } = this;
    block.out = new Float32Array(frames * block.out_stride).fill(Number.NaN);
    Object.assign(block, { frames, put: [], times: undefined });
    block.began = block.out_began = BigInt(Math.round((this.#times.length * 1e9) / this.format.rate_hz));
    const result = await this.object.read?.(frames, block);
    if (result) this.#take(result, new Float32Array());
    return result !== null;
  }

  #take(rows: NonNullable<Output>, samples: Float32Array): void {
    const { block, format } = this;
    const width = widthOf(format);
    const stride = block.out_stride;
    if (!(rows instanceof Float32Array)) throw new TypeError(`it returns ${rows}, no Float32Array`);
    const isPadded =
      rows.buffer === block.out.buffer || rows.buffer === samples.buffer || rows.length === block.out.length;
    const frames = rows.length / (isPadded ? stride : width);
    const most = block.out.length / stride;
    if (!(this.#isFrameByFrame && frames > 0 ? frames === most : Number.isInteger(frames) && frames <= most))
      throw new TypeError(
        `it returns ${rows.length} values, not ${this.#isFrameByFrame ? "" : "at most "}${most} rows of ${width}`,
      );
    const first = this.#times.length;
    for (let frame = 0; frame < frames; frame++) {
      const at = frame * (isPadded ? stride : width);
      this.#rows.push(...rows.subarray(at, at + width));
      const shift = format.rate_hz > 0 ? BigInt(Math.round((frame * 1e9) / format.rate_hz)) : 0n;
      this.#times.push(block.times?.[frame] ?? block.out_began + shift);
    }
    const events = this.#isFrameByFrame ? block.put : this.#placed(frames);
    this.#events.push(...events.map((it) => ({ ...it, frame: first + it.frame })));
  }

  /** Where other frames go out than came in: each event at its time, once there is a frame to put it on. */
  #placed(count: number): StageEvent[] {
    const { block, format } = this;
    const time = (frame: number) => Number(block.began) + (block.rate_hz > 0 ? (frame * 1e9) / block.rate_hz : 0);
    const waiting = [...this.#held, ...block.put.map((it) => ({ ...it, time_ns: time(it.frame) }))];
    const frameOf = (time_ns: number) =>
      Math.floor(((time_ns - Number(block.out_began)) * format.rate_hz) / 1e9 + 1e-6);
    const hasFrame = (it: { time_ns: number }) => count > 0 && frameOf(it.time_ns) < count;
    this.#held = waiting.filter((it) => !hasFrame(it));
    return waiting
      .filter(hasFrame)
      .map(({ label, duration_s, time_ns }) => ({ frame: frameOf(time_ns), label, duration_s }));
  }

  ran(): Ran {
    const { format } = this;
    return {
      ...{ format, frames: this.#times.length, data: Float32Array.from(this.#rows) },
      ...{ times_ns: this.#times, events: this.#events },
    };
  }
}

/** Runs a stage or a sink on a signal: rows of a value a channel (of features and spectra: values x channels). */
export async function run<Params extends object = Record<string, unknown>>(
  code: StageCode<Params>,
  rows: readonly ArrayLike<number>[],
  options: RunOptions<Params> = {},
): Promise<Ran> {
  const {
    params = {} as Params,
    output = "signal",
    blocks = [32],
    events = [],
    reload_at = Number.POSITIVE_INFINITY,
  } = options;
  const most = Math.max(...blocks);
  const channels = Array.from({ length: rows[0]?.length ?? 1 }, (_, channel) => `C${channel + 1}`);
  const input = { ...NOTHING, rate_hz: 250, channels, max_frames: most, ...options.format };
  const width = widthOf(input);
  const odd = rows.findIndex(({ length }) => length !== width);
  if (odd >= 0) throw new RangeError(`row ${odd} has ${rows[odd]?.length} values, and the format says ${width}`);
  const make = () => (isClass(code) ? new code({ ...params }, structuredClone(input)) : ({ process: code } as Stage));
  const usual = { ...input, port: output, ...(output !== input.port && { values: [], bins: 0, bin_hz: 0 }) };
  const bench = await Bench.of(make, params, input, usual);
  let isReloaded = false;
  for (let first = 0, turn = 0; first < rows.length; turn++) {
    if (!isReloaded && first >= reload_at) {
      await bench.reload();
      isReloaded = true;
    }
    const frames = Math.min(blocks[turn % blocks.length] as number, rows.length - first);
    const samples = new Float32Array(frames * bench.block.stride).fill(BEHIND);
    for (let frame = 0; frame < frames; frame++)
      samples.set(Float32Array.from(rows[first + frame] as ArrayLike<number>), frame * bench.block.stride);
    const own = events.filter(({ frame }) => frame >= first && frame < first + frames);
    await bench.process(
      samples,
      frames,
      own.map((it) => ({ ...it, frame: it.frame - first })),
    );
    first += frames;
  }
  return bench.ran();
}

/** Reads a source until it ends, or has been asked for so many frames. */
export async function read<Params extends object = Record<string, unknown>>(
  code: SourceClass<Params>,
  frames: number,
  { params = {} as Params, blocks = [32] }: Pick<RunOptions<Params>, "params" | "blocks"> = {},
): Promise<Ran> {
  const given = { ...NOTHING, max_frames: Math.max(...blocks) };
  const bench = await Bench.of(() => new code({ ...params }, given), params, undefined, given);
  for (let asked = 0, turn = 0; asked < frames; turn++) {
    const count = Math.min(blocks[turn % blocks.length] as number, frames - asked);
    if (!(await bench.read(count))) break;
    asked += count;
  }
  return bench.ran();
}

/**
 * What every stage has to keep to: what comes out is finite, does not depend on how the signal was cut into blocks, and
 * goes on after a reload as if there had been none. In words; none: it does.
 */
export async function problems<Params extends object = Record<string, unknown>>(
  code: StageCode<Params>,
  rows: readonly ArrayLike<number>[],
  options: Omit<RunOptions<Params>, "blocks" | "reload_at"> & { tolerance?: number } = {},
): Promise<string[]> {
  const format = { ...options.format, max_frames: 64 };
  const go = (more: Pick<RunOptions<Params>, "blocks" | "reload_at">) =>
    run(code, rows, { ...options, format, ...more });
  const whole = await go({ blocks: [64] });
  const bad = whole.data.findIndex((value) => !Number.isFinite(value));
  const ways: [string, Ran][] = [
    ["in blocks of one frame", await go({ blocks: [1] })],
    ["in blocks of 1, 7 and 64 frames", await go({ blocks: [1, 7, 64] })],
    ["with a reload half way", await go({ blocks: [64], reload_at: rows.length >> 1 })],
  ];
  const compared = ways.flatMap(([name, ran]) => {
    const what = difference(whole, ran, options.tolerance ?? 1e-5);
    return what === undefined ? [] : [`${name} ${what}`];
  });
  return [...(bad < 0 ? [] : [`value ${bad} of what comes out is ${whole.data[bad]}`]), ...compared];
}

function difference(one: Ran, other: Ran, tolerance: number): string | undefined {
  if (one.frames !== other.frames) return `${other.frames} frames come out, and not ${one.frames}`;
  const scale = one.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  const at = one.data.findIndex((value, i) => !(Math.abs(value - (other.data[i] as number)) <= tolerance * scale));
  if (at >= 0 && !Number.isNaN(one.data[at])) return `value ${at} is ${other.data[at]}, and not ${one.data[at]}`;
  const late = one.times_ns.findIndex((time, i) => Math.abs(Number(time - (other.times_ns[i] as bigint))) > 1000);
  if (late >= 0) return `frame ${late} is at ${other.times_ns[late]} ns, and not at ${one.times_ns[late]} ns`;
  return JSON.stringify(one.events) === JSON.stringify(other.events) ? undefined : "events are on other frames";
}
