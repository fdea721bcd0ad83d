// SPDX-License-Identifier: Apache-2.0
//
// A component of the world `stage`, as a process that hosts it calls it.
import type { Format } from "../../runtime/box.ts";
import {
  ComponentRefusal,
  type Instance,
  instantiate,
  type LoadedComponent,
  type Surroundings,
} from "./instantiate.ts";
import type { Setting, Value } from "./values.ts";

export type BlockFormat = Omit<Format, "latency_s">;

export interface BlockInfo {
  sequence: bigint;
  first_frame: bigint;
  time_ns: bigint;
  frames: number;
  lost_before: number;
  /** SB_BLOCK_*, as in native/include/stagebox/block.h. */
  flags: number;
}

/** As native/engine/format_limits.h. */
const MOST = { width: 2 ** 20, floats: 2 ** 26, rate_hz: 1e9, name: 200, state_bytes: 16 * 2 ** 20 };

/** Each call throws ComponentRefusal where it returns an error and ComponentTrap where it falls over. */
export class StageComponent {
  private width = 0;
  private format?: BlockFormat;
  private isFrameByFrame = false;

  private constructor(private readonly instance: Instance<Processor>) {}

  static create(component: LoadedComponent, surroundings: Surroundings): StageComponent {
    return new StageComponent(instantiate<Processor>(component, "processor", surroundings));
  }

  /** What comes out. */
  init(type: string, params: readonly Setting[], input: BlockFormat): BlockFormat {
    const told = this.instance.call("init", (it) => it.init(type, params, toComponent(input)));
    const format = fromComponent(told);
    const complaint = formatComplaint(format);
    if (complaint) throw new ComponentRefusal(`init returned a format that cannot be: ${complaint}`);
    this.width = format.channels * format.values;
    this.isFrameByFrame = format.rate_hz === input.rate_hz;
    this.format = format;
    return format;
  }

  /** `samples`: [frames x values x channels], without gaps. What comes back is of the same make, and nobody else's. */
  process(samples: Float32Array, info: BlockInfo): Float32Array {
    const out = this.instance.call("process", (it) => it.process(samples, toInfo(info)));
    const frames = out.length / this.width;
    const most = this.format?.max_frames ?? 0;
    const fits = this.isFrameByFrame
      ? frames === info.frames || frames === 0
      : Number.isInteger(frames) && frames <= most;
    if (fits) return out;
    const agreed = this.isFrameByFrame ? `${info.frames} frames` : `at most ${most} frames`;
    throw new ComponentRefusal(`process returned ${out.length} numbers, not ${agreed} of ${this.width}`);
  }

  set(id: string, value: Value): void {
    this.instance.call("set-parameter", (it) => it.setParameter(id, value));
  }

  saveState(): Uint8Array {
    const state = this.instance.call("save-state", (it) => it.saveState());
    if (state.length > MOST.state_bytes) throw new ComponentRefusal("save-state returned more than 16 MB");
    return state;
  }

  loadState(state: Uint8Array): void {
    this.instance.call("load-state", (it) => it.loadState(state));
  }

  latency_s(): number {
    const seconds = this.instance.call("latency-s", (it) => it.latencyS());
    if (seconds >= 0 && seconds < Number.POSITIVE_INFINITY) return seconds;
    throw new ComponentRefusal(`latency-s returned ${seconds}, which is no time`);
  }

  shutdown(): void {
    this.instance.call("shutdown", (it) => it.shutdown());
  }
}

/** The interface `processor` in JavaScript. */
interface Processor {
  init(stage: string, params: readonly Setting[], input: ComponentFormat): ComponentFormat;
  process(samples: Float32Array, info: object): Float32Array;
  setParameter(id: string, value: Value): void;
  saveState(): Uint8Array;
  loadState(state: Uint8Array): void;
  latencyS(): number;
  shutdown(): void;
}

interface ComponentFormat {
  port: Format["port"];
  rateHz: number;
  channels: string[];
  values: string[];
  bins: number;
  binHz: number;
  unit: string;
  maxFrames: number;
}

function toComponent(format: BlockFormat): ComponentFormat {
  const { port, rate_hz, channel_names, value_names = [], values, bin_hz, unit, max_frames } = format;
  return {
    ...{ port, rateHz: rate_hz, channels: channel_names, values: port === "features" ? value_names : [] },
    ...{ bins: port === "spectrum" ? values : 0, binHz: bin_hz, unit, maxFrames: max_frames },
  };
}

function fromComponent({ port, rateHz, channels, values, bins, binHz, unit, maxFrames }: ComponentFormat): BlockFormat {
  const count = { signal: 1, spectrum: bins, features: values.length }[port];
  return {
    ...{ port, unit, channel_names: channels, rate_hz: rateHz, channels: channels.length, values: count },
    ...{ max_frames: maxFrames, bin_hz: port === "spectrum" ? binHz : 0 },
    ...(port === "features" && { value_names: values }),
  };
}

function formatComplaint(format: BlockFormat): string | undefined {
  const { channels, values, rate_hz, bin_hz, max_frames, unit, channel_names, value_names = [] } = format;
  const width = channels * values;
  if (width === 0) return "it has no channel, or no value";
  if (width > MOST.width || max_frames * width > MOST.floats) return "its blocks are too large";
  if (max_frames === 0) return "its blocks have no frames";
  if (!(rate_hz >= 0 && rate_hz <= MOST.rate_hz)) return `rate-hz is ${rate_hz}`;
  if (!(bin_hz >= 0 && bin_hz <= MOST.rate_hz)) return `bin-hz is ${bin_hz}`;
  const odd = [unit, ...channel_names, ...value_names].find((name) => name.length > MOST.name || /\p{Cc}/u.test(name));
  return odd === undefined ? undefined : `${JSON.stringify(odd.slice(0, 40))} is no name`;
}

const NO_FLAGS = Object.freeze({});

function toInfo({ sequence, first_frame, time_ns, frames, lost_before, flags }: BlockInfo): object {
  const set = flags === 0 ? NO_FLAGS : flagsOf(flags);
  return { sequence, firstFrame: first_frame, timeNs: time_ns, frames, lostBefore: lost_before, flags: set };
}

function flagsOf(flags: number): object {
  const has = (bit: number) => (flags & (1 << bit)) !== 0;
  return { gap: has(0), late: has(1), clipped: has(2), dry: has(3), artefact: has(4) };
}
