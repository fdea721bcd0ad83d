// SPDX-License-Identifier: Apache-2.0
import type { ComponentSpec, ParamSpec, Params, ParamValue } from "../pipeline/catalog.ts";
import type { Format } from "../runtime/box.ts";
import * as abi from "./abi.generated.ts";
import { libraryOf } from "./catalog.ts";
import { check, checkHandle, cstring, cstrings, fftBackendName, type Handle, lib, STATUS } from "./engine.ts";

export interface NodeStats {
  blocks: number;
  frames: number;
  faults: number;
  p50_ns: number;
  p99_ns: number;
  max_ns: number;
  total_ns: number;
  /** Of a plugin's instance; 0 where it is built in. */
  late: number;
  substituted: number;
  bad_blocks: number;
  crashes: number;
  restarts: number;
  memory_bytes: number;
  cpu_ns: number;
}

/** How a plugin's instance is. */
export type Health = { state: "well" } | { state: "restarting" } | { state: "gone"; reason: string };

const POLL_MS = 1;

/** An instance of a native source or stage. It lives until `destroy`, through any number of plans. */
export class Node {
  readonly handle: Handle;
  #format: Format | undefined;
  #feedOpen = false;
  #backend: string | undefined;
  /** The parameters must be complete and valid (src/pipeline/validate.ts). Throws EngineError. */
  constructor(
    readonly spec: ComponentSpec,
    params: Params,
    isSource = false,
  ) {
    this.handle = checkHandle(lib.sb_node_create(libraryOf(spec), cstring(spec.type), isSource ? 1 : 0));
    for (const param of spec.params) {
      const value = params[param.id];
      if (value !== undefined) this.#set(param, value);
    }
  }

  /** What the node puts out. */
  get format(): Format {
    if (!this.#format) throw new Error(`${this.spec.type} is not active`);
    return this.#format;
  }

  /** It computes with Fourier transforms that are no longer those in force: another instance would use others. */
  get isOutdated(): boolean {
    return this.#backend !== undefined && this.#backend !== fftBackendName();
  }

  /** Readies the node for its input, a plugin's once its process stands. Throws EngineError if the parameters do not fit. */
  async activate(upstream: Node | undefined, max_frames: number): Promise<void> {
    for (;;) {
      const status = lib.sb_node_activate(this.handle, upstream?.handle ?? null, max_frames);
      check(status);
      if (status !== STATUS.again) break;
      await Bun.sleep(POLL_MS);
    }
    this.#backend = lib.sb_node_transforms(this.handle) ? fftBackendName() : undefined;
    const own = JSON.parse(String(lib.sb_node_format(this.handle))) as Format;
    this.#format = { ...own, latency_s: own.latency_s + (upstream?.format.latency_s ?? 0) };
  }

  /** Changes live parameters, between two blocks; of several values for one the last counts. Throws EngineError. */
  change(params: Params): void {
    for (const [id, value] of Object.entries(params))
      check(lib.sb_node_change(this.handle, cstring(id), numberOf(this.#param(id), value)));
  }

  stats(): NodeStats {
    const out = new Float64Array(abi.SB_NODE_STATS);
    lib.sb_node_stats(this.handle, out);
    const at = (index: number) => out[index] ?? 0;
    return {
      blocks: at(abi.SB_NODE_BLOCKS),
      frames: at(abi.SB_NODE_FRAMES),
      faults: at(abi.SB_NODE_FAULTS),
      p50_ns: at(abi.SB_NODE_P50_NS),
      p99_ns: at(abi.SB_NODE_P99_NS),
      max_ns: at(abi.SB_NODE_MAX_NS),
      total_ns: at(abi.SB_NODE_TOTAL_NS),
      late: at(abi.SB_NODE_LATE),
      substituted: at(abi.SB_NODE_SUBSTITUTED),
      bad_blocks: at(abi.SB_NODE_BAD_BLOCKS),
      crashes: at(abi.SB_NODE_CRASHES),
      restarts: at(abi.SB_NODE_RESTARTS),
      memory_bytes: at(abi.SB_NODE_MEMORY_BYTES),
      cpu_ns: at(abi.SB_NODE_CPU_NS),
    };
  }

  /** Looks after a plugin's instance: to be called some ten times a second. While it is gone its late policy stands in. */
  watch(): Health {
    const status = lib.sb_node_watch(this.handle);
    if (status === STATUS.again) return { state: "restarting" };
    return status < 0 ? { state: "gone", reason: String(lib.sb_last_error()) } : { state: "well" };
  }

  /** Makes a new instance in the place of one that is gone, with the state it saved last; watch tells when it is there. */
  restart(): void {
    check(lib.sb_node_restart(this.handle));
  }

  /** Only when no running plan holds it. */
  destroy(): void {
    lib.sb_node_destroy(this.handle);
  }

  /** A replay source: says what will be fed, before activation. */
  openFeed(rate_hz: number, channel_names: readonly string[], unit: string, capacity_frames: number): void {
    const names = cstrings(channel_names);
    check(lib.sb_feed_open(this.handle, rate_hz, channel_names.length, names, cstring(unit), capacity_frames));
    this.#feedOpen = true;
  }

  /** Appends rows of samples; returns the frames taken, fewer when the feed is full. */
  feed(samples: Float32Array, frames: number): number {
    if (!this.#feedOpen) throw new Error(`${this.spec.type} is not open for feeding`);
    return frames === 0 ? 0 : lib.sb_feed_write(this.handle, samples, frames);
  }

  /** Marks a frame that was not fed yet; false if too many marks are waiting. */
  feedEvent(frame: number, duration_s: number, label: string): boolean {
    return lib.sb_feed_event(this.handle, frame, duration_s, cstring(label)) !== STATUS.full;
  }

  feedGap(frame: number, lost: number): boolean {
    return lib.sb_feed_gap(this.handle, frame, lost) !== STATUS.full;
  }

  endFeed(): void {
    lib.sb_feed_end(this.handle);
  }

  #param(id: string): ParamSpec {
    const spec = this.spec.params.find((param) => param.id === id);
    if (!spec) throw new Error(`${this.spec.type} has no parameter "${id}"`);
    return spec;
  }

  #set(spec: ParamSpec, value: ParamValue): void {
    const id = cstring(spec.id);
    switch (spec.kind) {
      case "text":
        check(lib.sb_node_set_texts(this.handle, id, cstring(String(value)), 1));
        break;
      case "names":
        check(lib.sb_node_set_texts(this.handle, id, cstrings(value as string[]), (value as string[]).length));
        break;
      case "numbers":
        this.#setNumbers(id, value as number[], (value as number[]).length, 1);
        break;
      case "bands": {
        const bands = Object.entries(value as Record<string, [number, number]>);
        check(lib.sb_node_set_texts(this.handle, id, cstrings(bands.map(([name]) => name)), bands.length));
        this.#setNumbers(id, Object.values(value).flat(), bands.length, 2);
        break;
      }
      case "matrix": {
        const rows = value as number[][];
        this.#setNumbers(id, rows.flat(), rows.length, rows[0]?.length ?? 0);
        break;
      }
      default:
        check(lib.sb_node_set_number(this.handle, id, numberOf(spec, value)));
    }
  }

  #setNumbers(id: Buffer, numbers: number[], rows: number, columns: number): void {
    const list = Float64Array.from(numbers.length > 0 ? numbers : [0]);
    check(lib.sb_node_set_numbers(this.handle, id, list, rows, columns));
  }
}

function numberOf(spec: ParamSpec, value: ParamValue): number {
  if (spec.kind === "choice") return spec.choices?.indexOf(String(value)) ?? -1;
  return Number(value);
}
