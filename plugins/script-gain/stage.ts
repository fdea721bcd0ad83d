// SPDX-License-Identifier: Apache-2.0
import type { Block } from "stagebox";

/** A block: frames of a value a channel, `stride` values apart. To be read only. */
export function process(samples: Float32Array, { out, params }: Block<{ gain_db: number }>): void {
  const gain = 10 ** (params.gain_db / 20);
  for (let i = 0; i < samples.length; i++) out[i] = gain * samples[i];
}
