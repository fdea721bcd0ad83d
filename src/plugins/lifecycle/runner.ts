// SPDX-License-Identifier: Apache-2.0
//
// The life of one plugin: disabled, loading, ready, error. What is wanted (the versions in the folders, the operator's
// choices) comes in from outside; the runner brings what runs to it, one change after the other, and does nothing where
// it is so already. A version that does not work never takes the place of one that does.
import type { Components } from "../../native/catalog.ts";
import { EngineError, STATUS } from "../../native/engine.ts";
import { LibraryError } from "../../native/library.ts";
import { messageOf, ProblemsError } from "../../pipeline/problem.ts";
import { Turns } from "../../runtime/turns.ts";
import { grantedPermissions, isEnabled, isolationOf, permissionDifference } from "../choices/permissions.ts";
import type { Quarantine } from "../choices/record.ts";
import type { FoundPlugin, PluginState } from "../plugin.ts";
import { Announcements } from "./announcements.ts";
import { bypasses } from "./bypasses.ts";
import { clearPrepared } from "./component-program.ts";
import type { RunnerContext } from "./context.ts";
import type { Durations } from "./durations.ts";
import { LoadRetry } from "./load-retry.ts";
import type { PluginLog } from "./log.ts";
import { MainKeeper } from "./main-keeper.ts";
import { fingerprintOf, type OpenPlugin, openPlugin } from "./open-plugin.ts";
import { Probation } from "./probation.ts";
import { QuarantineError, QuarantineKeeper } from "./quarantine.ts";
import { allOf, NOTHING, standIns } from "./stand-ins.ts";
import type { Wanted } from "./wanted.ts";
import { Watchdog, type WatchedInstance } from "./watchdog.ts";

const CLOSE_MS = 1000;

export class PluginRunner {
  readonly watchdog: Watchdog;
  readonly #announce: Announcements;
  #wanted: Wanted;
  #state: PluginState;
  #reason: string | undefined;
  #open: OpenPlugin | undefined;
  /** As it was last found in a folder. */
  #known: FoundPlugin | undefined;
  /** What stands in the catalogue for it: its components, or what keeps their place. */
  #listed = NOTHING;
  #loads = 0;
  #reloads = 0;
  /** What could not take over: not tried again until it is another. */
  #refused: string | undefined;
  readonly #keeper: QuarantineKeeper;
  readonly #probation = new Probation();
  readonly #retry = new LoadRetry();
  readonly #ending = new AbortController();
  readonly #main: MainKeeper;
  readonly #turns = new Turns();
  #exchanged: ((next: OpenPlugin) => Promise<string[]>) | undefined;
  #closing: (() => Promise<void>) | undefined;

  constructor(
    readonly id: string,
    wanted: Wanted,
    private readonly context: RunnerContext,
  ) {
    this.#wanted = wanted;
    this.#state = isEnabled(wanted.chosen?.plugin.manifest, wanted.choice) ? "loading" : "disabled";
    this.#announce = new Announcements(id, context.events);
    this.#main = new MainKeeper(context, this.#announce);
    this.#keeper = new QuarantineKeeper(id, context.choices, this.#announce);
    this.watchdog = new Watchdog({
      fault: (message) => this.#announce.fault(message),
      restarted: (message) => this.log.happened(message),
      givenUp: (reason, crashes) => this.#quarantine(reason, crashes),
    });
  }

  get log(): PluginLog {
    return this.#announce.log;
  }

  get state(): PluginState {
    return this.#state;
  }

  get reason(): string | undefined {
    return this.#reason ?? (this.#state === "ready" ? this.#trouble() : undefined);
  }

