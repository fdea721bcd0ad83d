// SPDX-License-Identifier: Apache-2.0
//
// From a pipeline's text to a running graph, when a box comes up.
import { bundledPipelines } from "./asset.ts";
import type { Document } from "./pipeline/document.ts";
import { namedTypes } from "./pipeline/named-types.ts";
import { parse } from "./pipeline/parse.ts";
import type { Pipeline } from "./pipeline/pipeline.ts";
import { messageOf } from "./pipeline/problem.ts";
import { validate } from "./pipeline/validate.ts";
import { leftBehind } from "./plugins/lifecycle/stand-ins.ts";
import type { PluginManager } from "./plugins/manager.ts";
import type { LiveCatalog } from "./runtime/catalog.ts";
import type { Supervisor } from "./runtime/supervisor.ts";
import type { AllowedFiles } from "./store/allowed-files.ts";
import type { Notify } from "./store/json-file.ts";
import type { LastState } from "./store/last-state.ts";

export interface NamedPipeline {
  /** As it was read: which plugins it needs stands in it. */
  document: Document;
  /** Throws ProblemsError. */
  load(catalog: LiveCatalog): Pipeline;
}

export interface StarterParts {
  catalog: LiveCatalog;
  supervisor: Supervisor;
  plugins: PluginManager;
  files: AllowedFiles;
  notify: Notify;
  /** Told the name of what is about to start. */
  onStarting(name: string): void;
}

export class PipelineStarter {
  constructor(private readonly parts: StarterParts) {}

  /** One that somebody named: it may play its recording wherever that lies. Throws ProblemsError. */
  async named({ document, load }: NamedPipeline): Promise<void> {
    await this.parts.plugins.startThose(namedTypes(document));
    await this.#start(load(this.parts.catalog), { degraded: false });
  }

  /** One that ran before. Stages whose plugin is not there are passed over until it is. Throws ProblemsError. */
  async again(text: string, from: string): Promise<void> {
    const { catalog, plugins } = this.parts;
    const document = parse(text, from);
    await plugins.startThose(namedTypes(document));
    catalog.replace(undefined, leftBehind(document, catalog));
    await this.#start(validate(document, catalog), { degraded: true });
  }

  /** What ran last; the default where that is not known or cannot run; nothing if nothing ran. */
  async resume(last: LastState | "default" | "none"): Promise<void> {
    if (last === "none" || (last !== "default" && !last.running)) return;
    if (last !== "default") {
      try {
        return await this.again(last.pipeline, "state.json");
      } catch (error) {
        this.parts.notify(`what ran last cannot run now, so the default pipeline does: ${messageOf(error)}`);
      }
    }
    const text = bundledPipelines().get("default") ?? "";
    await this.#start(validate(parse(text, "default.yaml"), this.parts.catalog), { degraded: false });
  }

  async #start(pipeline: Pipeline, options: { degraded: boolean }): Promise<void> {
    this.parts.files.allow(pipeline.source.params.file);
    this.parts.onStarting(pipeline.name);
    await this.parts.supervisor.start(pipeline, options);
  }
}
