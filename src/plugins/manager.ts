// SPDX-License-Identifier: Apache-2.0
//
// All plugins of a box: looks at the folders, runs what is wanted, and answers for each. Every plugin has a life of its
// own (lifecycle/runner.ts), so one that hangs while it loads delays nobody.
import { messageOf, ProblemsError } from "../pipeline/problem.ts";
import { suggestion } from "../pipeline/suggest.ts";
import { either, quote } from "../pipeline/words.ts";
import { NotFoundError } from "../runtime/box.ts";
import type { LiveCatalog } from "../runtime/catalog.ts";
import type { EventBus } from "../runtime/events.ts";
import { type Actor, type Audit, BOX } from "../store/audit.ts";
import { FileWatch } from "../store/file-watch.ts";
import type { DataFolder } from "../store/folder.ts";
import type { PluginBus } from "./bus/bus.ts";
import { checkChoice, choiceProblems } from "./choices/check-choice.ts";
import { changedChoice, type PluginChoices } from "./choices/choices.ts";
import type { PluginPlaces } from "./choices/library-options.ts";
import { isEnabled, isolationOf, wantsInside } from "./choices/permissions.ts";
import { dependencyOrder } from "./discovery/dependency-order.ts";
import { type Discovery, discover } from "./discovery/discover.ts";
import { FolderWatch } from "./discovery/folder-watch.ts";
import { artifactFolders, type PluginFolder } from "./discovery/folders.ts";
import { type ChosenPlugin, chooseVersions } from "./discovery/versions.ts";
import type { Generation } from "./generations/generation.ts";
import type { Generations } from "./generations/generations.ts";
import { takeAway } from "./generations/keep-build.ts";
import { foldersOf } from "./install/remove.ts";
import { isChanging } from "./install/staging.ts";
import { Instances } from "./instances/instances.ts";
import type { PluginGraph, PluginTrail } from "./lifecycle/context.ts";
import { inTurn } from "./lifecycle/in-turn.ts";
import { PluginRunner } from "./lifecycle/runner.ts";
import type { Wanted } from "./lifecycle/wanted.ts";
import { instancesOf } from "./lifecycle/watchdog.ts";
import type {
  FoundPlugin,
  InstanceOutput,
  InstanceView,
  LogLine,
  PluginChoice,
  Plugins,
  PluginView,
  ShadowView,
} from "./plugin.ts";
import { readPreset } from "./preset.ts";
import { Shadows } from "./shadow/shadows.ts";
import type { Signatures } from "./signature/signatures.ts";
import { pluginView } from "./view.ts";

const LOOK_MS = 100;
/** Between the first starts of two plugins, so that the box, which has just come up, answers meanwhile. */
const START_PAUSE_MS = 5;
/** Every so many looks, logs are read. */
const LOOKS_PER_LOG = 10;
/** Who changed stagebox.toml by hand: nobody knows more. */
const EDITOR: Actor = { name: "stagebox.toml", role: "admin" };

export interface PluginManagerOptions {
  catalog: LiveCatalog;
  graph: PluginGraph;
  events: EventBus;
  folders: readonly PluginFolder[];
  choices: PluginChoices;
  /** Whose the plugins are. */
  signatures: Signatures;
  /** Folders of the keys that they go by; a change there is a reason to look again. */
  key_folders?: readonly string[];
  places: PluginPlaces;
  /** How long a library may take to register. */
  open_limit_ms?: number;
  /** On which their main parts are; absent: they have none. */
  bus?: PluginBus;
  /** None may run in this process, whatever it is trusted with. */
  isolated?(): boolean;
  trail?: PluginTrail;
  /** Where it is noted who started what anew; choices and generations note theirs themselves. */
  audit?: Audit;
  generations?: Generations;
  /** Of the box's own folder of plugins. */
  data?: DataFolder;
}

export class PluginManager implements Plugins {
  #discovery: Discovery = { found: [], broken: [] };
  #chosen = new Map<string, ChosenPlugin>();
  #runners = new Map<string, PluginRunner>();
  readonly #instances: Instances;
  #watch: FolderWatch | undefined;
  #watched = "";
  #isClosed = false;
  #edits: FileWatch | undefined;
  #looking: Timer | undefined;
  #looks = 0;
  /** Somebody was still at it when there was something new. */
  #isStockDue = false;
  readonly #shadows: Shadows;

