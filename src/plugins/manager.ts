// SPDX-License-Identifier: Apache-2.0
//
// All plugins of a box: looks at the folders, runs what is wanted, and answers for each. Every plugin has a life of its
// own (plugin-runner.ts), so one that hangs while it loads delays nobody.

import { type Problem, ProblemsError } from "../pipeline/problem.ts";
import { suggestion } from "../pipeline/suggest.ts";
import { either, quote } from "../pipeline/words.ts";
import { NotFoundError, NotRunningError } from "../runtime/box.ts";
import type { LiveCatalog } from "../runtime/catalog.ts";
import type { EventBus } from "../runtime/events.ts";
import type { PluginChoices } from "./choices.ts";
import type { PluginGraph } from "./context.ts";
import { type Discovery, discover } from "./discovery.ts";
import { FolderWatch } from "./folder-watch.ts";
import type { PluginFolder } from "./folders.ts";
import { Instances } from "./instances.ts";
import { fingerprintOf, openPlugin } from "./open-plugin.ts";
import { configValues, grantProblems, type PluginPlaces } from "./options.ts";
import type { InstanceOutput, InstanceView, LogLine, PluginChoice, Plugins, PluginView, ShadowView } from "./plugin.ts";
import { PluginRunner, patientsOf, type Wanted } from "./plugin-runner.ts";
import { readPreset } from "./preset.ts";
import { Shadow } from "./shadow.ts";
import { type ChosenPlugin, chooseVersions } from "./versions.ts";
import { pluginView } from "./view.ts";

const LOOK_MS = 100;
/** Every so many looks, logs are read. */
const LOOKS_PER_LOG = 10;

export interface PluginManagerOptions {
  catalog: LiveCatalog;
  graph: PluginGraph;
  events: EventBus;
  folders: readonly PluginFolder[];
  choices: PluginChoices;
  places: PluginPlaces;
  /** How long a library may take to register. */
  open_limit_ms?: number;
}

