// SPDX-License-Identifier: Apache-2.0
//
// Looks after a plugin's instances, some ten times a second: starts those again that fell over, the first time at once
// and then with growing pauses, gives up on one that falls over again and again, and keeps count of everything.
import type { Node, NodeStats } from "../../native/node.ts";
import { messageOf } from "../../pipeline/problem.ts";
import { Backoff } from "./backoff.ts";

const RESTART_MS = { first: 100, most: 10_000 };
/** So many crashes of one stage within that time are too many. */
const MOST_CRASHES = 5;
const CRASH_WINDOW_MS = 60_000;
/** One that was well for so long begins with a clean record. */
const CLEAN_MS = 60_000;
/** How often what goes on being wrong is told, and how long it is told after the last time. */
const COMPLAINT_MS = 10_000;
const TROUBLE_MS = 30_000;

/** An instance of a stage, or a plugin's main part. */
export type Watched = Pick<Node, "watch" | "restart" | "stats">;

export interface WatchedInstance<Of extends Watched = Watched> {
  /** Id of the stage, or what stands for one. */
  id: string;
  node: Of;
  /** Outside of the graph: whoever called it is told of a crash, and nobody gives the plugin up for it. */
  isCallers?: boolean;
}

export interface WatchdogReports {
  /** An instance is gone, or its outputs are not what they must be. */
  fault(message: string): void;
  restarted(message: string): void;
  /** Falls over whatever is done; nothing is restarted any more until `resume`. */
  givenUp(reason: string, crashes: string[]): void;
}

interface InstanceRecord {
  id: string;
  state: "well" | "gone" | "restarting";
  backoff: Backoff;
  isFirst: boolean;
  restart_at: number;
  well_since: number;
  /** Within the last while. */
  crashes: { at: number; time: string }[];
  stats: NodeStats;
  complaints: Map<string, { at: number; count: number }>;
}

type Totals = Pick<NodeStats, "blocks" | "late" | "substituted" | "bad_blocks" | "restarts" | "cpu_ns">;

export class Watchdog {
  #records = new Map<Watched, InstanceRecord>();
  /** Of instances that are no more. */
  #past: Totals = { blocks: 0, late: 0, substituted: 0, bad_blocks: 0, restarts: 0, cpu_ns: 0 };
  #crashes = 0;
  #isPaused = false;
  #trouble: { message: string; until: number } | undefined;

  constructor(private readonly reports: WatchdogReports) {}

  get crashes(): number {
    return this.#crashes;
  }

  /** What is wrong with outputs at the moment. */
  get trouble(): string | undefined {
    return this.#trouble && this.#trouble.until > performance.now() ? this.#trouble.message : undefined;
  }

