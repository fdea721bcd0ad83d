// SPDX-License-Identifier: Apache-2.0
//
// What a plugin in TypeScript is given, and what it may be; for editors and tsc. It is no file of the plugin's, and a box
// does not read it.

declare module "stagebox" {
  export type Port = "none" | "signal" | "spectrum" | "features";

  /** What flows over a connection, the same from one activation to the next. */
  export interface Format {
    port: Port;
    /** Frames per second; 0: each frame has a time of its own. */
    rate_hz: number;
    channels: string[];
    /** Of features: the names of a channel's values. */
    values: string[];
    /** Of a spectrum; bin b is the frequency b * bin_hz. */
    bins: number;
    bin_hz: number;
    /** No block has more. */
    max_frames: number;
    /** "uV", "uV^2/Hz", "1" ...; one for all values. */
    unit: string;
  }

  export interface StageEvent {
    /** Of the block; negative: of one before. */
    frame: number;
    label: string;
    duration_s: number;
  }

  /**
   * What else there is to know of the block in hand, and to say of the one that goes out. Rows of samples lie `stride`
   * floats apart, a multiple of 8, the channel being the fastest axis: `samples[frame * stride + value * channels +
   * channel]`. What lies behind a row's last value is there to be computed with, and finite.
   */
  export interface Block<Params = Record<string, unknown>> {
    /** By their names, as they are now. */
    readonly params: Readonly<Params>;
    readonly frames: number;
    readonly stride: number;
    /** The memory of the block that goes out, with room for as many frames as its format allows. */
    readonly out: Float32Array;
    readonly out_stride: number;
    readonly flags: number;
    /** Frames are missing before this block, so many of the source's. */
    readonly gap: boolean;
    readonly lost_before: number;
    readonly sequence: number;
    readonly first_frame: number;
    readonly rate_hz: number;
    /** Of its first frame. Set it where the first frame that goes out has another. */
    time_ns: bigint;
    readonly events: StageEvent[];
    /** In nanoseconds, of a frame that came in. */
    timeOf(frame: number): bigint;
    /** Puts one on a frame, counted as those that come in are. False if the block can carry no more. */
    addEvent(frame: number, label: string, duration_s?: number): boolean;
    /** Of each frame that goes out, where the output's rate is 0. */
    setTimes(times_ns: readonly bigint[]): void;
  }

  /** What goes out: a part of `block.out`, the samples themselves, or an array of the code's own without room between its
   * rows. Nothing: it stands in `block.out` if the output has as many frames as the input, and otherwise there is none
   * yet. */
  // biome-ignore lint/suspicious/noConfusingVoidType: functions that return nothing are what it is about
  export type Output = Float32Array | undefined | void;

  /** A stage without memory is a function. `samples` is the block itself: to be read only, and another block's
   * afterwards. */
  export type StageFunction<Params = Record<string, unknown>> = (
    samples: Float32Array,
    block: Block<Params>,
  ) => Output | Promise<Output>;

  interface Remembering {
    /** Where the output's format differs from the usual one: the input's. */
    output?: Format;
    /** How much later a frame comes out than it went in. */
    latency_s?: number;
    /** A live parameter has changed. */
    set?(name: string, value: unknown): void;
    /** Always of the same length; some four times a second. */
    save?(): ArrayBufferView;
    load?(bytes: Uint8Array): void;
    /** Awaited before the first block; `output` may be set here. */
    open?(): Promise<void>;
    /** No more blocks will come. */
    close?(): void;
  }

  /** One with memory is a class: `new (params: Params, format: Format)`. An Error that it throws there refuses the
   * format, in its words. `process` may be async: until it has answered no other block comes. */
  export interface Stage<Params = Record<string, unknown>> extends Remembering {
    process(samples: Float32Array, block: Block<Params>): Output | Promise<Output>;
  }

  export type SourceOutput = Float32Array | undefined | null;

  /** `static self_paced = true` where a device sets the pace. */
  export interface Source<Params = Record<string, unknown>> extends Remembering {
    output: Format;
    /** So many frames; undefined: there are none yet; null: there will be no more. */
    read(frames: number, block: Block<Params>): SourceOutput | Promise<SourceOutput>;
  }

  /** The plugin's settings, and its private folder. */
  export const config: Readonly<Record<string, unknown>>;
  export const data_folder: string | undefined;
}

interface Console {
  log(...values: unknown[]): void;
  error(...values: unknown[]): void;
}
/** Its lines are in the plugin's log. */
declare var console: Console;
