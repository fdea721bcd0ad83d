// SPDX-License-Identifier: Apache-2.0
import type { Block, Output } from "stagebox";

function attempt(act: () => unknown): void {
  try {
    act();
  } catch {}
}

export class BadScriptWorkers {
  held: Worker[] = [];
  good: number;

  constructor(params: { after: number }) {
    this.good = params.after;
  }

  process(samples: Float32Array, { out }: Block): Output {
    out.set(samples);
    if (--this.good < 0) {
      attempt(() => this.held.push(new Worker("data:text/javascript,for (;;) {}")));
    }
  }
}
