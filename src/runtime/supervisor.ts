// SPDX-License-Identifier: Apache-2.0
//
// The supervisor runs one pipeline at a time and is the Box that API and CLI talk to. Changes come one after the other,
// whoever asks; packets flow meanwhile.
import { EngineError } from "../native/engine.ts";
import type { Node } from "../native/node.ts";
import { applyPatch } from "../pipeline/apply.ts";
import type { Catalog, ComponentSpec } from "../pipeline/catalog.ts";
import type { PatchAction } from "../pipeline/patch.ts";
import type { Pipeline } from "../pipeline/pipeline.ts";
import { messageOf, type Problem, ProblemsError } from "../pipeline/problem.ts";
import {
  type Box,
  BusyError,
  ConflictError,
  type GraphView,
  NotFoundError,
  NotRunningError,
  type PatchOptions,
  type PatchResult,
  type Pulse,
  type RunState,
  type StreamListener,
  type StreamView,
  type Telemetry,
} from "./box.ts";
import type { EventBus } from "./events.ts";
import { type Beside, Graph, type Prepared, type Renames } from "./graph.ts";
import { graphView, pulseOf, streamViews, telemetryOf } from "./graph-view.ts";
import { missingPlugins } from "./passing-over.ts";
import { liveSinks } from "./sink.ts";
import type { ResolveFile } from "./source.ts";
import { StreamHub } from "./stream-hub.ts";
import { Turns } from "./turns.ts";

/** How long packets wait in their taps at most, while somebody listens to a stream and while nobody does. */
const HEARD_INTERVAL_MS = 1;
const UNHEARD_INTERVAL_MS = 8;
const TICK_INTERVAL_MS = 100;
/** A stream to which nobody listens any more keeps its tap this long. */
const LINGER_MS = 5000;
const UNDO_DEPTH = 100;
const MOST_EVENT_CHARS = 8192;

export interface SupervisorOptions {
  catalog: Catalog;
  events: EventBus;
  recordings_folder: string;
  resolveFile: ResolveFile;
  /** What runs now, whenever that changes: to be remembered over a restart. */
  onChange(pipeline: Pipeline | undefined): void;
}

interface Version {
  pipeline: Pipeline;
  /** Undo: what the next version had renamed, new id -> old id. */
  renamedBack: Renames;
}

export class Supervisor implements Box {
  readonly catalog: Catalog;
  #graph: Graph | undefined;
  #state: RunState = "stopped";
  #revision = 0;
  #history: Version[] = [];
  #startedAt = 0;
  #runs = 0;
  readonly #turns = new Turns();
  #ticking: Timer | undefined;

  constructor(private readonly options: SupervisorOptions) {
    this.catalog = options.catalog;
  }

  graph(): GraphView | undefined {
    return this.#graph && graphView(this.#graph, this.#revision, this.#state);
  }

  pipeline(): Pipeline | undefined {
    return this.#graph?.pipeline;
  }

  get state(): RunState {
    return this.#state;
  }

  /** `degraded`: stages whose plugin is not there are passed over until it is, instead of being refused. */
  start(pipeline: Pipeline, { degraded = false } = {}): Promise<GraphView> {
    return this.#turns.take(async () => {
      const { catalog, resolveFile } = this.options;
      if (!degraded) refuse(missingPlugins(pipeline, catalog, () => true));
      const graph = await Graph.open(pipeline, {
        catalog,
        resolveFile,
        openSink: this.#openSink(pipeline),
        lossless: false,
      });
      this.#end("PipelineStopped");
      this.#graph = graph;
      this.#history = [];
      this.#revision++;
      this.#state = "running";
      this.#startedAt = performance.now();
      this.#runs++;
      try {
        inWords(() => graph.start());
      } catch (error) {
        this.#end("PipelineStopped");
        throw error;
      }
      this.#ticking = setInterval(() => graph.tick(), TICK_INTERVAL_MS);
      this.#pump(graph);
      for (const message of graph.source.notices) this.options.events.publish("Notice", { message });
      this.options.events.publish("PipelineStarted", { pipeline: pipeline.name, revision: this.#revision });
      this.options.onChange(pipeline);
      return graphView(graph, this.#revision, this.#state);
    });
  }

  stop(): Promise<void> {
    return this.#turns.take(async () => {
      if (!this.#graph) return;
      this.#end("PipelineStopped");
      this.options.onChange(undefined);
    });
  }