  constructor(private readonly options: PluginManagerOptions) {
    this.#instances = new Instances(options.catalog);
    this.#shadows = new Shadows(options.graph, options.places, options.signatures);
  }

  /** Opens what is enabled, one shortly after the other. Resolves when each runs or has failed. */
  start(): Promise<void> {
    this.#scan();
    const all = this.#update([...this.#runners.values()], START_PAUSE_MS);
    all.then(() => this.#checkSignatures());
    this.#looking = setInterval(() => this.#look(), LOOK_MS);
    this.#edits = new FileWatch(this.options.choices.path, () => this.#orTell(() => this.#reread()));
    this.#orTell(() => this.#reread());
    this.#orTell(() => this.#noted());
    return all;
  }

  /** Opens the plugins that announce one of these types, before or after `start`. Resolves when each of them runs or
   * has failed: nobody waits for the others. */
  async startThose(types: ReadonlySet<string>): Promise<void> {
    this.#scan();
    const needed = new Set<string>();
    for (const { id, plugin } of [...this.#chosen.values()].toReversed()) {
      const { stages, dependencies } = plugin.manifest;
      if (!needed.has(id) && !stages.some(({ type }) => types.has(type))) continue;
      for (const each of [id, ...Object.keys(dependencies)]) needed.add(each);
    }
    await this.#update([...this.#runners.values()].filter(({ id }) => needed.has(id)));
  }

  /** When no pipeline runs any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#looking);
    this.#watch?.close();
    this.#edits?.close();
    await this.#shadows.close();
    await this.#dependentsFirst([...this.#runners.values()], (runner) => runner.close());
  }

  list(): PluginView[] {
    return [...this.#runners.keys()].sort().map((id) => this.get(id));
  }

  get(id: string): PluginView {
    const runner = this.#runner(id);
    const found = runner.open?.found ?? this.#chosen.get(id)?.plugin;
    if (!found) throw this.#unknown(id);
    const { signatures, choices } = this.options;
    const choice = choices.get(id).choice;
    const note = wantsInside(found, choice) ? signatures.refusal(found, choice) : undefined;
    return pluginView(runner, found, signatures.of(found), note);
  }

  status(): ReturnType<Plugins["status"]> {
    const runners = [...this.#runners.values()];
    const count = (state: PluginView["state"]) => runners.filter((runner) => runner.state === state).length;
    return {
      plugins: runners.length,
      ready: count("ready"),
      loading: count("loading"),
      disabled: count("disabled"),
      error: count("error"),
      broken: this.#discovery.broken,
      settings: this.options.choices.problems,
    };
  }

  async choose(id: string, choice: Partial<PluginChoice>, by: Actor = BOX): Promise<PluginView> {
    const runner = this.#runner(id);
    checkChoice(this.get(id), choice);
    const { choices } = this.options;
    const after = changedChoice(choices.get(id).choice, choice);
    const instead = new Map([[id, after]]);
    try {
      this.#choose(instead);
      await this.#checkTrust(id, after);
      this.#choose(instead); // somebody may have looked at the folders meanwhile
      if (choice.trusted) this.#refuseUnsigned(id, after);
      await this.#update([...this.#runners.values()].filter((it) => it !== runner && this.#isLeaving(it)));
      await runner.update({ ...this.#wantedOf(id), choice: this.#inForce(after, this.#chosen.get(id)?.plugin) });
      /* Only what the graph can do with is decided. */
      await choices.choose(id, choice, by);
    } catch (error) {
      this.#choose();
      await this.#update([...this.#runners.values()]);
      throw error;
    }
    this.#choose();
    await runner.update(this.#wantedOf(id));
    await this.#updateOthers(id);
    await this.#noted(by);
    return this.get(id);
  }

  async reload(id: string, by: Actor = BOX): Promise<PluginView> {
    const runner = this.#runner(id);
    this.#scan();
    await this.#checkTrust(id);
    await runner.reload(this.#wantedOf(id));
    this.options.audit?.record({ by, what: "reload", subject: id });
    await this.#updateOthers(id);
    return this.get(id);
  }

  async retry(id: string, by: Actor = BOX): Promise<PluginView> {
    const runner = this.#runner(id);
    this.#scan();
    const { quarantine } = runner;
    const before = quarantine && { before: quarantine.reason };
    this.options.audit?.record({ by, what: "retry", subject: id, ...before });
    await this.#checkTrust(id);
    await runner.retry(this.#wantedOf(id));
    await this.#updateOthers(id);
    return this.get(id);
  }

  log(id: string): LogLine[] {
    const runner = this.#runner(id);
    runner.readLog();
    return [...runner.log.lines];
  }

  async rescan(by: Actor = BOX): Promise<void> {
    this.#scan();
    await this.#updateOthers();
    await this.#checkSignatures();
    await this.#noted(by);
  }

  async remove(id: string, version: string | undefined, by: Actor): Promise<void> {
    const { data, choices } = this.options;
    const view = this.get(id);
    const folders = data ? foldersOf(data.plugins, id, version) : [];
    if (!data || folders.length === 0) {
      const there = view.versions.map((it) => `${it.version} in ${it.folder}`).join(", ");
      throw new ProblemsError([{ message: `none of that is in the box's folder; there is ${there}` }]);
    }
    await takeAway(data, folders);
    this.#scan();
    if (!this.#chosen.has(id)) await choices.forget(id, by);
    await this.rescan(by);
  }

  async takeStock(by: Actor): Promise<void> {
    await this.options.generations?.note(by);
  }

  generations(): Generation[] {
    return this.options.generations?.list() ?? [];
  }

  async rollback(to: number | undefined, by: Actor): Promise<Generation> {
    if (!this.options.generations) throw new ProblemsError([{ message: "this box keeps no generations" }]);
    const generation = await this.options.generations.rollback(to, by);
    await this.rescan(by);
    return generation;
  }

  instances(): InstanceView[] {
    return this.#instances.list();
  }

  createInstance(plugin: string, request: Parameters<Plugins["createInstance"]>[1]): Promise<InstanceView> {
    return this.#instances.create(this.#ready(plugin), request);
  }

  deleteInstance(instance: string): Promise<void> {
    return this.#instances.delete(instance);
  }

  execute(instance: string, samples: Float32Array): Promise<InstanceOutput> {
    return this.#instances.execute(instance, samples);
  }

  preset(plugin: string, preset: string): unknown {
    this.#runner(plugin);
    return readPreset(this.get(plugin), preset);
  }

  async startShadow(plugin: string, version: string, by: Actor = BOX): Promise<ShadowView[]> {
    const runner = this.#ready(plugin);
    const found = () => this.#versionBeside(runner, version);
    await this.options.signatures.check(found());
    const choice = this.#inForce(this.options.choices.get(plugin).choice, found());
    const shadow = await this.#shadows.start(plugin, choice, found);
    this.options.audit?.record({ by, what: "shadow", subject: plugin, after: version });
    return shadow.views();
  }

  shadow(plugin: string): ShadowView[] {
    this.#runner(plugin);
    return this.#shadows.get(plugin).views();
  }

  async endShadow(plugin: string, take_over: boolean, by: Actor = BOX): Promise<PluginView> {
    this.#runner(plugin);
    const choiceOf = (found: FoundPlugin) => this.#inForce(this.options.choices.get(plugin).choice, found);
    return this.#shadows.end(plugin, take_over ? choiceOf : undefined, async (version) => {
      this.options.audit?.record({ by, what: "shadow", subject: plugin, before: version });
      return take_over ? this.choose(plugin, { pinned: version }, by) : this.get(plugin);
    });
  }

  /** What lies in the folders, and which version of each shall run. Runs nothing. */
  #scan(): void {
    const folders = [...this.options.folders, ...artifactFolders(this.options.choices.all())];
    this.#discovery = discover(folders);
    this.#choose();
    this.#watchFolders([...folders.map(({ path }) => path), ...(this.options.key_folders ?? [])]);
    for (const id of this.#chosen.keys()) if (!this.#runners.has(id)) this.#runners.set(id, this.#newRunner(id));
  }

  #watchFolders(folders: readonly string[]): void {
    if (this.#isClosed || this.#watched === folders.join("\n")) return;
    this.#watched = folders.join("\n");
    this.#watch?.close();
    this.#watch = new FolderWatch(folders, () => this.#orTell(() => this.#noticed()));
  }

  /** Something in the folders is new. */
  async #noticed(): Promise<void> {
    this.#scan();
    const followed: PluginRunner[] = [];
    for (const runner of this.#runners.values()) if (await this.#isFollowed(runner)) followed.push(runner);
    await this.#update(followed);
    await this.#checkSignatures();
    await this.#noted();
  }

  /** What has lost its trust leaves this process, whoever watches it. */
  async #isFollowed({ id, open, wanted }: PluginRunner): Promise<boolean> {
    if (!open || wanted.choice.watch !== false) return true;
    await this.#checkTrust(id);
    return open.isolation === "in-process" && isolationOf(open.found, this.#wantedOf(id).choice) === "process";
  }

  /** Takes over what somebody has written into stagebox.toml. */
  async #reread(): Promise<void> {
    const check = (id: string, choice: PluginChoice) =>
      this.#runners.has(id) ? choiceProblems(this.get(id), choice) : [];
    const changed = await this.options.choices.reread(check, EDITOR);
    if (changed.length > 0) await this.rescan(EDITOR);
  }

  /** What is installed and pinned may be another set now. */
  async #noted(by: Actor = BOX): Promise<void> {
    const { data } = this.options;
    this.#isStockDue = data !== undefined && isChanging(data.plugins);
    if (!this.#isStockDue) await this.takeStock(by);
  }

  #orTell(act: () => Promise<void>): void {
    act().catch((error) => console.error("the plugins could not be looked at:", error));
  }

