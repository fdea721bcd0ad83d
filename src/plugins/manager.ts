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
import type { PluginBus } from "./bus/bus.ts";
import { checkChoice } from "./choices/check-choice.ts";
import { changedChoice, type PluginChoices } from "./choices/choices.ts";
import type { PluginPlaces } from "./choices/library-options.ts";
import { wantsInside } from "./choices/permissions.ts";
import { type Discovery, discover } from "./discovery/discover.ts";
import { FolderWatch } from "./discovery/folder-watch.ts";
import type { PluginFolder } from "./discovery/folders.ts";
import { type ChosenPlugin, chooseVersions } from "./discovery/versions.ts";
import { Instances } from "./instances/instances.ts";
import type { InProcessTrail, PluginGraph } from "./lifecycle/context.ts";
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
  trail?: InProcessTrail;
}

export class PluginManager implements Plugins {
  #discovery: Discovery = { found: [], broken: [] };
  #chosen = new Map<string, ChosenPlugin>();
  #runners = new Map<string, PluginRunner>();
  readonly #instances: Instances;
  #watch: FolderWatch | undefined;
  #looking: Timer | undefined;
  #looks = 0;
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
    const folders = this.options.folders.map(({ path }) => path);
    this.#watch = new FolderWatch([...folders, ...(this.options.key_folders ?? [])], () => {
      this.rescan().catch((error) => console.error("the plugin folders could not be looked at:", error));
    });
    return all;
  }

  /** Opens the plugins that announce one of these types, before or after `start`. Resolves when each of them runs or
   * has failed: nobody waits for the others. */
  async startThose(types: ReadonlySet<string>): Promise<void> {
    this.#scan();
    const isNeeded = ({ wanted }: PluginRunner) =>
      wanted.chosen?.plugin.manifest.stages.some(({ type }) => types.has(type));
    await this.#update([...this.#runners.values()].filter(isNeeded));
  }

  /** When no pipeline runs any more. */
  async close(): Promise<void> {
    clearInterval(this.#looking);
    this.#watch?.close();
    await this.#shadows.close();
    await Promise.all([...this.#runners.values()].map((runner) => runner.close()));
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
    };
  }

  async choose(id: string, choice: Partial<PluginChoice>): Promise<PluginView> {
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
      await runner.update({ ...this.#wantedOf(id), choice: this.#inForce(after, this.#chosen.get(id)?.plugin) });
    } catch (error) {
      this.#choose();
      throw error;
    }
    /* Only what the graph can do with is decided. */
    await choices.choose(id, choice);
    this.#choose();
    await runner.update(this.#wantedOf(id));
    await this.#updateOthers(id);
    return this.get(id);
  }

  async reload(id: string): Promise<PluginView> {
    const runner = this.#runner(id);
    this.#scan();
    await this.#checkTrust(id);
    await runner.reload(this.#wantedOf(id));
    await this.#updateOthers(id);
    return this.get(id);
  }

  async retry(id: string): Promise<PluginView> {
    const runner = this.#runner(id);
    this.#scan();
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

  async rescan(): Promise<void> {
    this.#scan();
    await this.#updateOthers();
    await this.#checkSignatures();
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

  async startShadow(plugin: string, version: string): Promise<ShadowView[]> {
    const runner = this.#ready(plugin);
    const found = () => this.#versionBeside(runner, version);
    await this.options.signatures.check(found());
    const choice = this.#inForce(this.options.choices.get(plugin).choice, found());
    return (await this.#shadows.start(plugin, choice, found)).views();
  }

  shadow(plugin: string): ShadowView[] {
    this.#runner(plugin);
    return this.#shadows.get(plugin).views();
  }

  async endShadow(plugin: string, take_over: boolean): Promise<PluginView> {
    this.#runner(plugin);
    const choiceOf = (found: FoundPlugin) => this.#inForce(this.options.choices.get(plugin).choice, found);
    return this.#shadows.end(plugin, take_over ? choiceOf : undefined, async (version) =>
      take_over ? this.choose(plugin, { pinned: version }) : this.get(plugin),
    );
  }

  /** What lies in the folders, and which version of each shall run. Runs nothing. */
  #scan(): void {
    this.#discovery = discover(this.options.folders);
    this.#choose();
    for (const id of this.#chosen.keys()) if (!this.#runners.has(id)) this.#runners.set(id, this.#newRunner(id));
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

  async #update(runners: readonly PluginRunner[], pause_ms = 0): Promise<void> {
    const updates = runners.map(async (runner, index) => {
      if (pause_ms > 0) await Bun.sleep(index * pause_ms);
      try {
        await this.#checkTrust(runner.id);
        await runner.update(this.#wantedOf(runner.id));
      } catch (error) {
        runner.stays(messageOf(error));
      }
      if (!this.#chosen.has(runner.id) && !runner.open) await this.#forget(runner);
    });
    await Promise.all(updates);
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
