// SPDX-License-Identifier: Apache-2.0
import type { Block, Output } from "stagebox";

function meddle(): void {
  const breaks = () => {
    throw undefined;
  };
  for (const it of [
    Map.prototype,
    Array.prototype,
    String.prototype,
    Float32Array.prototype,
    DataView.prototype,
    RegExp.prototype,
  ])
    for (const name of Object.getOwnPropertyNames(it))
      try {
        Object.defineProperty(it, name, { get: breaks });
      } catch {}
  JSON.parse = breaks;
}

export class BadScriptPrototypes {
  good: number;

  constructor(params: { after: number }) {
    this.good = params.after;
  }

  process(samples: Float32Array, { out }: Block): Output {
    out.set(samples);
    if (--this.good < 0) {
      meddle();
    }
  }
}
