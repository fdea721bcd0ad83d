// SPDX-License-Identifier: Apache-2.0
import * as abi from "./abi.generated.ts";
import { check, lib } from "./engine.ts";
import { programPath } from "./program.ts";

/** The built-in stage nop as a plugin's library. */
export const nopPluginPath = (): string => programPath("libnop_plugin.so");

export interface Yardstick {
  p50_ns: number;
  p99_ns: number;
}

/** What it costs to copy that many bytes by a plain function, or to send them through a pipe to a thread and back. */
export function measureYardstick(way: "call" | "pipe", bytes: number, rounds: number): Yardstick {
  const out = new Float64Array(abi.SB_YARDSTICK_STATS);
  check(way === "call" ? lib.sb_yardstick_call(bytes, rounds, out) : lib.sb_yardstick_pipe(bytes, rounds, out));
  return { p50_ns: out[abi.SB_YARDSTICK_P50_NS] ?? 0, p99_ns: out[abi.SB_YARDSTICK_P99_NS] ?? 0 };
}
