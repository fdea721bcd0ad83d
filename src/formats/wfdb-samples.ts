// SPDX-License-Identifier: Apache-2.0
// WFDB's ways to store samples. https://physionet.org/physiotools/wag/signal-5.htm

export interface SampleFormat {
  /** Samples are stored in groups that begin on a byte: two samples in three bytes, for format 212. */
  group_samples: number;
  group_bytes: number;
  /** Stands for "no value here". */
  invalid: number;
  /** Sample `index` of bytes that begin with a group. */
  sample(bytes: Uint8Array, index: number): number;
}

const int = (bytes: Uint8Array, at: number) => bytes[at] as number;
const single = (group_bytes: number, invalid: number, sample: SampleFormat["sample"]): SampleFormat => ({
  group_samples: 1,
  group_bytes,
  invalid,
  sample,
});

export const SAMPLE_FORMATS: Readonly<Record<number, SampleFormat>> = {
  16: single(2, -32768, (b, i) => ((int(b, 2 * i) | (int(b, 2 * i + 1) << 8)) << 16) >> 16),
  24: single(3, -8388608, (b, i) => ((int(b, 3 * i) | (int(b, 3 * i + 1) << 8) | (int(b, 3 * i + 2) << 16)) << 8) >> 8),
  32: single(
    4,
    -2147483648,
    (b, i) => int(b, 4 * i) | (int(b, 4 * i + 1) << 8) | (int(b, 4 * i + 2) << 16) | (int(b, 4 * i + 3) << 24),
  ),
  61: single(2, -32768, (b, i) => ((int(b, 2 * i + 1) | (int(b, 2 * i) << 8)) << 16) >> 16),
  80: single(1, -128, (b, i) => int(b, i) - 128),
  160: single(2, -32768, (b, i) => (int(b, 2 * i) | (int(b, 2 * i + 1) << 8)) - 32768),
  212: {
    group_samples: 2,
    group_bytes: 3,
    invalid: -2048,
    sample(b, i) {
      const at = (i >> 1) * 3;
      const middle = int(b, at + 1);
      const twelve = i & 1 ? int(b, at + 2) | ((middle & 0xf0) << 4) : int(b, at) | ((middle & 0x0f) << 8);
      return (twelve << 20) >> 20;
    },
  },
};

/** Samples in `bytes` bytes; a last group may be incomplete. */
export function samplesIn(format: SampleFormat, bytes: number): number {
  const groups = Math.floor(bytes / format.group_bytes);
  const rest = bytes - groups * format.group_bytes;
  return groups * format.group_samples + (format.group_samples === 2 && rest === 2 ? 1 : 0);
}
