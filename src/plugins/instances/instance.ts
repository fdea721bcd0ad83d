// SPDX-License-Identifier: Apache-2.0
//
// One stage of a plugin outside of the graph, run on data from a caller: a session of its own for each call, through
// which exactly the caller's frames go, and one node that keeps its state from call to call.
import { EngineError } from "../../native/engine.ts";
import { Node } from "../../native/node.ts";
import { FLAG, Packet } from "../../native/packet.ts";
import { NativePlan, NativeSession } from "../../native/session.ts";
import { Tap } from "../../native/tap.ts";
import type { ComponentSpec, Params } from "../../pipeline/catalog.ts";
import { ProblemsError } from "../../pipeline/problem.ts";
import type { InstanceOutput, InstanceView } from "../plugin.ts";

const UNIT = "1";
const TAP_S = 4;
const WAIT_MS = 1;
/** A call that takes longer has met a hang that nobody noticed. */
const MOST_CALL_MS = 60_000;
/** What a call may come to: a stage says itself how much it makes of its input. */
const MOST_ANSWER_BYTES = 64 * 2 ** 20;

export class Instance {
  #node: Node;
  /** What the node was activated for; it owns the names in its format. */
  #model: Node;

  private constructor(
    readonly view: InstanceView,
    private readonly replay: ComponentSpec,
    private readonly max_frames: number,
    nodes: { node: Node; model: Node },
  ) {
    this.#node = nodes.node;
    this.#model = nodes.model;
  }

  /** The parameters are complete and valid. Throws EngineError if they do not fit. */
  static async create(
    view: InstanceView,
    replay: ComponentSpec,
    stage: ComponentSpec,
    max_frames: number,
  ): Promise<Instance> {
    return new Instance(view, replay, max_frames, await activate(view, replay, stage, max_frames));
  }

  get node(): Node {
    return this.#node;
  }

  /** Another version goes on where this one stands. Throws EngineError if it does not fit; then nothing has changed. */
  async inherit(stage: ComponentSpec): Promise<void> {
    const { model, node } = await activate(this.view, this.replay, stage, this.max_frames);
    const session = new NativeSession(model, { block_frames: this.max_frames, speed: 0, lossless: true });
    try {
      const plan = new NativePlan();
      plan.addNode(node, model, "main");
      plan.addHeir(this.#node, node);
      while (!session.swap(plan, 1000)) await Bun.sleep(WAIT_MS);
    } finally {
      session.destroy();
    }
    this.close();
    this.#node = node;
    this.#model = model;
  }

  /** Runs whole frames of samples. Throws ProblemsError if it fell over; it is started again with the state it
   * saved. */
  async execute(samples: Float32Array): Promise<InstanceOutput> {
    const { channel_names, rate_hz } = this.view;
    const frames = samples.length / channel_names.length;
    const collector = new Collector();
    if (frames > 0) {
      const source = new Node(this.replay, REPLAY, true);
      try {
        source.openFeed(rate_hz, channel_names, UNIT, Math.max(frames, this.max_frames));
        await source.activate(undefined, this.max_frames);
        source.feed(samples, frames);
        source.endFeed();
        await this.#run(source, collector);
      } finally {
        source.destroy();
      }
    }
    const health = this.#node.watch();
    if (health.state === "gone") {
      restart(this.#node);
      throw failed(`${this.view.type} fell over: ${health.reason}; it was started again`);
    }
    if (collector.replaced > 0)
      throw failed(`${this.view.type} left out ${collector.replaced} of ${collector.packets} blocks; try again`);
    const { format } = this.#node;
    return {
      frames: collector.frames,
      channel_names: format.channel_names,
      ...(format.value_names && { value_names: format.value_names }),
      rate_hz: format.rate_hz,
      unit: format.unit,
      values: format.values,
      data: collector.data(),
      events: collector.events,
    };
  }

  close(): void {
    this.#node.destroy();
    this.#model.destroy();
  }

  async #run(source: Node, collector: Collector): Promise<void> {
    const tap = new Tap(this.#node, TAP_S);
    const session = new NativeSession(source, { block_frames: this.max_frames, speed: 0, lossless: true });
    try {
      const plan = new NativePlan();
      plan.addNode(this.#node, source, "main");
      plan.addTap(tap, this.#node);
      session.swap(plan, 1000);
      session.start();
      for (const end = performance.now() + MOST_CALL_MS; ; ) {
        const hasEnded = session.has_ended;
        tap.drain((packet) => collector.take(packet));
        if (collector.isFull)
          throw failed(`${this.view.type} makes more than ${MOST_ANSWER_BYTES} bytes of it; send less at once`);
        if (hasEnded) return;
        if (performance.now() > end) throw failed(`${this.view.type} did not finish within ${MOST_CALL_MS / 1000} s`);
        await Bun.sleep(WAIT_MS);
      }
    } finally {
      session.destroy();
      tap.destroy();
    }
  }
}

/** The source plays what it is fed. */
const REPLAY: Params = { file: "", speed: 0, loop: false, channels: [], rate_hz: 0 };

async function activate(view: InstanceView, replay: ComponentSpec, stage: ComponentSpec, max_frames: number) {
  const model = new Node(replay, REPLAY, true);
  let node: Node | undefined;
  try {
    model.openFeed(view.rate_hz, view.channel_names, UNIT, max_frames);
    await model.activate(undefined, max_frames);
    node = new Node(stage, view.params);
    await node.activate(model, max_frames);
    return { node, model };
  } catch (error) {
    node?.destroy();
    model.destroy();
    throw error;
  }
}

function restart(node: Node): void {
  try {
    node.restart();
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
  }
}

function failed(message: string): ProblemsError {
  return new ProblemsError([{ message }]);
}

/** Puts packets together. */
class Collector {
  frames = 0;
  packets = 0;
  /** Blocks that are not the plugin's own. */
  replaced = 0;
  readonly events: InstanceOutput["events"] = [];
  #parts: Float32Array[] = [];
  #bytes = 0;

  get isFull(): boolean {
    return this.#bytes > MOST_ANSWER_BYTES;
  }

  take(bytes: Uint8Array): "enough" | undefined {
    if (this.isFull) return "enough";
    const packet = new Packet(bytes);
    this.packets++;
    if (packet.flags & FLAG.late) this.replaced++;
    for (const event of packet.events()) this.events.push({ ...event, frame: event.frame + this.frames });
    this.#parts.push(packet.data.slice());
    this.#bytes += packet.data.byteLength;
    this.frames += packet.frames;
    return undefined;
  }

  data(): Float32Array {
    const data = new Float32Array(this.#parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of this.#parts) {
      data.set(part, at);
      at += part.length;
    }
    return data;
  }
}