  /** Stops for a shutdown: the box will run the same again when it comes back. */
  shutdown(): Promise<void> {
    return this.#turns.take(async () => this.#end("PipelineStopped"));
  }

  patch(actions: readonly PatchAction[], options: PatchOptions = {}): Promise<PatchResult> {
    return this.#turns.take(async () => {
      const graph = this.#running(options);
      const { pipeline, difference } = applyPatch(graph.pipeline, actions, this.catalog);
      const { added, remade, resumed } = difference;
      refuse(missingPlugins(pipeline, this.catalog, (id) => [...added, ...remade, ...resumed].includes(id)));
      const before = graph.pipeline;
      const result = await this.#change(graph, await graph.prepare(pipeline, difference.renamed), options);
      if (!options.dry_run) {
        const renamedBack = new Map([...difference.renamed].map(([from, to]) => [to, from]));
        this.#history.push({ pipeline: before, renamedBack });
        if (this.#history.length > UNDO_DEPTH) this.#history.shift();
        this.options.events.publish("StageOp", {
          revision: this.#revision,
          actions: brief(actions),
          by: options.by ?? "",
        });
      }
      return result;
    });
  }

  undo(options: PatchOptions = {}): Promise<PatchResult> {
    return this.#turns.take(async () => {
      const graph = this.#running(options);
      const last = this.#history.at(-1);
      if (!last) throw new NotFoundError("there is no change to take back");
      const result = await this.#change(graph, await graph.prepare(last.pipeline, last.renamedBack), options);
      if (!options.dry_run) {
        this.#history.pop();
        this.options.events.publish("StageOp", { revision: this.#revision, undo: true, by: options.by ?? "" });
      }
      return result;
    });
  }

  /** Makes anew what came from a library that the catalogue no longer has: a plugin was loaded again, or went. Its stages
   * hand their state on, all others go on untouched. Throws ProblemsError; then nothing has changed. */
  refresh(): Promise<void> {
    return this.#turns.take(async () => {
      const graph = this.#graph;
      if (!graph) return;
      const before = graph.pipeline;
      /* Another version may have other parameters. */
      const { pipeline } = applyPatch(before, [], this.catalog);
      const isSame = JSON.stringify(pipeline) === JSON.stringify(before);
      await graph.commit(await graph.prepare(isSame ? before : pipeline));
      if (isSame) return;
      this.#revision++;
      this.options.onChange(graph.pipeline);
    });
  }

  /** Another instance beside a stage that runs, on the same data; see Graph. Throws ProblemsError, NotRunningError. */
  runBeside(stage: string, spec: ComponentSpec, onGone: () => void): Promise<Beside> {
    return this.#turns.take(() => this.#running({}).runBeside(stage, spec, onGone));
  }

  endBeside(beside: readonly Beside[]): Promise<void> {
    return this.#turns.take(async () => this.#graph?.endBeside(beside));
  }

  /** The source and the stages that run, for whoever looks after plugins. */
  nodes(): { id: string; node: Node }[] {
    const graph = this.#graph;
    if (!graph) return [];
    const ids = [graph.pipeline.source.id, ...graph.plan.nodes.map(({ id }) => id)];
    return ids.flatMap((id) => {
      const node = graph.node(id);
      return node ? [{ id, node }] : [];
    });
  }

  mark(label: string, duration_s = 0): void {
    if (!this.#graph || this.#state !== "running") throw new NotRunningError();
    if (!this.#graph.session.mark(label, duration_s))
      throw new BusyError("too many markers are waiting for their sample; try again in a moment");
    this.options.events.publish("Marker", { label, duration_s });
  }

  telemetry(): Telemetry {
    return telemetryOf(this.#graph, { revision: this.#revision, state: this.#state, uptime_s: this.#uptime_s });
  }

  pulse(): Pulse {
    return { state: this.#state, run: this.#runs, uptime_s: this.#uptime_s, ...pulseOf(this.#graph) };
  }

  get #uptime_s(): number {
    return this.#graph ? (performance.now() - this.#startedAt) / 1000 : 0;
  }

  /** Whether a recorder writes the file of that name. */
  isWriting(file: string): boolean {
    const outlets = [...(this.#graph?.outlets.values() ?? [])];
    return outlets.map(({ sink }) => sink.detail()).some((detail) => detail.open === true && detail.file === file);
  }

  streams(): StreamView[] {
    return this.#graph ? streamViews(this.#graph) : [];
  }

  listen(stream: string, listener: StreamListener): Promise<() => void> {
    return this.#turns.take(async () => {
      const graph = this.#running({});
      const outlet = await graph.outletFor(stream);
      if (!(outlet?.sink instanceof StreamHub)) {
        const ids = streamViews(graph).map(({ id }) => id);
        throw new NotFoundError(`there is no stream "${stream}"; there are ${ids.join(", ")}`);
      }
      const hub = outlet.sink;
      const leave = hub.add(listener);
      return () => {
        leave();
        setTimeout(() => this.#forgetIfUnheard(graph, hub), LINGER_MS).unref();
      };
    });
  }

  #forgetIfUnheard(graph: Graph, hub: StreamHub): void {
    if (hub.clients > 0) return;
    this.#turns
      .take(async () => {
        if (this.#graph === graph && hub.clients === 0) await graph.forget(hub);
      })
      .catch((error) => console.error("a stream that nobody hears stays open:", error));
  }

  #openSink(pipeline: Pipeline) {
    const { events, recordings_folder } = this.options;
    return liveSinks({
      pipeline: pipeline.name,
      recordings_folder,
      onOpened: (sink, detail) => events.publish("RecordingStarted", { sink, ...detail }),
      onClosed: (sink, detail) => events.publish("RecordingClosed", { sink, ...detail }),
      onFailed: (sink, { file, fault }) => events.publish("Notice", { message: `${sink}, ${file}: ${fault}` }),
    });
  }

  async #change(graph: Graph, prepared: Prepared, { dry_run = false }: PatchOptions): Promise<PatchResult> {
    if (dry_run) {
      const view = graphView(graph, this.#revision, this.#state, prepared);
      graph.discard(prepared);
      return { dry_run, graph: view, reset: prepared.reset };
    }
    await graph.commit(prepared);
    this.#revision++;
    this.options.onChange(graph.pipeline);
    return { dry_run, graph: graphView(graph, this.#revision, this.#state), reset: prepared.reset };
  }

  #running({ if_revision }: PatchOptions): Graph {
    if (!this.#graph) throw new NotRunningError();
    if (if_revision !== undefined && if_revision !== this.#revision)
      throw new ConflictError(this.#revision, if_revision);
    return this.#graph;
  }

  /** Moves what there is and comes back, for as long as the graph runs: between two calls of the API while there is more. */
  #pump(graph: Graph): void {
    if (this.#graph !== graph || this.#state === "fault") return;
    let more: boolean;
    try {
      more = graph.pump();
    } catch (error) {
      this.#fault(error);
      return;
    }
    if (more) {
      setImmediate(() => this.#pump(graph));
      return;
    }
    if (this.#state === "running" && graph.session.has_ended) this.#turns.take(async () => this.#finish(graph));
    setTimeout(() => this.#pump(graph), isHeard(graph) ? HEARD_INTERVAL_MS : UNHEARD_INTERVAL_MS);
  }

  /** The recording that was played is over. The graph stays to be looked at, its files are closed. */
  #finish(graph: Graph): void {
    if (this.#graph !== graph || this.#state !== "running") return;
    while (graph.pump());
    this.#state = "ended";
    this.options.events.publish("PipelineEnded", { pipeline: graph.pipeline.name });
    for (const outlet of graph.outlets.values()) if (!(outlet.sink instanceof StreamHub)) outlet.sink.close();
  }

  /** The recording that is played could not be read on. What was there has gone through; the box stays up. */
  #fault(error: unknown): void {
    this.#state = "fault";
    this.options.events.publish("Notice", {
      message: `the source failed: ${messageOf(error)}`,
    });
  }

  #end(event: "PipelineStopped"): void {
    const graph = this.#graph;
    if (!graph) return;
    clearInterval(this.#ticking);
    this.#graph = undefined;
    this.#state = "stopped";
    graph.close();
    this.options.events.publish(event, { pipeline: graph.pipeline.name });
  }
}

function isHeard(graph: Graph): boolean {
  return [...graph.outlets.values()].some(({ sink }) => sink instanceof StreamHub && sink.clients > 0);
}

/** Large edits are told by name: events are kept, and sent to everybody. */
function brief(actions: readonly PatchAction[]): object[] {
  if (JSON.stringify(actions).length <= MOST_EVENT_CHARS) return [...actions];
  return actions.map(({ action }) => ({ action }));
}

function refuse(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new ProblemsError(problems);
}

/** What the engine has no room for is a matter of the moment. */
function inWords(act: () => void): void {
  try {
    act();
  } catch (error) {
    throw error instanceof EngineError ? new BusyError(error.message) : error;
  }
}
