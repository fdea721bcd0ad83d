// SPDX-License-Identifier: Apache-2.0
import { toArrayBuffer } from "bun:ffi";
import { checkHandle, type Handle, lib } from "./engine.ts";
import type { Node } from "./node.ts";

/** A place where packets leave the data plane. Its memory is seen, not copied. */
export class Tap {
  readonly handle: Handle;
  readonly #memory: Uint8Array;

  /** Room for about `seconds` of the node's output. */
  constructor(upstream: Node, seconds: number) {
    this.handle = checkHandle(lib.sb_tap_create(upstream.handle, seconds));
    const at = checkHandle(lib.sb_tap_memory(this.handle));
    this.#memory = new Uint8Array(toArrayBuffer(at, 0, lib.sb_tap_bytes(this.handle)));
  }

  /** Hands over packets, oldest first, each valid only during its call, until there are no more or `onPacket` says
   * that this was enough. Returns whether it said so. */
  drain(onPacket: (packet: Uint8Array) => "enough" | undefined): boolean {
    for (;;) {
      const offset = lib.sb_tap_peek(this.handle);
      if (offset < 0) return false;
      const bytes = new DataView(this.#memory.buffer, offset, 8).getUint32(4, true);
      try {
        if (onPacket(this.#memory.subarray(offset, offset + bytes)) === "enough") return true;
      } finally {
        lib.sb_tap_release(this.handle);
      }
    }
  }

  get lost_frames(): number {
    return lib.sb_tap_lost(this.handle);
  }

  /** Only when no running plan holds it. */
  destroy(): void {
    lib.sb_tap_destroy(this.handle);
  }
}
