// SPDX-License-Identifier: Apache-2.0
//
// A graph that runs: the nodes and outlets of one pipeline, and how they become those of its next version without the
// loss of a frame.
//
// A change is prepared beside the running graph (new nodes are made and activated, so that everything that can fail
// fails here), then swapped in between two packets, then what is no longer needed is let go.
import { Node } from "../native/node.ts";
import { NativePlan, NativeSession } from "../native/session.ts";
import { Tap } from "../native/tap.ts";
import type { Catalog, ComponentSpec, Params } from "../pipeline/catalog.ts";
import type { Pipeline } from "../pipeline/pipeline.ts";
import { compile, type Plan, type PlanNode } from "../pipeline/plan.ts";
import { ProblemsError } from "../pipeline/problem.ts";
import { BusyError } from "./box.ts";
import { formatKey } from "./format.ts";
import { asProblems, coreProblems, sourceProblems } from "./graph-problems.ts";
import { isolatedCores, placeGroups } from "./isolated-cores.ts";
import { Outlet, type OutletEntry } from "./outlet.ts";
import { changed, isLive, pick } from "./param-change.ts";
import { passingOver } from "./passing-over.ts";
import type { OpenSink, Sink } from "./sink.ts";
import { type OpenSource, openSource, type ResolveFile } from "./source.ts";

const SWAP_TIMEOUT_US = 2000;
/** A graph that is behind its signal is made to skip some of it for a swap (native/engine/session.c); this is long after. */
const SWAP_DEADLINE_MS = 5000;
/** How long a live graph hands packets to one sink before others, the API among them, get their turn. */
const TURN_MS = 4;
const SOURCE_STAGE_ID = 0;
const BESIDE_ROOM_S = 4;

export type Renames = ReadonlyMap<string, string>;
const NO_RENAMES: Renames = new Map();

export interface GraphOptions {
  catalog: Catalog;
  resolveFile: ResolveFile;
  openSink: OpenSink;
  /** Off line: nothing is dropped, time counts from 0, and the source goes as fast as it can. */
  lossless: boolean;
}

/** A node beside a stage, on the same input: what comes out of both is taken, and neither knows. */
export interface Beside {
  stage: string;
  node: Node;
  taps: { stage: Tap; beside: Tap };
  /** Belongs to the graph; told when its stage is gone, or is another. Not called once it was let go. */
  onGone(): void;
}

interface Companion extends Beside {
  /** The stage's own. */
  of: Node;
  /** Begins with the state of the stage's own instance at the swap. */
  isNew: boolean;
}

interface RunningNode {
  node: Node;
  type: string;
  params: Params;
  /** What it was activated for: formatKey of its input. */
  input: string;
}

/** The next version of a graph, ready beside the running one. */
export interface Prepared {
  pipeline: Pipeline;
  plan: Plan;
  nodes: Map<string, RunningNode>;
  /** Made for this version: what it does not use in the end is destroyed. */
  made: Set<Node>;
  heirs: [from: Node, to: Node][];
  /** Stages that were there before and now begin anew. */
  reset: string[];
  /** New id -> old id. */
  formerly: Renames;
}

/** An outlet of the next version: one that stays, perhaps with another tap, or a new one. */
interface PlannedOutlet {
  outlet: Outlet;
  entry: OutletEntry;
  node: Node;
  tap: Tap;
  isNew: boolean;
}

export class Graph {
  readonly session: NativeSession;
  readonly source: OpenSource;
  readonly #turn_ms: number;
  #pipeline: Pipeline;
  #plan: Plan;
  #nodes = new Map<string, RunningNode>();
  #outlets = new Map<string, Outlet>();
  #stageIds = new Map<string, number>();
  #nextStageId = SOURCE_STAGE_ID + 1;
  #beside: Companion[] = [];

  /** Builds the graph; `start` sets it going. Throws ProblemsError with everything that does not fit. */
  static async open(pipeline: Pipeline, options: GraphOptions): Promise<Graph> {
    let source: OpenSource;
    try {
      source = await openSource(pipeline, options.catalog, options.resolveFile);
    } catch (error) {
      throw asProblems(error, "/source");
    }
    let graph: Graph | undefined;
    try {
      graph = new Graph(pipeline, source, options);
      await graph.commit(await graph.prepare(pipeline));
      return graph;
    } catch (error) {
      if (graph) graph.close();
      else closeSource(source);
      throw asProblems(error, "/source");
    }
  }

