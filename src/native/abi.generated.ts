// SPDX-License-Identifier: Apache-2.0
import { FFIType } from "bun:ffi";

export const symbols = {
  sb_version: { args: [], returns: FFIType.cstring },
  sb_simd: { args: [], returns: FFIType.cstring },
  sb_catalog: { args: [], returns: FFIType.cstring },
  sb_last_error: { args: [], returns: FFIType.cstring },
  sb_now_ns: { args: [], returns: FFIType.i64_fast },
  sb_node_create: { args: [FFIType.ptr, FFIType.u32], returns: FFIType.ptr },
  sb_node_set_number: { args: [FFIType.ptr, FFIType.ptr, FFIType.f64], returns: FFIType.i32 },
  sb_node_set_numbers: {
    args: [FFIType.ptr, FFIType.ptr, FFIType.ptr, FFIType.u32, FFIType.u32],
    returns: FFIType.i32,
  },
  sb_node_set_texts: { args: [FFIType.ptr, FFIType.ptr, FFIType.ptr, FFIType.u32], returns: FFIType.i32 },
  sb_node_activate: { args: [FFIType.ptr, FFIType.ptr, FFIType.u32], returns: FFIType.i32 },
  sb_node_format: { args: [FFIType.ptr], returns: FFIType.cstring },
  sb_node_change: { args: [FFIType.ptr, FFIType.ptr, FFIType.f64], returns: FFIType.i32 },
  sb_node_stats: { args: [FFIType.ptr, FFIType.ptr], returns: FFIType.void },
  sb_node_destroy: { args: [FFIType.ptr], returns: FFIType.void },
  sb_feed_open: {
    args: [FFIType.ptr, FFIType.f64, FFIType.u32, FFIType.ptr, FFIType.ptr, FFIType.u32],
    returns: FFIType.i32,
  },
  sb_feed_write: { args: [FFIType.ptr, FFIType.ptr, FFIType.u32], returns: FFIType.i32 },
  sb_feed_event: { args: [FFIType.ptr, FFIType.f64, FFIType.f64, FFIType.ptr], returns: FFIType.i32 },
  sb_feed_gap: { args: [FFIType.ptr, FFIType.f64, FFIType.u32], returns: FFIType.i32 },
  sb_feed_end: { args: [FFIType.ptr], returns: FFIType.void },
  sb_tap_create: { args: [FFIType.ptr, FFIType.f64], returns: FFIType.ptr },
  sb_tap_memory: { args: [FFIType.ptr], returns: FFIType.ptr },
  sb_tap_bytes: { args: [FFIType.ptr], returns: FFIType.f64 },
  sb_tap_peek: { args: [FFIType.ptr], returns: FFIType.f64 },
  sb_tap_release: { args: [FFIType.ptr], returns: FFIType.void },
  sb_tap_lost: { args: [FFIType.ptr], returns: FFIType.f64 },
  sb_tap_destroy: { args: [FFIType.ptr], returns: FFIType.void },
  sb_session_create: { args: [FFIType.ptr, FFIType.u32, FFIType.f64, FFIType.u32], returns: FFIType.ptr },
  sb_plan_create: { args: [], returns: FFIType.ptr },
  sb_plan_add_node: { args: [FFIType.ptr, FFIType.ptr, FFIType.ptr, FFIType.ptr, FFIType.i32], returns: FFIType.i32 },
  sb_plan_add_tap: { args: [FFIType.ptr, FFIType.ptr, FFIType.ptr], returns: FFIType.i32 },
  sb_plan_add_heir: { args: [FFIType.ptr, FFIType.ptr, FFIType.ptr], returns: FFIType.i32 },
  sb_plan_destroy: { args: [FFIType.ptr], returns: FFIType.void },
  sb_session_swap: { args: [FFIType.ptr, FFIType.ptr, FFIType.u32], returns: FFIType.i32 },
  sb_session_start: { args: [FFIType.ptr], returns: FFIType.i32 },
  sb_session_mark: { args: [FFIType.ptr, FFIType.ptr, FFIType.f64], returns: FFIType.i32 },
  sb_session_wait: { args: [FFIType.ptr, FFIType.u32], returns: FFIType.void },
  sb_session_stats: { args: [FFIType.ptr, FFIType.ptr], returns: FFIType.void },
  sb_session_group_stats: { args: [FFIType.ptr, FFIType.u32, FFIType.ptr], returns: FFIType.cstring },
  sb_session_stop: { args: [FFIType.ptr], returns: FFIType.void },
  sb_session_destroy: { args: [FFIType.ptr], returns: FFIType.void },
} as const;

export const SB_NODE_BLOCKS = 0;
export const SB_NODE_FRAMES = 1;
export const SB_NODE_FAULTS = 2;
export const SB_NODE_P50_NS = 3;
export const SB_NODE_P99_NS = 4;
export const SB_NODE_MAX_NS = 5;
export const SB_NODE_TOTAL_NS = 6;
export const SB_NODE_LATENCY_NS = 7;
export const SB_NODE_STATS = 8;
export const SB_SESSION_BLOCKS = 0;
export const SB_SESSION_FRAMES = 1;
export const SB_SESSION_LOST_FRAMES = 2;
export const SB_SESSION_START_NS = 3;
export const SB_SESSION_ENDED = 4;
export const SB_SESSION_DRIFT_PPM = 5;
export const SB_SESSION_JITTER_NS = 6;
export const SB_SESSION_P50_WAKE_NS = 7;
export const SB_SESSION_P99_WAKE_NS = 8;
export const SB_SESSION_MAX_WAKE_NS = 9;
export const SB_SESSION_REALTIME = 10;
export const SB_SESSION_STATS = 11;
export const SB_GROUP_BLOCKS = 0;
export const SB_GROUP_OVERRUNS = 1;
export const SB_GROUP_LATE = 2;
export const SB_GROUP_LOST_FRAMES = 3;
export const SB_GROUP_DEADLINE_NS = 4;
export const SB_GROUP_P50_NS = 5;
export const SB_GROUP_P99_NS = 6;
export const SB_GROUP_MAX_NS = 7;
export const SB_GROUP_CORE = 8;
export const SB_GROUP_REALTIME = 9;
export const SB_GROUP_STATS = 10;
