// SPDX-License-Identifier: Apache-2.0
//
// The instances that callers made of plugins' stages. Calls to one take turns; a crash in one is its caller's answer.
import { EngineError } from "../../native/engine.ts";
import type { Node } from "../../native/node.ts";
import type { Catalog, ComponentSpec, Params } from "../../pipeline/catalog.ts";
import { bodyDocument } from "../../pipeline/document.ts";
import { Field } from "../../pipeline/field.ts";
import { readParams } from "../../pipeline/params.ts";
import { messageOf, type Problem, ProblemsError } from "../../pipeline/problem.ts";
import { suggestion } from "../../pipeline/suggest.ts";
import { either, quote } from "../../pipeline/words.ts";
import { BusyError, NotFoundError } from "../../runtime/box.ts";
import { Turns } from "../../runtime/turns.ts";
import type { OpenPlugin } from "../lifecycle/open-plugin.ts";
import type { PluginRunner } from "../lifecycle/runner.ts";
import type { WatchedInstance } from "../lifecycle/watchdog.ts";
import type { InstanceOutput, InstanceView, Plugins } from "../plugin.ts";
import { Instance } from "./instance.ts";

export const INSTANCE_LIMITS = {
  instances: 64,
  call_bytes: 4 * 2 ** 20,
  channels: 1024,
  rate_hz: 1e6,
  frames: 65_536,
} as const;
const DEFAULT_FRAMES = 1024;

interface Kept {
  instance: Instance;
  turns: Turns;
}

export class Instances {
  #all = new Map<string, Kept>();
  #making = 0;

  constructor(private readonly catalog: Catalog) {}

