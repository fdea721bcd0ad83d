// SPDX-License-Identifier: Apache-2.0
//
// Random edits to a running graph, the same from run to run. What is named in `spared` is never touched; on the trunk
// nothing changes the format, elsewhere anything goes.
import type { PatchAction } from "../../src/pipeline/patch.ts";
import type { GraphView } from "../../src/runtime/box.ts";

type Entry = Readonly<Record<string, unknown>>;

export interface Surroundings {
  /** Ids that stay as they are. */
  spared: readonly string[];
}

export class RandomEdits {
  #state: number;
  #made = 0;

  constructor(
    seed: number,
    private readonly surroundings: Surroundings,
  ) {
    this.#state = seed;
  }

  /** An edit that should fit the graph: one action, sometimes two that are applied as one, or `undo`. */
  next(graph: GraphView): PatchAction[] | "undo" {
    if (this.#below(10) === 0) return "undo";
    const first = this.#action(graph);
    const second = this.#below(5) === 0 ? this.#insert(graph) : undefined;
    return second && first.action === "set" ? [first, second] : [first];
  }

  #action(graph: GraphView): PatchAction {
    const own = graph.stages.filter(({ id }) => /^made\d+$/.test(id));
    const makers = [
      () => this.#insert(graph),
      () => this.#set(graph),
      () => this.#bypass(graph),
      () => this.#sink(graph),
      ...(own.length === 0
        ? []
        : [
            () => ({ action: "remove" as const, id: this.#one(own).id }),
            () => ({ action: "remove" as const, id: this.#one(own).id }),
            () => ({ action: "rename" as const, id: this.#one(own).id, to: this.#newId() }),
            () => this.#replace(own, graph),
            () => this.#move(own, graph),
          ]),
    ];
    return this.#one(makers)();
  }

  /** Behind a stage of the trunk, on the branch, or as a new branch that nobody listens to. */
  #insert(graph: GraphView): PatchAction {
    const spot = this.#spot(graph);
    const isDeadEnd = "to" in spot;
    return { action: "insert", stage: { id: this.#newId(), ...this.#stage(isDeadEnd) }, ...spot };
  }

  #move(own: GraphView["stages"], graph: GraphView): PatchAction {
    const { id } = this.#one(own);
    return { action: "move", id, ...this.#spot({ ...graph, stages: graph.stages.filter((stage) => stage.id !== id) }) };
  }

  #spot(graph: GraphView): { after: string; to?: string[] } {
    const signals = this.#editable(graph).filter(({ format, bypass }) => bypass || format?.port === "signal");
    const { id } = this.#one(signals.filter(({ format }) => !format || format.channels === 64));
    return this.#below(4) === 0 ? { after: id, to: [] } : { after: id };
  }

  #set(graph: GraphView): PatchAction {
    const gains = this.#editable(graph).filter(({ type }) => type === "gain");
    if (gains.length === 0 || this.#below(3) === 0)
      return { action: "set", id: "band", params: { low_hz: 0.5 + this.#below(4), order: 1 + this.#below(4) } };
    return { action: "set", id: this.#one(gains).id, params: { gain_db: this.#below(12) - 6 } };
  }

  #bypass(graph: GraphView): PatchAction {
    const stage = this.#one(this.#editable(graph).filter(({ type }) => KEEPS_FORMAT.some((it) => it.type === type)));
    return { action: "bypass", id: stage.id, bypass: !stage.bypass };
  }

  #sink(graph: GraphView): PatchAction {
    const own = graph.sinks.filter(({ id }) => /^made\d+$/.test(id));
    if (own.length > 3) return { action: "remove_sink", id: this.#one(own).id };
    const from = this.#one(graph.stages).id;
    return { action: "add_sink", sink: { id: this.#newId(), type: "stream", from } };
  }

  #replace(own: GraphView["stages"], graph: GraphView): PatchAction {
    const { id } = this.#one(own);
    const isListenedTo = [...graph.stages, ...graph.sinks].some(({ from }) => from === id);
    return { action: "replace", id, stage: this.#stage(!isListenedTo) };
  }

  #stage(isDeadEnd: boolean): Entry {
    return this.#one(isDeadEnd ? [...KEEPS_FORMAT, ...CHANGES_FORMAT] : KEEPS_FORMAT);
  }

  #editable(graph: GraphView) {
    return graph.stages.filter(({ id }) => !this.surroundings.spared.includes(id));
  }

  #newId(): string {
    return `made${++this.#made}`;
  }

  #one<T>(list: readonly T[]): T {
    return list[this.#below(list.length)] as T;
  }

  /** Mulberry32. */
  #below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let hash = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    hash = (hash + Math.imul(hash ^ (hash >>> 7), 61 | hash)) ^ hash;
    return ((hash ^ (hash >>> 14)) >>> 0) % limit;
  }
}

const KEEPS_FORMAT = [
  { type: "gain", gain_db: 3 },
  { type: "lowpass", freq_hz: 200 },
  { type: "highpass", freq_hz: 0.5 },
  { type: "notch", freq_hz: 100, harmonics: 3 },
  { type: "dc_removal" },
  { type: "common_average" },
  { type: "moving_average", window_s: 0.05 },
  { type: "fir", kind: "lowpass", high_hz: 100, taps: 101 },
  { type: "nop" },
] as const;

const CHANGES_FORMAT = [
  { type: "decimate", factor: 4 },
  { type: "resample", rate_hz: 256 },
  { type: "band_power", window_s: 0.5 },
  { type: "psd", size: 256 },
  { type: "fft", size: 1024 },
  { type: "rms", window_s: 0.25 },
  { type: "statistics", window_s: 0.5 },
] as const;