  /** Those that are no longer among `instances` are gone for good. */
  look(instances: readonly WatchedInstance[]): void {
    const here = new Set(instances.map(({ node }) => node));
    for (const [node, record] of this.#records) if (!here.has(node)) this.#remove(node, record);
    for (const instance of instances) this.#lookAt(instance);
  }

  /** Begins with a clean record. */
  resume(): void {
    this.#isPaused = false;
    this.#trouble = undefined;
    for (const record of this.#records.values()) {
      record.crashes = [];
      record.backoff.reset();
      record.isFirst = true;
      record.restart_at = 0;
    }
  }

  /** Counters of all instances there were, times and memory of those there are. */
  totals(): Totals & Pick<NodeStats, "p50_ns" | "p99_ns" | "max_ns" | "memory_bytes"> {
    const totals = { ...this.#past, p50_ns: 0, p99_ns: 0, max_ns: 0, memory_bytes: 0 };
    for (const { stats } of this.#records.values()) {
      for (const key of Object.keys(this.#past) as (keyof Totals)[]) totals[key] += stats[key];
      for (const key of ["p50_ns", "p99_ns", "max_ns"] as const) totals[key] = Math.max(totals[key], stats[key]);
      totals.memory_bytes += stats.memory_bytes;
    }
    return totals;
  }

  #remove(node: Watched, { stats }: InstanceRecord): void {
    this.#records.delete(node);
    for (const key of Object.keys(this.#past) as (keyof Totals)[]) this.#past[key] += stats[key];
  }

  #lookAt({ id, node, isCallers = false }: WatchedInstance): void {
    const record = this.#records.get(node) ?? this.#add(id, node);
    record.id = id;
    const health = node.watch();
    if (health.state === "well") this.#isWell(record);
    else if (health.state === "gone") this.#isGone(record, node, health.reason, isCallers);
    const stats = node.stats();
    this.#judge(record, stats);
    record.stats = stats;
  }

  #add(id: string, node: Watched): InstanceRecord {
    const record: InstanceRecord = {
      ...{ id, state: "well", isFirst: true, restart_at: 0, well_since: performance.now(), crashes: [] },
      backoff: new Backoff(RESTART_MS.first, RESTART_MS.most),
      stats: node.stats(),
      complaints: new Map(),
    };
    this.#records.set(node, record);
    return record;
  }

  #isWell(record: InstanceRecord): void {
    if (record.state !== "well") {
      record.state = "well";
      record.well_since = performance.now();
      this.reports.restarted(`${record.id} is there again`);
    }
    if (performance.now() - record.well_since < CLEAN_MS) return;
    record.backoff.reset();
    record.isFirst = true;
  }

  #isGone(record: InstanceRecord, node: Watched, reason: string, isCallers: boolean): void {
    const now = performance.now();
    if (record.state !== "gone") {
      record.state = "gone";
      this.#crashes++;
      const lately = record.crashes.filter(({ at }) => now - at < CRASH_WINDOW_MS);
      record.crashes = [...lately, { at: now, time: new Date().toISOString() }];
      this.reports.fault(`${record.id}: ${reason}`);
      record.restart_at = now + (record.isFirst ? 0 : record.backoff.next());
      record.isFirst = false;
      if (record.crashes.length >= MOST_CRASHES && !this.#isPaused && !isCallers) {
        this.#isPaused = true;
        const seconds = Math.max(1, Math.round((now - (record.crashes[0]?.at ?? now)) / 1000));
        this.reports.givenUp(
          `${record.id} fell over ${record.crashes.length} times within ${seconds} s; the last time: ${reason}`,
          record.crashes.map(({ time }) => time),
        );
      }
    }
    if (this.#isPaused || now < record.restart_at) return;
    record.state = "restarting";
    try {
      node.restart();
    } catch (error) {
      record.state = "gone";
      record.restart_at = now + record.backoff.next();
      this.reports.fault(`${record.id} could not be started again: ${messageOf(error)}`);
    }
  }

  /** Whether its outputs are what they must be. Of one that is gone they are missing, which is told already. */
  #judge(record: InstanceRecord, stats: NodeStats): void {
    const bad = stats.bad_blocks - record.stats.bad_blocks;
    const late = record.state === "well" ? stats.late - record.stats.late : 0;
    this.#complain(record, "bad", bad, "blocks whose numbers are not finite, or whose shape is not the one agreed");
    this.#complain(record, "late", late, "blocks too late: they were not there by their deadline");
  }

  #complain(record: InstanceRecord, kind: string, more: number, words: string): void {
    if (more <= 0) return;
    const now = performance.now();
    const last = record.complaints.get(kind) ?? { at: Number.NEGATIVE_INFINITY, count: 0 };
    last.count += more;
    const message = `${record.id} puts out ${words}`;
    this.#trouble = { message, until: now + TROUBLE_MS };
    if (now - last.at >= COMPLAINT_MS) {
      this.reports.fault(`${message}: ${last.count} since it was last told`);
      last.at = now;
      last.count = 0;
    }
    record.complaints.set(kind, last);
  }
}

/** The instances of a plugin among nodes. */
export function instancesOf(plugin: string, watched: readonly WatchedInstance<Node>[]): WatchedInstance[] {
  return watched.filter(({ node }) => node.spec.plugin?.id === plugin);
}