  list(): InstanceView[] {
    return [...this.#all.values()].map(({ instance }) => instance.view);
  }

  /** For whoever looks after a plugin's instances. */
  watched(): WatchedInstance<Node>[] {
    return [...this.#all].map(([id, { instance }]) => ({ id: `instance ${id}`, node: instance.node, isCallers: true }));
  }

  /** Throws ProblemsError, BusyError. */
  async create(runner: PluginRunner, request: Parameters<Plugins["createInstance"]>[1]): Promise<InstanceView> {
    if (this.#all.size + this.#making >= INSTANCE_LIMITS.instances)
      throw new BusyError(`there are ${INSTANCE_LIMITS.instances} instances already; delete one`);
    const { manifest } = (runner.open as OpenPlugin).found;
    const spec = stageOf(runner.open as OpenPlugin, request.type);
    const max_frames = request.max_frames ?? DEFAULT_FRAMES;
    checkFormat(request, max_frames);
    const { rate_hz, channel_names } = request;
    const view: InstanceView = {
      id: crypto.randomUUID().slice(0, 8),
      plugin: manifest.id,
      version: manifest.version,
      type: spec.type,
      params: checkedParams(spec, request.params ?? {}),
      ...{ rate_hz, channel_names: [...channel_names] },
      created: new Date().toISOString(),
    };
    this.#making++;
    try {
      const replay = this.catalog.sources.get("replay") as ComponentSpec;
      const instance = await Instance.create(view, replay, spec, max_frames);
      this.#all.set(view.id, { instance, turns: new Turns() });
    } catch (error) {
      throw error instanceof EngineError ? new ProblemsError([{ message: error.message }]) : error;
    } finally {
      this.#making--;
    }
    return view;
  }

  delete(id: string): Promise<void> {
    const kept = this.#find(id);
    this.#all.delete(id);
    return kept.turns.take(async () => kept.instance.close());
  }

  async execute(id: string, samples: Float32Array): Promise<InstanceOutput> {
    const kept = this.#find(id);
    const { channel_names } = kept.instance.view;
    const problems: Problem[] = [];
    if (samples.byteLength > INSTANCE_LIMITS.call_bytes)
      problems.push({ message: `a call takes at most ${INSTANCE_LIMITS.call_bytes} bytes of samples; make several` });
    if (samples.length % channel_names.length !== 0)
      problems.push({ message: `${samples.length} samples are no whole frames of ${channel_names.length} channels` });
    if (problems.length > 0) throw new ProblemsError(problems);
    return kept.turns.take(() => {
      if (this.#all.get(id) !== kept) throw this.#unknown(id);
      return kept.instance.execute(samples);
    });
  }

  /** Those of a plugin go on in another version; those that do not fit it end. Returns what became of those. */
  async adopt(plugin: string, next: OpenPlugin): Promise<string[]> {
    const lost: string[] = [];
    for (const kept of this.#of(plugin))
      await kept.turns.take(async () => {
        const { view } = kept.instance;
        try {
          const spec = stageOf(next, view.type);
          await kept.instance.inherit(spec);
          view.version = next.found.manifest.version;
        } catch (error) {
          this.#all.delete(view.id);
          kept.instance.close();
          lost.push(`instance ${view.id} (${view.type}) ended: ${messageOf(error)}`);
        }
      });
    return lost;
  }

  async deleteOf(plugin: string): Promise<void> {
    for (const { instance } of this.#of(plugin)) await this.delete(instance.view.id);
  }

  #of(plugin: string): Kept[] {
    return [...this.#all.values()].filter(({ instance }) => instance.view.plugin === plugin);
  }

  #find(id: string): Kept {
    const kept = this.#all.get(id);
    if (!kept) throw this.#unknown(id);
    return kept;
  }

  #unknown(id: string): NotFoundError {
    return new NotFoundError(`there is no instance ${quote(id)}; ${suggestion(id, this.#all.keys())}`);
  }
}

function stageOf({ components, found }: OpenPlugin, type: string | undefined): ComponentSpec {
  const stages = components.stages.filter(({ input }) => input === "signal");
  const types = stages.map((spec) => spec.type);
  const { id } = found.manifest;
  if (types.length === 0) {
    const remedy = "only such can be run by hand; put its own into a pipeline";
    throw new ProblemsError([{ message: `${id} has no stage that takes a signal, and ${remedy}` }]);
  }
  if (type === undefined && types.length !== 1)
    throw new ProblemsError([
      { field: "/type", message: `${id} has several stages, and type is missing; choose ${either(types)}` },
    ]);
  const spec = type === undefined ? stages[0] : stages.find((it) => it.type === type);
  if (spec) return spec;
  const message = `${id} has no stage ${quote(type ?? "")} that takes a signal; ${suggestion(type ?? "", types)}`;
  throw new ProblemsError([{ field: "/type", message }]);
}

function checkFormat(
  { rate_hz, channel_names }: { rate_hz: number; channel_names: string[] },
  max_frames: number,
): void {
  const { channels, rate_hz: most_hz, frames } = INSTANCE_LIMITS;
  const problems: Problem[] = [];
  if (!(rate_hz > 0 && rate_hz <= most_hz))
    problems.push({ field: "/rate_hz", message: `rate_hz must be above 0 and at most ${most_hz} Hz` });
  if (channel_names.length < 1 || channel_names.length > channels)
    problems.push({ field: "/channel_names", message: `channel_names must name 1 to ${channels} channels` });
  if (new Set(channel_names).size !== channel_names.length)
    problems.push({ field: "/channel_names", message: "channel_names has a name twice; give each channel its own" });
  if (channel_names.some((name) => /\p{Cc}/u.test(name)))
    problems.push({ field: "/channel_names", message: "channel_names has a line end or a control character in it" });
  if (!Number.isInteger(max_frames) || max_frames < 1 || max_frames > frames)
    problems.push({ field: "/max_frames", message: `max_frames must be a whole number from 1 to ${frames}` });
  if (problems.length > 0) throw new ProblemsError(problems);
}

function checkedParams(spec: ComponentSpec, params: Params): Params {
  const field = Field.root(bodyDocument({ params }));
  const checked = readParams(field, ["params"], spec);
  field.settle();
  return checked;
}
