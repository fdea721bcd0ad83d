// SPDX-License-Identifier: Apache-2.0
//
// A recording may have a unit for each channel, the signal of a graph has one: voltages are converted to it.
import type { RecordingReader } from "./recording.ts";
import { UNITS_PER_UV } from "./voltage.ts";

/** The same recording with all voltages in the unit of the first of them, and with a notice for each channel that is
 * something else, whose numbers stay as they are. */
export function inOneUnit(reader: RecordingReader): { reader: RecordingReader; unit: string } {
  const { channels } = reader;
  const unit = (channels.find((channel) => channel.unit in UNITS_PER_UV) ?? channels[0])?.unit ?? "1";
  if (channels.every((channel) => channel.unit === unit)) return { reader, unit };

  const gains = channels.map((channel) => (UNITS_PER_UV[unit] ?? 1) / (UNITS_PER_UV[channel.unit] ?? Number.NaN));
  const others = channels.filter((_, i) => Number.isNaN(gains[i]));
  const notices = others.map(
    ({ name, unit: own }) =>
      `${name} is in ${own === "1" ? "no unit" : own}, but the signal is labelled ${unit}: its numbers stay as they are; leave it out with channels`,
  );
  return {
    unit,
    reader: {
      format: reader.format,
      rate_hz: reader.rate_hz,
      channels: channels.map(({ name }) => ({ name, unit })),
      frames: reader.frames,
      ...(reader.start && { start: reader.start }),
      annotations: reader.annotations,
      gaps: reader.gaps,
      notices: [...reader.notices, ...notices],
      read(start, frames, out) {
        const count = reader.read(start, frames, out);
        gains.forEach((gain, channel) => {
          if (Number.isNaN(gain) || gain === 1) return;
          for (let i = channel; i < count * gains.length; i += gains.length) out[i] = (out[i] as number) * gain;
        });
        return count;
      },
      close: () => reader.close(),
    },
  };
}
