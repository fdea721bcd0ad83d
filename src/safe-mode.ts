// SPDX-License-Identifier: Apache-2.0
//
// Safe mode in a box: carries out what src/appliance/safe-mode found, and takes it back.
import type { SafeMode } from "./appliance/safe-mode/safe-mode.ts";
import type { Measures } from "./appliance/safe-mode/verdict.ts";
import { parse } from "./pipeline/parse.ts";
import { messageOf } from "./pipeline/problem.ts";
import type { PluginChoices } from "./plugins/choices/choices.ts";
import type { PluginTrail } from "./plugins/lifecycle/context.ts";
import type { PluginManager } from "./plugins/manager.ts";
import type { EventBus } from "./runtime/events.ts";
import type { Actor, Audit } from "./store/audit.ts";
import type { Notify } from "./store/json-file.ts";
import type { LastState } from "./store/last-state.ts";
import { PIPELINE_NAME, type PipelineStore } from "./store/pipelines.ts";

export interface SafeModeParts {
  safeMode: SafeMode;
  choices: PluginChoices;
  plugins: PluginManager;
  pipelines: PipelineStore;
  events: EventBus;
  audit: Audit;
  notify: Notify;
  /** Runs a pipeline's text; `from` names it in messages. Throws ProblemsError. */
  run(text: string, from: string): Promise<void>;
}

/** Before any plugin is opened. What is in quarantine no more, though it was put there, was tried again by somebody. Where
 * quarantine cannot be noted down, all plugins are shut in. */
export async function quarantineCulprits(safeMode: SafeMode, choices: PluginChoices, notify: Notify): Promise<void> {
  const { measures } = safeMode;
  const reason = `quarantined: ${measures?.reasons.at(-1)}`;
  for (const culprit of measures?.quarantined ?? []) {
    if (choices.get(culprit.id).quarantine?.sha256 === culprit.sha256) continue;
    if (!safeMode.isFresh) safeMode.pardoned(culprit);
    else
      await choices.quarantine(culprit.id, reason, new Date(), { sha256: culprit.sha256 }).catch((error) => {
        notify(`that ${culprit.id} is in quarantine could not be noted down: ${messageOf(error)}`);
        safeMode.isolate();
      });
  }
}

/** What plugins and pipelines do, as breadcrumbs. */
export function trailOf(safeMode: SafeMode): PluginTrail {
  return {
    opening: (id, sha256) => safeMode.doing("opening", id, sha256),
    open: (id, sha256) => safeMode.doing("in-process", id, sha256),
    closed: (id) => safeMode.done("in-process", id),
    mainBegins: (id, sha256) => safeMode.doing("main", id, sha256),
    mainEnded: (id) => safeMode.done("main", id),
  };
}

export class BoxSafeMode {
  #isUp = false;

  constructor(private readonly parts: SafeModeParts) {}

  /** Says what the box does without, and follows which pipeline runs. */
  begin(): void {
    const { events, safeMode, notify } = this.parts;
    const { measures } = this;
    if (measures) {
      notify(`safe mode: ${measures.reasons.at(-1)}; \`stagebox safe-mode leave\` tries everything again`);
      events.publish("SafeMode", { ...measures });
    }
    events.subscribe(({ type, data }) => {
      if (type === "PipelineStopped") safeMode.done("running", String(data.pipeline));
      if (type !== "PipelineStarted") return;
      safeMode.doing("running", String(data.pipeline));
      if (this.#isUp) safeMode.pipelineChosen();
    });
  }

  /** What starts from now on somebody wants. */
  isUp(): void {
    this.#isUp = true;
  }

  /** What the box does without now; undefined while it is well. */
  get measures(): Measures | undefined {
    const { safeMode, choices } = this.parts;
    for (const culprit of safeMode.measures?.quarantined ?? [])
      if (choices.get(culprit.id).quarantine?.sha256 !== culprit.sha256) safeMode.pardoned(culprit);
    return safeMode.measures;
  }

  /** What is to run of what ran last: that, the default pipeline, or nothing. */
  async inPlaceOf(last: LastState | undefined): Promise<LastState | "default" | "none"> {
    const { safeMode, pipelines } = this.parts;
    const measures = safeMode.measures;
    if (!last || !measures?.pipeline) return last ?? "default";
    if (measures.pipeline === "none") return "none";
    if (measures.kept !== undefined) return pipelines.get(measures.kept)?.yaml === last.pipeline ? "default" : last;
    await this.#orTell(() => this.#keep(last));
    return "default";
  }

  /** Everything as it was. What does not work yet is told, and the rest goes on. */
  async leave(by: Actor): Promise<Measures | undefined> {
    const { safeMode, plugins, events, audit } = this.parts;
    const measures = safeMode.leave();
    if (!measures) return undefined;
    audit.record({ by, what: "leave", subject: "safe mode", before: measures });
    events.publish("SafeMode", { left: true });
    for (const { id } of measures.quarantined) await this.#orTell(() => plugins.retry(id, by));
    await this.#orTell(() => plugins.rescan());
    if (measures.kept) await this.#orTell(() => this.#runKept(measures.kept as string));
    return measures;
  }

  async #runKept(name: string): Promise<void> {
    const kept = this.parts.pipelines.get(name);
    if (kept) await this.parts.run(kept.yaml, `${name}.yaml`);
  }

  /** Under a name of its own, among the pipelines that anybody may look at and start. */
  async #keep({ pipeline }: LastState): Promise<void> {
    const { pipelines, safeMode } = this.parts;
    const base = `${nameOf(pipeline)}-before-safe-mode`;
    let name = base;
    for (let number = 2; ![undefined, pipeline].includes(pipelines.get(name)?.yaml); number++)
      name = `${base}-${number}`;
    await pipelines.put(name, pipeline);
    safeMode.keptPipeline(name);
  }

  async #orTell(act: () => Promise<unknown>): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.parts.notify(`safe mode: ${messageOf(error)}`);
    }
  }
}

function nameOf(pipeline: string): string {
  try {
    const { name } = parse(pipeline, "state.json").value as { name?: unknown };
    const short = String(name).slice(0, 40);
    return PIPELINE_NAME.test(short) ? short : "pipeline";
  } catch {
    return "pipeline";
  }
}
