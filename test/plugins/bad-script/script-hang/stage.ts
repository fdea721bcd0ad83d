// SPDX-License-Identifier: Apache-2.0
import type { Block, Output } from "stagebox";

export class BadScriptHang {
  good: number;

  constructor(params: { after: number }) {
    this.good = params.after;
  }

  process(samples: Float32Array, { out }: Block): Output {
    out.set(samples);
    if (--this.good < 0) {
      for (;;) {}
    }
  }
}
