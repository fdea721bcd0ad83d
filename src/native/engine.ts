// SPDX-License-Identifier: Apache-2.0
//
// The native library, opened once. Ownership, which C pointer types cannot say: every sb_node, sb_tap, sb_plan and
// sb_session belongs to the class of the same name beside this file, which destroys it exactly once; strings that come
// back are copied at once.
import { dlopen, type Pointer } from "bun:ffi";
import { symbols } from "./abi.generated.ts";
import { libraryPath } from "./engine-file.ts";

export const lib = dlopen(libraryPath(), symbols).symbols;

export type Handle = Pointer;

/** What sb_status says; see native/include/stagebox/status.h. */
export const STATUS = { ok: 0, again: 2, full: -7, refused: -8, crashed: -9, late: -10 } as const;

/** A refusal by the engine, in its own words. */
export class EngineError extends Error {
  constructor(
    readonly status: number,
    message = String(lib.sb_last_error()),
  ) {
    super(message);
    this.name = "EngineError";
  }
}

/** Throws the engine's words unless the status says success. */
export function check(status: number): void {
  if (status < 0) throw new EngineError(status);
}

/** The pointer, or the engine's words if it is 0. */
export function checkHandle(handle: Handle | bigint | null): Handle {
  if (!handle) throw new EngineError(-1);
  return handle as Handle;
}

/** A string for C, closed by a zero byte. */
export function cstring(text: string): Buffer {
  return Buffer.from(`${text}\0`);
}

/** Strings for C, each closed by a zero byte, one after the other. */
export function cstrings(texts: readonly string[]): Buffer {
  return Buffer.from(texts.map((text) => `${text.replaceAll("\0", "")}\0`).join("") || "\0");
}

export const engineVersion = (): string => String(lib.sb_version());
export const simd = (): string => String(lib.sb_simd());

/** Fourier transforms that stages made from now on use: "built-in", or a plugin's. */
export const fftBackendName = (): string => String(lib.sb_fft_backend_name());
/** CLOCK_MONOTONIC in nanoseconds: the time that blocks carry. */
export const nowNs = (): number => Number(lib.sb_now_ns());
