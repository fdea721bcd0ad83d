// SPDX-License-Identifier: Apache-2.0
import type { Block, Output } from "stagebox";

function attempt(act: () => unknown): void {
  try {
    act();
  } catch {}
}

export class BadScriptSocket {
  good: number;

  constructor(params: { after: number }) {
    this.good = params.after;
  }

  process(samples: Float32Array, { out }: Block): Output {
    out.set(samples);
    if (--this.good < 0) {
      attempt(() => Bun.listen({ hostname: "127.0.0.1", port: 9, socket: { data() {} } }));
    }
  }
}
