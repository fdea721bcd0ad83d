// SPDX-License-Identifier: Apache-2.0
//
// The shadow runs of a box, at most one of each plugin. They begin and end one after the other.
import { ProblemsError } from "../../pipeline/problem.ts";
import { NotFoundError, NotRunningError } from "../../runtime/box.ts";
import { Turns } from "../../runtime/turns.ts";
import type { PluginPlaces } from "../choices/library-options.ts";
import type { PluginGraph } from "../lifecycle/context.ts";
import { fingerprintOf, openPlugin } from "../lifecycle/open-plugin.ts";
import type { FoundPlugin, PluginChoice } from "../plugin.ts";
import type { Signatures } from "../signature/signatures.ts";
import { Shadow } from "./shadow.ts";

export class Shadows {
  #running = new Map<string, Shadow>();
  readonly #turns = new Turns();

  constructor(
    private readonly graph: PluginGraph,
    private readonly places: PluginPlaces,
    private readonly signatures: Signatures,
  ) {}

  /** Throws NotFoundError. */
  get(plugin: string): Shadow {
    const shadow = this.#running.get(plugin);
    if (!shadow) throw new NotFoundError(`no other version of ${plugin} runs beside; start one with POST`);
    return shadow;
  }

  /** Runs `find`'s version beside the one in the graph, instead of any other. Throws NotRunningError, ProblemsError. */
  start(plugin: string, choice: PluginChoice, find: () => FoundPlugin): Promise<Shadow> {
    return this.#turns.take(async () => {
      const found = find();
      await this.#drop(plugin);
      const pipeline = this.graph.pipeline();
      if (!pipeline) throw new NotRunningError();
      const nodes = this.graph.nodes().filter(({ node }) => node.spec.plugin?.id === plugin);
      const stages = pipeline.stages.filter(({ id }) => nodes.some((node) => node.id === id));
      if (stages.length === 0) throw refusal(`no stage of ${plugin} is in the graph; insert one first`);
      const next = await openPlugin(found, choice, this.places, { signatures: this.signatures }).catch((error) => {
        throw refusal(`version ${found.manifest.version}: ${error.message}`);
      });
      const shadow = await Shadow.start(next, this.graph, stages);
      this.#running.set(plugin, shadow);
      return shadow;
    });
  }

  /** Lets go of it, and then, before anything else begins, does what `then` says of its version. Where that is to take
   * over, `choice` is the operator's; throws ProblemsError if it is not the build any more that was compared. */
  end<T>(
    plugin: string,
    choiceOf: ((found: FoundPlugin) => PluginChoice) | undefined,
    then: (version: string) => Promise<T>,
  ): Promise<T> {
    return this.#turns.take(async () => {
      const { plugin: seen, version } = this.get(plugin);
      if (choiceOf && fingerprintOf(seen.found, choiceOf(seen.found)) !== seen.fingerprint)
        throw refusal(`version ${version} is no longer the build that was compared; run it beside again`);
      await this.#drop(plugin);
      return then(version);
    });
  }

  /** Some ten times a second. */
  look(): void {
    for (const [plugin, shadow] of this.#running) {
      if (shadow.isNeeded) shadow.look();
      else this.#drop(plugin).catch((error) => console.error(`the shadow of ${plugin} stays open:`, error));
    }
  }

  async close(): Promise<void> {
    for (const plugin of this.#running.keys()) await this.#drop(plugin);
  }

  async #drop(plugin: string): Promise<void> {
    const shadow = this.#running.get(plugin);
    this.#running.delete(plugin);
    await shadow?.end();
  }
}

function refusal(message: string): ProblemsError {
  return new ProblemsError([{ message }]);
}
