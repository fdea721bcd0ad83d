// SPDX-License-Identifier: Apache-2.0
//
// Numbers with names: the columns of a packet's rows, and their statistics over a run.
import type { Packet } from "../native/packet.ts";
import type { Format } from "./box.ts";

/** Names of a row's columns, in its order: `O1.alpha` for features, `O1` for a signal, `O1.10Hz` for a spectrum. */
export function columnNames({ port, channel_names, value_names, values, bin_hz }: Format): string[] {
  if (port === "signal") return channel_names;
  const suffix = (value: number) => (port === "features" ? value_names?.[value] : `${value * bin_hz}Hz`);
  return Array.from({ length: values }, (_, value) =>
    channel_names.map((channel) => `${channel}.${suffix(value)}`),
  ).flat();
}

export interface ColumnStatistics {
  mean: number;
  minimum: number;
  maximum: number;
  last: number;
  /** Rows with a finite value. */
  count: number;
}

/** Mean, least and greatest of each column; what is not finite does not count. */
export class RowStatistics {
  readonly unit: string;
  readonly #names: string[];
  readonly #sums: Float64Array;
  readonly #minima: Float64Array;
  readonly #maxima: Float64Array;
  readonly #last: Float64Array;
  readonly #counts: Float64Array;

  constructor(format: Format) {
    this.#names = columnNames(format);
    this.unit = format.unit;
    const width = this.#names.length;
    this.#sums = new Float64Array(width);
    this.#counts = new Float64Array(width);
    this.#minima = new Float64Array(width).fill(Number.POSITIVE_INFINITY);
    this.#maxima = new Float64Array(width).fill(Number.NEGATIVE_INFINITY);
    this.#last = new Float64Array(width).fill(Number.NaN);
  }

  add(packet: Packet): void {
    const { data } = packet;
    const width = this.#names.length;
    for (let i = 0; i < data.length; i++) {
      const value = data[i] as number;
      if (!Number.isFinite(value)) continue;
      const column = i % width;
      this.#sums[column] = (this.#sums[column] as number) + value;
      this.#counts[column] = (this.#counts[column] as number) + 1;
      this.#last[column] = value;
      if (value < (this.#minima[column] as number)) this.#minima[column] = value;
      if (value > (this.#maxima[column] as number)) this.#maxima[column] = value;
    }
  }

  column(name: string): ColumnStatistics | undefined {
    const at = this.#names.indexOf(name);
    if (at < 0) return undefined;
    const count = this.#counts[at] as number;
    return {
      mean: (this.#sums[at] as number) / count,
      minimum: this.#minima[at] as number,
      maximum: this.#maxima[at] as number,
      last: this.#last[at] as number,
      count,
    };
  }

  get names(): readonly string[] {
    return this.#names;
  }

  /** Name -> mean; null where there was no value. */
  means(): Record<string, number | null> {
    return Object.fromEntries(
      this.#names.map((name, at) => {
        const count = this.#counts[at] as number;
        return [name, count > 0 ? (this.#sums[at] as number) / count : null];
      }),
    );
  }
}
