// SPDX-License-Identifier: Apache-2.0
//
// Where packets leave a running graph: a tap on a node, and the sink that takes what comes out of it.
import type { Node } from "../native/node.ts";
import { Packet } from "../native/packet.ts";
import { Tap } from "../native/tap.ts";
import type { Params } from "../pipeline/catalog.ts";
import { type Format, formatKey } from "./format.ts";
import type { Sink } from "./sink.ts";

/** Packets handed over at once, before others get their turn. */
export const PACKETS_AT_ONCE = 256;
/** A live tap holds this much: how long the control plane may be busy before packets are dropped. */
const ROOM_S: Record<string, number> = { recorder: 10 };
const DEFAULT_ROOM_S = 4;

export interface OutletEntry {
  id: string;
  type: string;
  params: Params;
  /** Id of the source or stage whose output it takes. */
  upstream: string;
  /** False: made for listeners that came by, and gone with them. */
  declared: boolean;
}

export class Outlet {
  /** Lost in taps this outlet had before. */
  #lostBefore = 0;
  #frames = 0;

  constructor(
    public entry: OutletEntry,
    public node: Node,
    readonly sink: Sink,
    public tap: Tap = newTap(entry, node),
  ) {}

  get format(): Format {
    return this.node.format;
  }

  get lost_frames(): number {
    return this.#lostBefore + this.tap.lost_frames;
  }

  get frames(): number {
    return this.#frames;
  }

  /** The tap that the next plan shall have, on `node`: the one that is there if its packets stay as they are. */
  tapFor(node: Node): Tap {
    return formatKey(node.format) === formatKey(this.format) ? this.tap : newTap(this.entry, node);
  }

  /** The plan with that tap runs now. What the old one still holds goes to the sink before the format changes. */
  adopt(entry: OutletEntry, node: Node, tap: Tap): void {
    const changed = tap !== this.tap;
    if (changed) {
      this.drain();
      this.#lostBefore = this.lost_frames;
      this.tap.destroy();
      this.tap = tap;
    }
    this.entry = entry;
    this.node = node;
    if (changed) this.sink.onFormat(node.format);
  }

  /** Hands packets to the sink, for no longer than about `turn_ms`; returns whether there may be more. */
  pump(turn_ms = Number.POSITIVE_INFINITY, limit = PACKETS_AT_ONCE): boolean {
    const end = performance.now() + turn_ms;
    let count = 0;
    return this.tap.drain((packet) => {
      this.#frames += new Packet(packet).frames;
      this.sink.onPacket(packet);
      return ++count === limit || performance.now() >= end ? "enough" : undefined;
    });
  }

  drain(): void {
    this.pump(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
  }

  /** Only when no running plan has its tap. */
  close(): void {
    this.drain();
    this.sink.close();
    this.tap.destroy();
  }
}

function newTap({ type }: OutletEntry, node: Node): Tap {
  return new Tap(node, ROOM_S[type] ?? DEFAULT_ROOM_S);
}