  private constructor(
    pipeline: Pipeline,
    source: OpenSource,
    private readonly options: GraphOptions,
  ) {
    this.#pipeline = pipeline;
    this.#plan = this.#compile(pipeline);
    this.source = source;
    const { lossless } = options;
    this.#turn_ms = lossless ? Number.POSITIVE_INFINITY : TURN_MS;
    const speed = lossless ? 0 : source.speed;
    /* Without a pace of its own the source would only fill rings that nobody has had time to empty. */
    const waits = speed === 0;
    this.session = new NativeSession(source.node, { block_frames: source.block_frames, speed, lossless: waits });
  }

  get pipeline(): Pipeline {
    return this.#pipeline;
  }

  get plan(): Plan {
    return this.#plan;
  }

  get outlets(): ReadonlyMap<string, Outlet> {
    return this.#outlets;
  }

  start(): void {
    this.source.feeder?.pump();
    this.session.start();
  }

  /** The node of the source, a stage or a native sink, now or in a prepared version; undefined for a bypassed stage. */
  node(
    id: string,
    { pipeline, nodes }: Pick<Prepared, "pipeline" | "nodes"> = { pipeline: this.#pipeline, nodes: this.#nodes },
  ) {
    return id === pipeline.source.id ? this.source.node : nodes.get(id)?.node;
  }

  /** A number that stays with a stage for life; in a prepared version new stages count on. */
  stageIds(prepared?: Prepared): Map<string, number> {
    const { pipeline, formerly } = prepared ?? { pipeline: this.#pipeline, formerly: NO_RENAMES };
    let next = this.#nextStageId;
    return new Map([
      [pipeline.source.id, SOURCE_STAGE_ID],
      ...pipeline.stages.map(({ id }): [string, number] => [id, this.#stageIds.get(formerly.get(id) ?? id) ?? next++]),
    ]);
  }

  /** Moves data: recordings into the source, packets into the sinks. Returns whether there may be more to do at once. */
  pump(): boolean {
    let more = this.source.feeder?.pump() ?? false;
    for (const outlet of this.#outlets.values()) if (outlet.pump(this.#turn_ms)) more = true;
    return more;
  }

  tick(): void {
    for (const outlet of this.#outlets.values()) outlet.sink.tick();
  }

  /** Makes ready what the next version needs. `renamed`: old id -> new id. Throws ProblemsError; then nothing was made. */
  async prepare(next: Pipeline, renamed: Renames = NO_RENAMES): Promise<Prepared> {
    const formerly = new Map([...renamed].map(([from, to]) => [to, from]));
    const plan = this.#compile(next, formerly);
    const prepared: Prepared = {
      pipeline: next,
      plan,
      nodes: new Map(),
      made: new Set(),
      heirs: [],
      reset: [],
      formerly,
    };
    const sourceSpec = this.options.catalog.sources.get(this.#pipeline.source.type) as ComponentSpec;
    const problems = [...sourceProblems(this.#pipeline.source, next.source, sourceSpec), ...coreProblems(next)];
    const broken = new Set<string>();
    for (const planned of plan.nodes) {
      try {
        if (broken.has(planned.upstream)) broken.add(planned.id);
        else await this.#prepareNode(planned, prepared);
      } catch (error) {
        broken.add(planned.id);
        const list = planned.sink ? "sinks" : "stages";
        const index = next[list].findIndex(({ id }) => id === planned.id);
        problems.push(...asProblems(error, `/${list}/${index}`, planned.id).problems);
      }
    }
    if (problems.length === 0) return prepared;
    this.discard(prepared);
    throw new ProblemsError(problems);
  }

  /** Runs another spec's instance beside a stage, in a group of its own. Throws ProblemsError. */
  async runBeside(stage: string, spec: ComponentSpec, onGone: () => void): Promise<Beside> {
    const planned = this.#plan.nodes.find(({ id }) => id === stage) as PlanNode;
    const of = this.node(stage) as Node;
    const upstream = this.node(planned.upstream) as Node;
    const node = new Node(spec, planned.params);
    const taps: Tap[] = [];
    try {
      await node.activate(upstream, upstream.format.max_frames);
      taps.push(new Tap(of, BESIDE_ROOM_S), new Tap(node, BESIDE_ROOM_S));
      const [own, beside] = taps as [Tap, Tap];
      const added = { stage, of, node, taps: { stage: own, beside }, onGone, isNew: true };
      this.#beside.push(added);
      await this.commit(await this.prepare(this.#pipeline));
      return added;
    } catch (error) {
      this.#beside = this.#beside.filter((it) => it.node !== node);
      for (const tap of taps) tap.destroy();
      node.destroy();
      throw asProblems(error, "", stage);
    }
  }

  /** Lets go of what runs beside. */
  async endBeside(gone: readonly Beside[]): Promise<void> {
    const mine = this.#beside.filter((it) => gone.some(({ node }) => node === it.node));
    this.#beside = this.#beside.filter((it) => !mine.includes(it));
    try {
      await this.commit(await this.prepare(this.#pipeline));
    } catch (error) {
      this.#beside.push(...mine);
      throw error;
    }
    for (const it of mine) closeBeside(it);
  }

  discard(prepared: Prepared): void {
    for (const node of prepared.made) node.destroy();
  }

  /** Puts a prepared version in the place of the running one. Throws ProblemsError if a sink cannot open its file; then
   * nothing has changed. */
  async commit(prepared: Prepared): Promise<void> {
    const undo: (() => void)[] = [() => this.discard(prepared)];
    let planned: PlannedOutlet[];
    const beside = this.#beside.filter((it) => this.#staysBeside(it, prepared));
    try {
      planned = this.#planOutlets(prepared, undo);
      await this.#swap(prepared, planned, beside);
    } catch (error) {
      for (const step of undo) step();
      throw asProblems(error, "/sinks");
    }

    const kept = new Set(planned.map(({ outlet }) => outlet));
    for (const outlet of this.#outlets.values()) if (!kept.has(outlet)) outlet.close();
    for (const { outlet, entry, node, tap, isNew } of planned) if (!isNew) outlet.adopt(entry, node, tap);
    this.#applyLive(prepared);
    const living = new Set([...prepared.nodes.values()].map(({ node }) => node));
    const nodes = [...this.#nodes.values()].map(({ node }) => node);
    for (const node of [...nodes, ...prepared.made]) if (!living.has(node)) node.destroy();

    this.#stageIds = this.stageIds(prepared);
    this.#nextStageId = Math.max(this.#nextStageId, ...[...this.#stageIds.values()].map((id) => id + 1));
    this.#pipeline = prepared.pipeline;
    this.#plan = prepared.plan;
    this.#nodes = prepared.nodes;
    this.#outlets = new Map(planned.map(({ outlet, entry }) => [entry.id, outlet]));
    const left = this.#beside.filter((it) => !beside.includes(it));
    this.#beside = beside;
    for (const it of beside) it.isNew = false;
    for (const it of left) {
      it.onGone();
      closeBeside(it);
    }
  }

  /** The outlet `id`, or a new one for listeners on the source or stage of that id; undefined if there is neither. */
  async outletFor(id: string): Promise<Outlet | undefined> {
    const there = this.#outlets.get(id);
    const node = this.node(id);
    if (there || !node || node.spec.output === "none") return there;
    this.#onDemand.add(id);
    await this.commit(await this.prepare(this.#pipeline));
    return this.#outlets.get(id);
  }

  /** Drops the outlet of a stream to which nobody listens any more, whatever it is called by now. */
  async forget(sink: Sink): Promise<void> {
    for (const [id, outlet] of this.#outlets)
      if (outlet.sink === sink && this.#onDemand.delete(id)) await this.commit(await this.prepare(this.#pipeline));
  }

  /** Ends everything; what is under way reaches the sinks first. */
  close(): void {
    this.session.destroy();
    for (const outlet of this.#outlets.values()) outlet.close();
    for (const it of this.#beside.splice(0)) {
      it.onGone();
      closeBeside(it);
    }
    for (const { node } of this.#nodes.values()) node.destroy();
    closeSource(this.source);
    this.#outlets.clear();
    this.#nodes.clear();
  }

  /** What cannot be had now is passed over, unless it runs already. */
  #compile(pipeline: Pipeline, formerly: Renames = NO_RENAMES): Plan {
    const { catalog } = this.options;
    const runs = (id: string, spec: ComponentSpec) => this.#nodes.get(formerly.get(id) ?? id)?.node.spec === spec;
    return compile(passingOver(pipeline, catalog, runs), catalog);
  }

  /** Ids of sources and stages to which somebody listens without a sink of the pipeline. */
  #onDemand = new Set<string>();

  /** An instance goes on if nothing changed but live parameters and names; one whose plugin was loaded anew hands its
   * state on. */
  async #prepareNode(planned: PlanNode, prepared: Prepared): Promise<void> {
    const { id, type, params } = planned;
    const old = this.#nodes.get(prepared.formerly.get(id) ?? id);
    const upstream = this.node(planned.upstream, prepared) as Node;
    const { stages, sinks } = this.options.catalog;
    const spec = (planned.sink ? sinks : stages).get(type) as ComponentSpec;
    const input = formatKey(upstream.format);
    const fits = old?.type === type && old.input === input;
    const changes = old ? changed(old.params, params) : [];
    const isSame = old?.node.spec === spec && !old.node.isOutdated;
    if (old && isSame && fits && changes.length === 0) {
      prepared.nodes.set(id, old);
      return;
    }
    const node = new Node(spec, params);
    prepared.made.add(node);
    await node.activate(upstream, upstream.format.max_frames);
    if (old && isSame && fits && changes.every((param) => isLive(spec, param))) {
      /* The new instance has shown that the numbers fit; the old one takes them over. */
      prepared.nodes.set(id, { ...old, params });
      return;
    }
    prepared.nodes.set(id, { node, type, params, input });
    if (old && isSame) prepared.reset.push(id);
    if (old && fits) prepared.heirs.push([old.node, node]);
  }

  #planOutlets(prepared: Prepared, undo: (() => void)[]): PlannedOutlet[] {
    const { pipeline, plan, formerly } = prepared;
    const wanted: OutletEntry[] = plan.sinks
      .filter(({ native }) => !native)
      .map(({ id, type, params, upstream }) => ({ id, type, params, upstream, declared: true }));
    const declared = new Set(wanted.map(({ id }) => id));
    const producers = [pipeline.source, ...plan.nodes.filter(({ sink }) => !sink)].filter(
      ({ id }) => this.#onDemand.has(formerly.get(id) ?? id) && !declared.has(id),
    );
    for (const { id } of producers) wanted.push({ id, type: "stream", params: {}, upstream: id, declared: false });

    this.#onDemand = new Set(producers.map(({ id }) => id));
    return wanted.map((entry) => this.#planOutlet(entry, prepared, undo));
  }

  #planOutlet(entry: OutletEntry, prepared: Prepared, undo: (() => void)[]): PlannedOutlet {
    const node = this.node(entry.upstream, prepared) as Node;
    const old = this.#outlets.get(prepared.formerly.get(entry.id) ?? entry.id);
    if (old && old.entry.type === entry.type && changed(old.entry.params, entry.params).length === 0) {
      const tap = old.tapFor(node);
      if (tap !== old.tap) undo.push(() => tap.destroy());
      return { outlet: old, entry, node, tap, isNew: false };
    }
    const sink = this.options.openSink(entry, node.format);
    const outlet = new Outlet(entry, node, sink);
    undo.push(() => outlet.close());
    return { outlet, entry, node, tap: outlet.tap, isNew: true };
  }

  /** What runs beside a stage does so as long as that is the same instance, on the same kind of input. */
  #staysBeside({ stage, of, node }: Companion, prepared: Prepared): boolean {
    const planned = prepared.plan.nodes.find(({ id }) => id === stage);
    const upstream = planned && this.node(planned.upstream, prepared);
    const before = this.#nodes.get(stage);
    const isSame = prepared.nodes.get(stage)?.node === of && before?.node === of;
    return isSame && upstream !== undefined && formatKey(upstream.format) === before.input && node !== of;
  }

  async #swap(
    { plan, nodes, heirs, pipeline }: Prepared,
    outlets: PlannedOutlet[],
    beside: readonly Companion[],
  ): Promise<void> {
    const next = new NativePlan();
    const nodeOf = (id: string) => this.node(id, { pipeline, nodes }) as Node;
    // Off line a thread has no block to be in time for, and spins.
    const cores = placeGroups(plan.groups, this.options.lossless ? [] : isolatedCores());
    for (const { id, upstream, group } of plan.nodes)
      next.addNode(nodeOf(id), nodeOf(upstream), group, cores.get(group));
    for (const { tap, node } of outlets) next.addTap(tap, node);
    for (const { stage, of, node, taps, isNew } of beside) {
      const upstream = plan.nodes.find(({ id }) => id === stage)?.upstream as string;
      next.addNode(node, nodeOf(upstream), `beside ${stage}`);
      next.addTap(taps.stage, of);
      next.addTap(taps.beside, node);
      if (isNew) next.addHeir(of, node);
    }
    for (const [from, to] of heirs) next.addHeir(from, to);
    const deadline = performance.now() + SWAP_DEADLINE_MS;
    try {
      while (!this.session.swap(next, SWAP_TIMEOUT_US)) {
        if (performance.now() > deadline)
          throw new BusyError(
            "the graph cannot keep up with its signal and could not be changed: stop it and start one that does less",
          );
        this.pump();
        await Bun.sleep(0);
      }
    } catch (error) {
      next.destroy();
      throw error;
    }
  }

  #applyLive({ nodes, pipeline, formerly, made }: Prepared): void {
    for (const [id, { node, params }] of nodes) {
      const old = this.#nodes.get(formerly.get(id) ?? id);
      if (old && !made.has(node)) node.change(pick(params, changed(old.params, params)));
    }
    const { params } = pipeline.source;
    this.source.node.change(pick(params, changed(this.#pipeline.source.params, params)));
  }
}

function closeBeside({ node, taps }: Beside): void {
  taps.stage.destroy();
  taps.beside.destroy();
  node.destroy();
}

function closeSource({ feeder, node }: OpenSource): void {
  feeder?.close();
  node.destroy();
}
