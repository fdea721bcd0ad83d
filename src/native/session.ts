// SPDX-License-Identifier: Apache-2.0
import * as abi from "./abi.generated.ts";
import { check, checkHandle, cstring, type Handle, lib, STATUS } from "./engine.ts";
import type { Node } from "./node.ts";
import type { Tap } from "./tap.ts";

/** Which node runs where and after which. Belongs to the session once swapped in. */
export class NativePlan {
  readonly handle = checkHandle(lib.sb_plan_create());

  /** After its upstream. `core` -1: any. */
  addNode(node: Node, upstream: Node, group: string, core = -1): void {
    check(lib.sb_plan_add_node(this.handle, node.handle, upstream.handle, cstring(group), core));
  }

  addTap(tap: Tap, upstream: Node): void {
    check(lib.sb_plan_add_tap(this.handle, tap.handle, upstream.handle));
  }

  /** `to` goes on where `from` stands, if both can. */
  addHeir(from: Node, to: Node): void {
    check(lib.sb_plan_add_heir(this.handle, from.handle, to.handle));
  }

  /** Only if it was never swapped in. */
  destroy(): void {
    lib.sb_plan_destroy(this.handle);
  }
}

export interface SessionOptions {
  block_frames: number;
  /** 1: as fast as the signal was; 0: as fast as it goes. */
  speed: number;
  /** Full taps make the graph wait, and time counts from 0. */
  lossless: boolean;
}

/** One running graph. Nodes and taps stay with whoever made them. */
export class NativeSession {
  readonly #handle: Handle;

  constructor(source: Node, { block_frames, speed, lossless }: SessionOptions) {
    this.#handle = checkHandle(lib.sb_session_create(source.handle, block_frames, speed, lossless ? 1 : 0));
  }

  /** Puts the plan in the place of the running one between two packets. False: not yet, drain taps and try again. */
  swap(plan: NativePlan, timeout_us: number): boolean {
    const status = lib.sb_session_swap(this.#handle, plan.handle, timeout_us);
    check(status);
    return status !== STATUS.again;
  }

  start(): void {
    check(lib.sb_session_start(this.#handle));
  }

  /** The source ends after that many frames, unless it does so earlier. Before start. */
  endAfter(frames: number): void {
    lib.sb_session_end_after(this.#handle, frames);
  }

  /** False: too many are waiting, try again. */
  mark(label: string, duration_s: number): boolean {
    const status = lib.sb_session_mark(this.#handle, cstring(label), duration_s);
    if (status === STATUS.full) return false;
    check(status);
    return true;
  }

  /** Blocks this thread until a tap has data, the source wants some, or the time is over. */
  wait(timeout_us: number): void {
    lib.sb_session_wait(this.#handle, timeout_us);
  }

  /** The source has ended and everything behind it is done. */
  get has_ended(): boolean {
    return lib.sb_session_has_ended(this.#handle) !== 0;
  }

  stats() {
    const out = new Float64Array(abi.SB_SESSION_STATS);
    lib.sb_session_stats(this.#handle, out);
    const at = (index: number) => out[index] ?? 0;
    return {
      blocks: at(abi.SB_SESSION_BLOCKS),
      frames: at(abi.SB_SESSION_FRAMES),
      lost_frames: at(abi.SB_SESSION_LOST_FRAMES),
      waits: at(abi.SB_SESSION_WAITS),
      start_ns: at(abi.SB_SESSION_START_NS),
      drift_ppm: at(abi.SB_SESSION_DRIFT_PPM),
      jitter_us: at(abi.SB_SESSION_JITTER_NS) / 1e3,
      wake_p50_us: at(abi.SB_SESSION_P50_WAKE_NS) / 1e3,
      wake_p99_us: at(abi.SB_SESSION_P99_WAKE_NS) / 1e3,
      wake_max_us: at(abi.SB_SESSION_MAX_WAKE_NS) / 1e3,
      realtime: at(abi.SB_SESSION_REALTIME) !== 0,
    };
  }

  groups() {
    const out = new Float64Array(abi.SB_GROUP_STATS);
    const at = (index: number) => out[index] ?? 0;
    const groups = [];
    for (let index = 0; ; index++) {
      const name = lib.sb_session_group_stats(this.#handle, index, out);
      if (name === null) return groups;
      groups.push({
        name,
        blocks: at(abi.SB_GROUP_BLOCKS),
        overruns: at(abi.SB_GROUP_OVERRUNS),
        late: at(abi.SB_GROUP_LATE),
        lost_frames: at(abi.SB_GROUP_LOST_FRAMES),
        deadline_us: at(abi.SB_GROUP_DEADLINE_NS) / 1e3,
        p50_us: at(abi.SB_GROUP_P50_NS) / 1e3,
        p99_us: at(abi.SB_GROUP_P99_NS) / 1e3,
        max_us: at(abi.SB_GROUP_MAX_NS) / 1e3,
        core: at(abi.SB_GROUP_CORE),
        realtime: at(abi.SB_GROUP_REALTIME) !== 0,
      });
    }
  }

  /** Stops the threads; blocks under way are completed and stand in the taps afterwards. */
  destroy(): void {
    lib.sb_session_destroy(this.#handle);
  }
}
