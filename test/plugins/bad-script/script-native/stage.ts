// SPDX-License-Identifier: Apache-2.0
import type { Block, Output } from "stagebox";

// Not by `import`, which is looked at before any of this runs.
const { toArrayBuffer } = globalThis.process.getBuiltinModule("bun:ffi" as never) as typeof import("bun:ffi");

export class BadScriptNative {
  good: number;

  constructor(params: { after: number }) {
    this.good = params.after;
  }

  process(samples: Float32Array, { out }: Block): Output {
    out.set(samples);
    if (--this.good < 0) {
      new Float32Array(toArrayBuffer(16 as never, 0, 64)).fill(1);
    }
  }
}
