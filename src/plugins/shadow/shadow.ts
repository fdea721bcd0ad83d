// SPDX-License-Identifier: Apache-2.0
//
// Another version of a plugin beside the one that runs: for each of its stages in the graph an instance on the same
// data, begun with the same state, whose output goes nowhere but into a comparison.
import { ProblemsError } from "../../pipeline/problem.ts";
import type { PluginGraph } from "../lifecycle/context.ts";
import type { OpenPlugin } from "../lifecycle/open-plugin.ts";
import type { ShadowView } from "../plugin.ts";
import { Comparison } from "./comparison.ts";

export class Shadow {
  #stages: Comparison[] = [];

  private constructor(
    readonly plugin: OpenPlugin,
    private readonly graph: PluginGraph,
  ) {}

  /** Takes the opened version over. Throws ProblemsError where it does not fit one of the stages; it is closed then. */
  static async start(plugin: OpenPlugin, graph: PluginGraph, stages: readonly { id: string; type: string }[]) {
    const shadow = new Shadow(plugin, graph);
    try {
      for (const { id, type } of stages) await shadow.#add(id, type);
      return shadow;
    } catch (error) {
      await shadow.end();
      throw error;
    }
  }

  get version(): string {
    return this.plugin.found.manifest.version;
  }

  /** False once the graph has none of its stages any more. */
  get isNeeded(): boolean {
    return this.#stages.length > 0;
  }

  views(): ShadowView[] {
    return this.#stages.map((stage) => stage.view(this.version));
  }

  /** Some ten times a second. */
  look(): void {
    for (const stage of this.#stages) stage.look();
  }

  async end(): Promise<void> {
    const beside = this.#stages.map((stage) => stage.beside);
    this.#stages = [];
    if (beside.length > 0) await this.graph.endBeside(beside);
    this.plugin.library?.close();
  }

  async #add(id: string, type: string): Promise<void> {
    const spec = this.plugin.components.stages.find((it) => it.type === type);
    if (!spec) throw new ProblemsError([{ message: `${id}: version ${this.version} has no stage ${type}` }]);
    const beside = await this.graph.runBeside(id, spec, () => {
      this.#stages = this.#stages.filter((it) => it.id !== id);
    });
    this.#stages.push(new Comparison(id, beside, () => this.graph.nodes().find((it) => it.id === id)?.node));
  }
}