  /** Of one that has a server, with what is known of that. */
  #trouble(): string | undefined {
    const { trouble } = this.watchdog;
    const words = this.#open?.found.manifest.runtime.address === undefined ? undefined : this.log.lastWords;
    return trouble && words ? `${trouble}; ${words}` : trouble;
  }

  get wanted(): Wanted {
    return this.#wanted;
  }

  /** The version that runs. */
  get open(): OpenPlugin | undefined {
    return this.#open;
  }

  get counts(): { loads: number; reloads: number } {
    return { loads: this.#loads, reloads: this.#reloads };
  }

  /** How long its services took to answer. */
  get answers(): ReturnType<Durations["summary"]> {
    return this.#main.answers.summary();
  }

  get retry_at(): string | undefined {
    return this.#retry.at;
  }

  get quarantine(): Quarantine | undefined {
    const { quarantine } = this.#keeper;
    return this.#state === "error" && this.#reason === quarantine?.reason ? quarantine : undefined;
  }

  /** Whoever holds instances of its own: told of a new version while the old one is still open, and answers what could
   * not go on with it; and told before the end. */
  onChange(exchanged: (next: OpenPlugin) => Promise<string[]>, closing: () => Promise<void>): void {
    this.#exchanged = exchanged;
    this.#closing = closing;
  }

  /** Takes note of what is wanted now and brings it about. Throws ProblemsError where that would take a stage that the
   * graph cannot do without; then nothing has changed. */
  update(wanted: Wanted): Promise<void> {
    return this.#turns.take(async () => {
      const before = this.#wanted;
      this.#wanted = wanted;
      try {
        await this.#apply();
      } catch (error) {
        if (wanted.choice.enabled === false) this.#wanted = { ...wanted, choice: before.choice };
        throw error;
      }
    });
  }

  /** Opens what lies in the folder in the place of what runs. Throws ProblemsError if it does not work; then what ran
   * goes on. */
  reload(wanted: Wanted): Promise<void> {
    return this.#turns.take(async () => {
      this.#wanted = wanted;
      await this.#apply({ again: true });
    });
  }

  /** Out of quarantine, and without waiting any longer. */
  retry(wanted: Wanted): Promise<void> {
    return this.#turns.take(async () => {
      this.#wanted = wanted;
      await this.#keeper.leave(this.#open);
      this.watchdog.resume();
      this.#retry.reset();
      this.#refused = undefined;
      if (!this.#open) return this.#apply({ again: true });
      if (this.#state !== "ready") this.#become("ready");
      await this.context.graph.refresh();
      await this.#apply(); // with what was granted since, maybe, for want of which it fell over
      return this.#main.resume();
    });
  }

  /** Some ten times a second, with the instances it has. */
  look(instances: readonly WatchedInstance[]): void {
    this.watchdog.look([...instances, ...this.#main.watched()]);
  }

  /** Once a second. */
  readLog(): void {
    this.#announce.wrote(`${this.#open?.library?.log() ?? ""}${this.#main.log()}`);
  }

  /** Its folder is gone, and the graph cannot do without it: what is in memory goes on. */
  stays(reason: string): void {
    if (this.#reason === reason) return;
    this.#reason = reason;
    this.#announce.fault(reason);
  }

  /** Ends with its folder. Stages that the graph still names are passed over, and keep their place in the catalogue:
   * the rest of the graph can be edited all the same. */
  async leave(): Promise<void> {
    await this.close();
    const named = new Set(this.context.graph.pipeline()?.stages.map(({ type }) => type));
    const left = this.#known && standIns(this.#known, "was removed: install it again, or remove the stage");
    if (left)
      this.context.catalog.replace(NOTHING, { ...NOTHING, stages: left.stages.filter((it) => named.has(it.type)) });
  }

  /** Ends with the box: the graph is gone already. What is still being loaded is not waited for. */
  async close(): Promise<void> {
    this.#ending.abort();
    this.#retry.forget();
    await Promise.race([this.#turns.settled(), Bun.sleep(CLOSE_MS)]);
    this.#retry.forget();
    await this.#closing?.();
    await this.#main.end();
    this.context.catalog.replace(this.#listed);
    this.#open?.library?.close();
    this.#open = undefined;
  }

  async #apply({ again = false } = {}): Promise<void> {
    if (this.#ending.signal.aborted) return;
    const { chosen, broken, choice } = this.#wanted;
    this.#known = chosen?.plugin ?? this.#known;
    const mayRun = isEnabled(chosen?.plugin.manifest, choice);
    /* What has just failed is tried again when its time has come, whatever else has changed in the folders. */
    const isToRun = mayRun && chosen !== undefined && chosen.problem === undefined;
    if (!again && isToRun && this.#retry.isFor(fingerprintOf(chosen.plugin, choice))) return;
    this.#retry.forget();
    if (!mayRun) return this.#shut("disabled", "is disabled");
    const unreadable = broken.find(({ folder }) => folder === this.#open?.found.folder);
    if (unreadable) return this.#refuse(new ProblemsError(unreadable.problems), again);
    if (!chosen || chosen.problem !== undefined) {
      const words = chosen?.problem ?? "its folder is gone";
      return this.#shut("error", `cannot run: ${words}`, words);
    }
    const found = chosen.plugin;
    if (!this.#open) return this.#load(found, again);
    const fingerprint = fingerprintOf(found, choice);
    if (again) return this.#exchange(found, fingerprint, again);
    if (this.#open.fingerprint === fingerprint) {
      /* What could not take over is gone. */
      if (this.#state === "ready" && this.#reason !== undefined) this.#become("ready");
    } else if (this.#refused !== fingerprint) await this.#exchange(found, fingerprint, again);
  }

  /** Nothing runs; now it shall. Failing is a state, and throws only for somebody who waits for an answer. */
  async #load(found: FoundPlugin, isAsked: boolean): Promise<void> {
    const { graph } = this.context;
    if (allOf(this.#listed).length === 0) this.#list(standIns(found, "is loading"));
    this.#become("loading");
    let next: OpenPlugin | undefined;
    try {
      next = await this.#openVersion(found);
      this.#loads++;
      this.#list(next.components);
      await graph.refresh();
      await this.context.choices.pardon(this.id);
      this.watchdog.resume();
      this.#open = next;
      this.#retry.reset();
      this.#become("ready");
    } catch (error) {
      this.#failed(found, error);
      discard(next);
      if (isAsked) throw asProblems(error);
      return;
    }
    await this.#main.take(next, this.#wanted.choice);
  }

  async #openVersion(found: FoundPlugin): Promise<OpenPlugin> {
    const { places, signatures, open_limit_ms: limit_ms, trail } = this.context;
    const { choice } = this.#wanted;
    const isHere = isolationOf(found, choice) === "in-process";
    let next: OpenPlugin | undefined;
    try {
      next = await openPlugin(found, choice, places, {
        ...(limit_ms !== undefined && { limit_ms }),
        signatures,
        withMain: this.context.bus !== undefined,
        signal: this.#ending.signal,
        beforeRunning: (sha256) => {
          this.#keeper.check(sha256);
          if (isHere) trail?.opening(this.id, sha256);
        },
      });
      return next;
    } finally {
      if (isHere) this.#tellTrail(next ?? this.#open);
    }
  }

  #tellTrail(open: OpenPlugin | undefined): void {
    if (open?.isolation === "in-process") this.context.trail?.open(this.id, open.sha256);
    else this.context.trail?.closed(this.id);
  }

  #failed(found: FoundPlugin, error: unknown): void {
    if (error instanceof LibraryError) this.log.wrote(error.log);
    const message = messageOf(error);
    this.#list(standIns(found, `is in error: ${message}`));
    this.#become("error", message);
    if (error instanceof QuarantineError) this.log.wrote((this.#keeper.quarantine?.log ?? []).join("\n"));
    else this.#announce.toldFault(message);
    /* What was refused without running stays refused until its file is another. */
    if (!(error instanceof EngineError) || error.status === STATUS.refused) return;
    this.#retry.schedule(fingerprintOf(found, this.#wanted.choice), () => {
      this.#turns.take(() => this.#apply()).catch((failure) => console.error(`plugin ${this.id}:`, failure));
    });
  }

  /** Something runs; that version shall take its place, with the state of its instances, between two packets. */
  async #exchange(found: FoundPlugin, fingerprint: string, isAsked: boolean): Promise<void> {
    const { graph } = this.context;
    const old = this.#open as OpenPlugin;
    let next: OpenPlugin;
    try {
      next = await this.#openVersion(found);
    } catch (error) {
      this.#refused = fingerprint;
      return this.#stay(old, error, isAsked);
    }
    try {
      this.#list(next.components);
      await graph.refresh();
    } catch (error) {
      this.#list(old.components);
      discard(next);
      this.#refused = fingerprint;
      return this.#stay(old, error, isAsked);
    }
    this.#open = next;
    this.#refused = undefined;
    this.#reloads++;
    this.#probation.begin(old.found, found);
    for (const loss of (await this.#exchanged?.(next)) ?? []) this.#announce.fault(loss);
    this.log.wrote(old.library?.log() ?? "");
    old.library?.close();
    await this.context.choices.pardon(this.id);
    this.watchdog.resume();
    this.log.happened(`version ${found.manifest.version} runs, build ${next.sha256.slice(0, 12)}`);
    const missing = this.#missing(found);
    if (missing.length > 0 && missing.join() !== this.#missing(old.found).join())
      this.log.happened(`it asks for more than it was granted, and has to do without: ${missing.join(", ")}`);
    this.#become("ready");
    await this.#main.take(next, this.#wanted.choice);
  }

  /** What it asks for and was not granted. */
  #missing({ manifest: { permissions } }: FoundPlugin): string[] {
    return permissionDifference(grantedPermissions(permissions, this.#wanted.choice.granted), permissions);
  }

  /** What runs goes on, unless what it was opened with was taken away: no plugin keeps that by not beginning without. */
  async #stay(old: OpenPlugin, error: unknown, isAsked: boolean): Promise<void> {
    if (!this.#hasTooMuch(old)) return this.#refuse(error, isAsked);
    if (error instanceof LibraryError) this.log.wrote(error.log);
    const words = `does not run with what it may do now: ${messageOf(error)}`;
    await this.#shut("error", `is in error: ${words}`, words);
    this.#announce.fault(words);
    if (isAsked) throw asProblems(error);
  }

  #hasTooMuch({ found, isolation, granted }: OpenPlugin): boolean {
    const { chosen, choice } = this.#wanted;
    const may = grantedPermissions(found.manifest.permissions, choice.granted);
    const isOut = isolation === "in-process" && isolationOf(found, choice) === "process";
    return (
      (isOut && found.folder === chosen?.plugin.folder) ||
      permissionDifference(granted, may).some((word) => word.startsWith("-"))
    );
  }

  /** What should have taken over does not work. */
  #refuse(error: unknown, isAsked: boolean): void {
    if (error instanceof LibraryError) this.log.wrote(error.log);
    const message = messageOf(error);
    const running = this.#open?.found.manifest.version;
    const words = `what lies in its folder cannot take over, so version ${running} goes on: ${message}`;
    /* What is in quarantine is open already, and its state says so. */
    if (this.#reason !== words && !(error instanceof QuarantineError)) {
      this.#reason = words;
      this.#announce.fault(words);
    }
    if (isAsked) throw asProblems(error);
  }

  /** Lets go of everything; stages in the graph are passed over, and if one cannot be, that is refused. */
  async #shut(state: PluginState, standing: string, reason?: string): Promise<void> {
    if (!this.#open) {
      this.#standIn(standing);
      if (this.#state !== state || this.#reason !== reason) this.#become(state, reason);
      return;
    }
    const actions = bypasses(this.id, this.#listed, this.context.graph.pipeline());
    if (actions.length > 0) await this.context.graph.patch(actions, { by: `plugin ${this.id}` });
    await this.#closing?.();
    await this.#main.end();
    const { library, found } = this.#open;
    this.#list(standIns(found, standing));
    await this.context.graph.refresh();
    this.#open = undefined;
    this.#tellTrail(undefined);
    this.log.wrote(library?.log() ?? "");
    library?.close();
    if (state === "disabled") clearPrepared(this.id, this.context.places);
    this.#become(state, reason);
  }

  #standIn(standing: string): void {
    const found = this.#wanted.chosen?.plugin;
    this.#list(found ? standIns(found, standing) : NOTHING);
  }

  #quarantine(why: string, crashes: string[]): void {
    if (!this.#open) return;
    this.readLog();
    const reason = this.#keeper.enter(this.#open, why, crashes);
    this.#become("error", reason);
    this.#main.stop(reason);
    const earlier = this.#probation.fail(this.#wanted.chosen?.versions ?? []);
    if (earlier !== undefined) this.#goBack(this.#open.found.manifest.version, earlier);
  }

  #goBack(from: string, to: string): void {
    this.#turns
      .take(async () => {
        await this.context.choices.choose(this.id, { pinned: to });
        this.#wanted = this.context.wantedOf(this.id);
        await this.#apply({ again: true });
        this.#announce.fault(`version ${from} fell over again and again, so ${to} is back, and pinned`);
      })
      .catch((error) => this.#announce.fault(`version ${to} could not come back: ${error.message}`));
  }

  /** Throws ProblemsError, nothing changed, for a type that somebody else has. */
  #list(components: Components): void {
    this.context.catalog.replace(this.#listed, components);
    this.#listed = components;
  }

  #become(state: PluginState, reason?: string): void {
    this.#state = state;
    this.#reason = reason;
    const running = this.#open?.found.manifest;
    this.#announce.state(state, reason, running?.version);
    if (!this.#announce.running(running)) return;
    /* Stages that transform are made anew with it; later, since the change that brought it may not be over. */
    setImmediate(() =>
      this.context.graph.refresh().catch((error) => this.#announce.fault(`stages go on without it: ${error.message}`)),
    );
  }
}

/** What was opened and is not to run. */
function discard(open: OpenPlugin | undefined): void {
  open?.library?.close();
  open?.main?.close();
}

function asProblems(error: unknown): ProblemsError {
  if (error instanceof ProblemsError) return error;
  return new ProblemsError([{ message: messageOf(error) }]);
}
