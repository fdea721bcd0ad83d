// SPDX-License-Identifier: Apache-2.0
import type { Block, Output } from "stagebox";

export class BadScriptGarbage {
  good: number;

  constructor(params: { after: number }) {
    this.good = params.after;
  }

  process(samples: Float32Array, { out }: Block): Output {
    out.set(samples);
    if (--this.good < 0) {
      return {
        length: Number.NaN,
        get buffer() {
          throw "a string";
        },
      } as unknown as Float32Array;
    }
  }
}
