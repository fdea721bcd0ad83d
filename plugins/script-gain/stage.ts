// SPDX-License-Identifier: Apache-2.0
import type { Block } from "stagebox";

/** `samples`: a block's frames, each with a value a channel, `stride` values apart; to be read only. */
export function process(samples: Float32Array, { out, params }: Block<{ gain_db: number }>): void {
  const gain = 10 ** (params.gain_db / 20);
  for (let i = 0; i < samples.length; i++) out[i] = (samples[i] as number) * gain;
}
