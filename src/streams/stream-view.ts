// SPDX-License-Identifier: Apache-2.0
import { type Problem, ProblemsError } from "../pipeline/problem.ts";
import { suggestion } from "../pipeline/suggest.ts";
import type { Format } from "../runtime/box.ts";
import { Decimator, decimatedFormat } from "./decimate.ts";
import { type PacketParts, readPacket, writePacket } from "./packet.ts";

export const MOST_DECIMATION = 10_000;
const MOST_PROBLEMS = 10;

/** How a client wants to see a stream. */
export interface ViewOptions {
  /** Averages so many frames into one; signals only. */
  decimate?: number;
  /** Only these channels, in this order. */
  channels?: readonly string[];
}

export interface StreamView {
  format: Format;
  /** The packet as the client gets it; undefined if it gets none for this one. */
  see(packet: Uint8Array): Uint8Array | undefined;
}

/** Throws ProblemsError if the stream cannot be seen so. Without options packets pass untouched. */
export function viewStream(format: Format, { decimate = 1, channels }: ViewOptions): StreamView {
  const problems: Problem[] = [];
  const indices = channels && channelIndices(format, channels, problems);
  if (decimate < 1 || decimate > MOST_DECIMATION)
    problems.push({
      field: "/decimate",
      message: `${decimate} is not a number of frames from 1 to ${MOST_DECIMATION}`,
    });
  if (decimate > 1 && (format.port !== "signal" || format.rate_hz === 0))
    problems.push({
      field: "/decimate",
      message: `only a regular signal can be averaged, this is ${format.port}; leave decimate out`,
    });
  if (problems.length > 0) throw new ProblemsError(problems);
  if (decimate <= 1 && !indices) return { format, see: (packet) => packet };

  const selected = indices ? selectedFormat(format, indices) : format;
  const decimator = decimate > 1 ? new Decimator(decimate, selected.channels) : undefined;
  return {
    format: decimator ? decimatedFormat(selected, decimate) : selected,
    see(bytes) {
      const packet = readPacket(bytes);
      const narrow = indices ? selectChannels(packet, indices) : packet;
      const seen = decimator ? decimator.push(narrow) : narrow;
      return seen && writePacket(seen);
    },
  };
}

function channelIndices({ channel_names }: Format, names: readonly string[], problems: Problem[]): number[] {
  const known = new Map(
    channel_names.map((name, index) => [name.toLowerCase(), index]).reverse() as [string, number][],
  );
  const indices = new Set<number>();
  for (const name of names) {
    if (problems.length >= MOST_PROBLEMS) break;
    const refuse = (message: string) => problems.push({ field: "/channels", message });
    const index = known.get(name.toLowerCase());
    if (index === undefined) refuse(`no channel is called ${JSON.stringify(name)}; ${suggestion(name, channel_names)}`);
    else if (indices.has(index)) refuse(`${JSON.stringify(name)} stands there twice; name it once`);
    else indices.add(index);
  }
  return [...indices];
}

function selectedFormat(format: Format, indices: readonly number[]): Format {
  const channel_names = indices.map((index) => format.channel_names[index] ?? "");
  return { ...format, channel_names, channels: indices.length };
}

function selectChannels(packet: PacketParts, indices: readonly number[]): PacketParts {
  const count = packet.frames * packet.values;
  const rows = new Float32Array(count * indices.length);
  for (let row = 0; row < count; row++)
    indices.forEach((from, to) => {
      rows[row * indices.length + to] = packet.rows[row * packet.channels + from] ?? 0;
    });
  return { ...packet, channels: indices.length, rows };
}
