// SPDX-License-Identifier: Apache-2.0
//
// A plugin's stage.ts, for the desk and for the box: what the SDK's classes make of a few lines.
import { type Block, type Format, type Output, StageBase, WindowStage } from "stagebox";

/** The extremes of each window. */
export class Ranges extends WindowStage<{ window_s: number }> {
  constructor(params: { window_s: number }, format: Format) {
    super(params, format, { window_s: params.window_s, overlap: 0.5, output: { values: ["least", "most"] } });
  }
  measure(window: Float32Array): number[] {
    return [Math.min(...window), Math.max(...window)];
  }
}

/** A running mean, which goes on after a reload. */
export class Average extends StageBase<{ weight: number }> {
  readonly mean = this.keep(new Float64Array(this.format.channels.length));
  readonly count = this.keep(new Uint32Array(1));

  process(samples: Float32Array, { frames, stride, out }: Block): Output {
    for (let frame = 0; frame < frames; frame++) {
      this.count[0] = (this.count[0] as number) + 1;
      for (const [channel, mean] of this.mean.entries()) {
        const at = frame * stride + channel;
        this.mean[channel] = mean + this.params.weight * ((samples[at] as number) - mean);
        out[at] = this.mean[channel] as number;
      }
    }
  }
}
