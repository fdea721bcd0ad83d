// SPDX-License-Identifier: Apache-2.0
import type { Block, Output } from "stagebox";

export class BadScriptObjects {
  held: object[] = [];
  good: number;

  constructor(params: { after: number }) {
    this.good = params.after;
  }

  process(samples: Float32Array, { out }: Block): Output {
    out.set(samples);
    if (--this.good < 0) {
      for (let i = 0; i < 100_000; i++) this.held.push({ i });
    }
  }
}
