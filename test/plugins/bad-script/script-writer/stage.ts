// SPDX-License-Identifier: Apache-2.0
import type { Block, Output } from "stagebox";

// Not by `import`, which is looked at before any of this runs.
const fs = globalThis.process.getBuiltinModule("node:fs");

function attempt(act: () => unknown): void {
  try {
    act();
  } catch {}
}

export class BadScriptWriter {
  good: number;

  constructor(params: { after: number }) {
    this.good = params.after;
  }

  process(samples: Float32Array, { out }: Block): Output {
    out.set(samples);
    if (--this.good < 0) {
      attempt(() => fs.writeFileSync("/tmp/stagebox-bad-script", "here"));
    }
  }
}
