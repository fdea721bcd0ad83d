// SPDX-License-Identifier: Apache-2.0
//
// Rows of features as lines of JSON, in an order that does not depend on how fast which stage was: by the source block
// they descend from, then as the stages stand in the pipeline. All stages run in one group, which is done with a block
// before it takes the next; so once any stage has shown block N, whatever belongs to earlier blocks is already waiting.
import type { Packet } from "../native/packet.ts";
import type { Format } from "../runtime/box.ts";
import { columnNames } from "../runtime/features.ts";
import { PACKETS_AT_ONCE } from "../runtime/outlet.ts";

interface Queue {
  waiting: { block: number; lines: string }[];
  newest: number;
  packetsThisRound: number;
}

export class FeatureLines {
  readonly #queues: Queue[] = [];
  /** Newest block that any stage had shown when this round began. */
  #shown = -1;

  constructor(private readonly write: (lines: string) => void) {}

  /** Stages are added in the pipeline's order; the result takes their packets. */
  addStage(stage: string, format: Format): (packet: Packet) => void {
    const names = columnNames(format);
    const queue: Queue = { waiting: [], newest: -1, packetsThisRound: 0 };
    this.#queues.push(queue);
    return (packet) => {
      queue.newest = packet.block_sequence;
      queue.packetsThisRound++;
      queue.waiting.push({ block: packet.block_sequence, lines: linesOf(stage, names, packet) });
    };
  }

  /** To be called each time all stages have been asked for their packets. */
  endRound(): void {
    const isAsked = ({ newest, packetsThisRound }: Queue) =>
      newest >= this.#shown || packetsThisRound < PACKETS_AT_ONCE;
    if (this.#queues.every(isAsked)) {
      this.#flush(this.#shown);
      this.#shown = Math.max(this.#shown, ...this.#queues.map(({ newest }) => newest));
    }
    for (const queue of this.#queues) queue.packetsThisRound = 0;
  }

  /** Everything has come. */
  end(): void {
    this.#flush(Number.POSITIVE_INFINITY);
  }

  #flush(before: number): void {
    const ready = this.#queues.flatMap(({ waiting }) => {
      const kept = waiting.findIndex(({ block }) => block >= before);
      return waiting.splice(0, kept < 0 ? waiting.length : kept);
    });
    // A stable sort keeps the stages of one block in order.
    for (const { lines } of ready.sort((a, b) => a.block - b.block)) this.write(lines);
  }
}

function linesOf(stage: string, names: readonly string[], packet: Packet): string {
  const { data, frames } = packet;
  let lines = "";
  for (let frame = 0; frame < frames; frame++) {
    const row = data.subarray(frame * names.length, (frame + 1) * names.length);
    const values = Object.fromEntries(names.map((name, column) => [name, finite(row[column])]));
    lines += `${JSON.stringify({ stage, t_s: packet.frameTimeNs(frame) / 1e9, values })}\n`;
  }
  return lines;
}

/** JSON has no NaN. */
function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