  /** `instead`: choices as they would be. */
  #choose(instead: ReadonlyMap<string, PluginChoice> = new Map()): void {
    const choices = new Map([...this.options.choices.all(), ...instead]);
    const chosen = chooseVersions(this.#discovery.found, choices);
    this.#chosen = new Map(chosen.map((it) => [it.id, it]));
  }

  #newRunner(id: string): PluginRunner {
    const runner = new PluginRunner(id, this.#wantedOf(id), {
      ...this.options,
      wantedOf: (of) => {
        this.#choose();
        return this.#wantedOf(of);
      },
    });
    runner.onChange(
      (next) => this.#instances.adopt(id, next),
      () => this.#instances.deleteOf(id),
    );
    return runner;
  }

  #wantedOf(id: string): Wanted {
    const chosen = this.#chosen.get(id);
    return {
      ...(chosen && { chosen }),
      broken: this.#discovery.broken.filter((broken) => broken.id === id),
      choice: this.#inForce(this.options.choices.get(id).choice, chosen?.plugin),
    };
  }

  /** What was decided, without the trust that must not be had: safe mode knows none, and strangers get none. */
  #inForce(choice: PluginChoice, found?: FoundPlugin): PluginChoice {
    const isRefused =
      this.options.isolated?.() ||
      (found && wantsInside(found, choice) && this.options.signatures.refusal(found, choice) !== undefined);
    return isRefused ? { ...choice, trusted: false } : choice;
  }

  /** What is to run inside the service waits until it is known whose it is. */
  async #checkTrust(id: string, choice = this.options.choices.get(id).choice): Promise<void> {
    const found = this.#chosen.get(id)?.plugin;
    if (found && wantsInside(found, choice)) await this.options.signatures.check(found);
  }

  /** Throws ProblemsError for a trust that could not be had. */
  #refuseUnsigned(id: string, choice: PluginChoice): void {
    const found = this.#chosen.get(id)?.plugin;
    const refusal = found && wantsInside(found, choice) && this.options.signatures.refusal(found, choice);
    if (refusal) throw new ProblemsError([{ field: "/trust", message: refusal }]);
  }

  /** The rest, for whoever asks; one after the other, and nobody waits. */
  async #checkSignatures(): Promise<void> {
    for (const found of this.#discovery.found)
      await this.options.signatures.check(found).catch((error) => {
        console.error(`the signature of ${found.folder} could not be looked at:`, error);
      });
  }

  /** Brings every plugin to what is wanted; those that are there already cost nothing. */
  #updateOthers(but?: string): Promise<void> {
    return this.#update([...this.#runners.values()].filter(({ id }) => id !== but));
  }

  /** What shall not run any more goes before what it depends on; what shall run comes after it. */
  async #update(runners: readonly PluginRunner[], pause_ms = 0): Promise<void> {
    const leaving = runners.filter((it) => this.#isLeaving(it));
    await this.#dependentsFirst(leaving, (runner) => this.#updateOne(runner));
    const places = new Map([...this.#chosen.keys()].map((id, place) => [id, place]));
    const others = runners
      .filter((it) => !leaving.includes(it))
      .toSorted((a, b) => (places.get(a.id) ?? 0) - (places.get(b.id) ?? 0));
    const dependencies = ({ id }: PluginRunner) =>
      Object.keys(this.#chosen.get(id)?.plugin.manifest.dependencies ?? {});
    await inTurn(others, dependencies, async (runner) => {
      if (pause_ms > 0) await Bun.sleep(others.indexOf(runner) * pause_ms);
      await this.#updateOne(runner);
    });
  }

  async #updateOne(runner: PluginRunner): Promise<void> {
    try {
      await this.#checkTrust(runner.id);
      await runner.update(this.#wantedOf(runner.id));
    } catch (error) {
      runner.stays(messageOf(error));
    }
    if (!this.#chosen.has(runner.id) && !runner.open) await this.#forget(runner);
  }

  /** It runs, and shall not. */
  #isLeaving({ id, open }: PluginRunner): boolean {
    const chosen = this.#chosen.get(id);
    const { choice } = this.#wantedOf(id);
    return open !== undefined && (chosen?.problem !== undefined || !isEnabled(chosen?.plugin.manifest, choice));
  }

  #dependentsFirst(runners: readonly PluginRunner[], act: (runner: PluginRunner) => Promise<void>): Promise<void> {
    const needs = ({ open }: PluginRunner) => Object.keys(open?.found.manifest.dependencies ?? {});
    const ordered = dependencyOrder(runners, (runner) => [runner.id, needs(runner)]).toReversed();
    const dependents = ({ id }: PluginRunner) => ordered.filter((it) => needs(it).includes(id)).map((it) => it.id);
    return inTurn(ordered, dependents, act);
  }

  async #forget(runner: PluginRunner): Promise<void> {
    if (this.#wantedOf(runner.id).broken.length > 0) return;
    await runner.leave();
    if (this.#runners.get(runner.id) === runner && !this.#chosen.has(runner.id)) this.#runners.delete(runner.id);
  }

  #look(): void {
    this.#shadows.look();
    const nodes = [...this.options.graph.nodes(), ...this.#instances.watched()];
    const isTimeForLogs = ++this.#looks % LOOKS_PER_LOG === 0;
    if (isTimeForLogs && this.#isStockDue) this.#orTell(() => this.#noted());
    for (const runner of this.#runners.values()) {
      try {
        runner.look(instancesOf(runner.id, nodes));
        if (isTimeForLogs) runner.readLog();
      } catch (error) {
        console.error(`plugin ${runner.id} could not be looked after:`, error);
      }
    }
  }

  /** A version that lies in the folders and does not run. */
  #versionBeside({ id, open }: PluginRunner, version: string): FoundPlugin {
    const running = open?.found.manifest.version;
    const found = this.#discovery.found.find(({ manifest }) => manifest.id === id && manifest.version === version);
    if (found && version !== running) return found;
    const others = this.get(id).versions.filter((it) => it.version !== running);
    const remedy = others.length > 0 ? `choose ${either(others.map((it) => it.version))}` : "there is no other";
    throw new ProblemsError([
      { field: "/version", message: `${quote(version)} cannot run beside ${running}; ${remedy}` },
    ]);
  }

  #ready(id: string): PluginRunner {
    const runner = this.#runner(id);
    if (runner.state === "ready") return runner;
    const words = { disabled: "disabled; enable it", loading: "loading; try again in a moment", error: "in error" };
    const why = runner.reason ? `: ${runner.reason}` : "";
    throw new ProblemsError([{ message: `the plugin ${id} is ${words[runner.state]}${why}` }]);
  }

  #runner(id: string): PluginRunner {
    const runner = this.#runners.get(id);
    if (!runner) throw this.#unknown(id);
    return runner;
  }

  #unknown(id: string): NotFoundError {
    const broken = this.#discovery.broken.filter((it) => it.id === id);
    const words = `there is no plugin ${quote(id)}; ${suggestion(id, [...this.#runners.keys()].sort())}`;
    return new NotFoundError(
      broken.length > 0 ? `the plugin ${quote(id)} cannot be used` : words,
      broken.flatMap(({ problems }) => problems),
    );
  }
}
