// SPDX-License-Identifier: Apache-2.0

/** One figure, and those that belong to it. Names stay the same from version to version, so that runs can be compared. */
export interface Measurement {
  /** `stage.notch.8x32` */
  name: string;
  /** `ns/sample`: for each sample of each channel. */
  unit: string;
  value: number;
  [detail: string]: string | number | Record<string, number>;
}

export interface BenchContext {
  seconds: number;
  signal: AbortSignal;
}

/** Blocks of this shape: a board of 8 electrodes, and a big one with a block that fills the caches. */
export const SHAPES: readonly Shape[] = [
  { channels: 8, frames: 32 },
  { channels: 64, frames: 256 },
];
export interface Shape {
  channels: number;
  frames: number;
}
