// SPDX-License-Identifier: Apache-2.0
import { type Format, WindowStage } from "stagebox";

interface Params {
  window_s: number;
  flat_uv: number;
  noisy_uv: number;
}

/** 0: flat, 1: good, 2: noisy. */
export class SignalQuality extends WindowStage<Params> {
  constructor(params: Params, format: Format) {
    if (params.flat_uv >= params.noisy_uv)
      throw new Error(
        `flat_uv: ${params.flat_uv} uV is not below noisy_uv, ${params.noisy_uv} uV; nothing would be good`,
      );
    const values = ["rms_uv", "fast", "quality"];
    super(params, format, { window_s: params.window_s, overlap: 0.5, output: { values, unit: "1" } });
  }

  measure(window: Float32Array): number[] {
    const mean = window.reduce((sum, value) => sum + value, 0) / window.length;
    let power = 0;
    let steps = 0;
    let before = window[0] as number;
    for (const value of window) {
      power += (value - mean) ** 2;
      steps += (value - before) ** 2;
      before = value;
    }
    const rms = Math.sqrt(power / window.length);
    // Steps of white noise have twice its power, those of a slow wave next to none.
    const fast = power > 0 ? Math.min(1, steps / (2 * power)) : 0;
    const { flat_uv, noisy_uv } = this.params;
    return [rms, fast, rms < flat_uv ? 0 : rms > noisy_uv ? 2 : 1];
  }
}