export class PluginManager implements Plugins {
  #discovery: Discovery = { found: [], broken: [] };
  #chosen = new Map<string, ChosenPlugin>();
  #runners = new Map<string, PluginRunner>();
  readonly #instances: Instances;
  #watch: FolderWatch | undefined;
  #looking: Timer | undefined;
  #looks = 0;
  #shadows = new Map<string, Shadow>();
  /** Shadow runs begin and end one after the other. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: PluginManagerOptions) {
    this.#instances = new Instances(options.catalog);
  }

  /** Opens what is enabled, all at once. Resolves when each runs or has failed. */
  start(): Promise<void> {
    const all = this.rescan();
    this.#looking = setInterval(() => this.#look(), LOOK_MS);
    const folders = this.options.folders.map(({ path }) => path);
    this.#watch = new FolderWatch(folders, () => {
      this.rescan().catch((error) => console.error("the plugin folders could not be looked at:", error));
    });
    return all;
  }

  /** Opens the plugins that announce one of these types, before or after `start`. Resolves when each of them runs or has
   * failed: nobody waits for the others. */
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
    for (const plugin of this.#shadows.keys()) await this.#dropShadow(plugin);
    await Promise.all([...this.#runners.values()].map((runner) => runner.close()));
  }

  list(): PluginView[] {
    return [...this.#runners.keys()].sort().map((id) => this.get(id));
  }

  get(id: string): PluginView {
    const runner = this.#runner(id);
    const found = runner.open?.found ?? this.#chosen.get(id)?.plugin;
    if (!found) throw this.#unknown(id);
    return pluginView(runner, found);
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
    this.#checkChoice(id, choice);
    const before = this.options.choices.get(id).choice;
    if (!(await this.options.choices.choose(id, choice))) return this.get(id);
    this.#choose();
    try {
      await runner.update(this.#wantedOf(id));
    } catch (error) {
      /* The graph cannot do without it: the choice has not been made. */
      await this.options.choices.replace(id, before);
      this.#choose();
      await runner.update(this.#wantedOf(id));
      throw error;
    }
    await this.#updateOthers(id);
    return this.get(id);
  }

  async reload(id: string): Promise<PluginView> {
    const runner = this.#runner(id);
    this.#scan();
    await runner.reload(this.#wantedOf(id));
    await this.#updateOthers(id);
    return this.get(id);
  }

  async retry(id: string): Promise<PluginView> {
    const runner = this.#runner(id);
    this.#scan();
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

  startShadow(plugin: string, version: string): Promise<ShadowView[]> {
    const runner = this.#ready(plugin);
    return this.#inTurn(async () => {
      const running = runner.open?.found.manifest.version;
      const found = this.#discovery.found.find(
        ({ manifest }) => manifest.id === plugin && manifest.version === version,
      );
      const others = this.get(plugin).versions.filter((it) => it.version !== running);
      if (!found || version === running) {
        const remedy = others.length > 0 ? `choose ${either(others.map((it) => it.version))}` : "there is no other";
        throw refusal(`${quote(version)} cannot run beside ${running}; ${remedy}`, "/version");
      }
      await this.#dropShadow(plugin);
      const pipeline = this.options.graph.pipeline();
      if (!pipeline) throw new NotRunningError();
      const nodes = this.options.graph.nodes().filter(({ node }) => node.spec.plugin?.id === plugin);
      const stages = pipeline.stages.filter(({ id }) => nodes.some((node) => node.id === id));
      if (stages.length === 0) throw refusal(`no stage of ${plugin} is in the graph; insert one first`);
      const next = await openPlugin(found, runner.wanted.choice, this.options.places).catch((error) => {
        throw refusal(`version ${version}: ${error.message}`);
      });
      this.#shadows.set(plugin, await Shadow.start(next, this.options.graph, stages));
      return this.shadow(plugin);
    });
  }

  shadow(plugin: string): ShadowView[] {
    this.#runner(plugin);
    return this.#shadow(plugin).views();
  }

  async endShadow(plugin: string, take_over: boolean): Promise<PluginView> {
    this.#runner(plugin);
    return this.#inTurn(async () => {
      const { plugin: seen, version } = this.#shadow(plugin);
      if (take_over && fingerprintOf(seen.found, this.options.choices.get(plugin).choice) !== seen.fingerprint)
        throw refusal(`version ${version} is no longer the build that was compared; run it beside again`);
      await this.#dropShadow(plugin);
      return take_over ? this.choose(plugin, { pinned: version }) : this.get(plugin);
    });
  }

  /** What lies in the folders, and which version of each shall run. Runs nothing. */
  #scan(): void {
    this.#discovery = discover(this.options.folders);
    this.#choose();
    for (const id of this.#chosen.keys()) if (!this.#runners.has(id)) this.#runners.set(id, this.#newRunner(id));
  }

  #choose(): void {
    const chosen = chooseVersions(this.#discovery.found, this.options.choices.all());
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
      choice: this.options.choices.get(id).choice,
    };
  }

  /** Brings every plugin to what is wanted; those that are there already cost nothing. */
  #updateOthers(but?: string): Promise<void> {
    return this.#update([...this.#runners.values()].filter(({ id }) => id !== but));
  }

  async #update(runners: readonly PluginRunner[]): Promise<void> {
    const updates = runners.map(async (runner) => {
      try {
        await runner.update(this.#wantedOf(runner.id));
      } catch (error) {
        runner.stays(error instanceof Error ? error.message : String(error));
      }
      if (!this.#chosen.has(runner.id) && !runner.open) await this.#forget(runner);
    });
    await Promise.all(updates);
  }

  async #forget(runner: PluginRunner): Promise<void> {
    if (this.#wantedOf(runner.id).broken.length > 0) return;
    await runner.close();
    if (this.#runners.get(runner.id) === runner && !this.#chosen.has(runner.id)) this.#runners.delete(runner.id);
  }

  #shadow(plugin: string): Shadow {
    const shadow = this.#shadows.get(plugin);
    if (!shadow) throw new NotFoundError(`no other version of ${plugin} runs beside; start one with POST`);
    return shadow;
  }

  async #dropShadow(plugin: string): Promise<void> {
    const shadow = this.#shadows.get(plugin);
    this.#shadows.delete(plugin);
    await shadow?.end();
  }

  #lookAtShadows(): void {
    for (const [plugin, shadow] of this.#shadows) {
      if (shadow.isNeeded) shadow.look();
      else this.#dropShadow(plugin).catch((error) => console.error(`the shadow of ${plugin} stays open:`, error));
    }
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(act);
    this.#queue = result.catch(() => {});
    return result;
  }

  #look(): void {
    this.#lookAtShadows();
    const nodes = [...this.options.graph.nodes(), ...this.#instances.patients()];
    const isTimeForLogs = ++this.#looks % LOOKS_PER_LOG === 0;
    for (const runner of this.#runners.values()) {
      try {
        runner.look(patientsOf(runner.id, nodes));
        if (isTimeForLogs) runner.readLog();
      } catch (error) {
        console.error(`plugin ${runner.id} could not be looked after:`, error);
      }
    }
  }

  #checkChoice(id: string, { granted, config, pinned }: Partial<PluginChoice>): void {
    const { versions, permissions, config: settings } = this.get(id);
    const problems: Problem[] = granted ? grantProblems(permissions.asked, granted) : [];
    if (config) configValues(settings.schema, config);
    if (pinned && !versions.some(({ version }) => version === pinned))
      problems.push({
        field: "/pinned",
        message: `there is no version ${quote(pinned)} of ${id}; ${suggestion(
          pinned,
          versions.map(({ version }) => version),
        )}`,
      });
    if (problems.length > 0) throw new ProblemsError(problems);
  }

  #ready(id: string): PluginRunner {
    const runner = this.#runner(id);
    if (runner.state === "ready") return runner;
    const why = runner.reason ? `: ${runner.reason}` : "";
    throw new ProblemsError([{ message: `the plugin ${id} is ${runner.state}${why}` }]);
  }

  #runner(id: string): PluginRunner {
    const runner = this.#runners.get(id);
    if (!runner) throw this.#unknown(id);
    return runner;
  }

  #unknown(id: string): NotFoundError {
    const broken = this.#discovery.broken.filter((it) => it.id === id);
    const words = `there is no plugin ${quote(id)}; ${suggestion(id, this.#runners.keys())}`;
    return new NotFoundError(
      broken.length > 0 ? `the plugin ${quote(id)} cannot be used` : words,
      broken.flatMap(({ problems }) => problems),
    );
  }
}

function refusal(message: string, field?: string): ProblemsError {
  return new ProblemsError([{ ...(field && { field }), message }]);
}
