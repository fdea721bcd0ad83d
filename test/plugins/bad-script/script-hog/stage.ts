// SPDX-License-Identifier: Apache-2.0
import type { Block, Output } from "stagebox";

export class BadScriptHog {
  held: Uint8Array[] = [];
  good: number;

  constructor(params: { after: number }) {
    this.good = params.after;
  }

  process(samples: Float32Array, { out }: Block): Output {
    out.set(samples);
    if (--this.good < 0) {
      this.held.push(new Uint8Array(20e6).fill(1));
    }
  }
}
