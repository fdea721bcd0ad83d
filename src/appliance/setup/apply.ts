// SPDX-License-Identifier: Apache-2.0
//
// Does what the files ask for, one setting after the other. Each can be done again with the same result, so that after
// a power cut all of it is; one that cannot be done leaves the others alone.
import type { Place } from "../../pipeline/document.ts";
import { messageOf, type Problem, ProblemsError } from "../../pipeline/problem.ts";
import type { Box } from "./box.ts";
import type { ServiceAnswer, ServiceOrder } from "./service-side.ts";
import { setLogin, setSsh } from "./steps/access.ts";
import { setHostname, setTimezone } from "./steps/names.ts";
import { setAccessPoint, setWifi } from "./steps/network.ts";
import { besideCardFile, isAddress, pipelineOrder } from "./steps/service.ts";
import { setBoard, setUpdate } from "./steps/settings.ts";
import type { PluginSource, Settings, Wishes } from "./wishes.ts";

type Step<K extends keyof Settings> = (value: Settings[K], box: Box) => Promise<string>;
type SystemKey = Exclude<keyof Settings, "admin" | "plugins" | "pipeline">;

/** Root's part, in this order: by name and network the box is found, whatever goes wrong afterwards. */
const STEPS: { [K in SystemKey]: Step<K> } = {
  hostname: setHostname,
  wifi: setWifi,
  access_point: setAccessPoint,
  login: setLogin,
  ssh: setSsh,
  timezone: setTimezone,
  update: setUpdate,
  board: setBoard,
};

export interface Applied {
  done: string[];
  problems: Problem[];
  /** What has to wait for the network. */
  later: Later;
  /** The box itself failed, not the file: worth another try. */
  failed: boolean;
  /** Settings that are in force, their secrets in a safe place. */
  taken: Set<keyof Settings>;
}

export interface Later {
  plugins: PluginSource[];
}

export async function applyWishes(wishes: Wishes, box: Box): Promise<Applied> {
  const applying = new Applying(box);
  for (const key of Object.keys(STEPS) as SystemKey[]) await applying.system(key, wishes);
  await applying.service(wishes);
  return applying.result;
}

class Applying {
  readonly result: Applied = { done: [], problems: [], later: { plugins: [] }, failed: false, taken: new Set() };

  constructor(private readonly box: Box) {}

  async system<K extends SystemKey>(key: K, wishes: Wishes): Promise<void> {
    const wish = wishes[key];
    if (!wish) return;
    await this.#try(wish.place, async () => {
      this.result.done.push(await STEPS[key](wish.value, this.box));
      this.result.taken.add(key);
    });
  }

  async service(wishes: Wishes): Promise<void> {
    const { admin, plugins, pipeline } = wishes;
    const here: PluginSource[] = [];
    const order: ServiceOrder = { plugins: [], ...(admin && { token: admin.value.token }) };
    for (const plugin of plugins?.value ?? [])
      await this.#try(plugin.place, async () => {
        if (isAddress(plugin.source)) {
          this.result.later.plugins.push(plugin);
          return;
        }
        order.plugins.push(besideCardFile(plugin.source, this.box));
        here.push(plugin);
      });
    if (pipeline)
      await this.#try(pipeline.place, async () => {
        order.pipeline = pipelineOrder(pipeline.value, this.box);
      });
    if (!order.token && order.plugins.length === 0 && !order.pipeline) return;
    await this.#try(admin?.place ?? plugins?.place ?? pipeline?.place ?? {}, async () => {
      for (const answer of await this.box.service.obey(order)) {
        const place = placeOf(answer, wishes, here);
        if (answer.done !== undefined) this.result.done.push(answer.done);
        if (answer.done !== undefined && answer.part === "token") this.result.taken.add("admin");
        this.#refuse(place, answer.problems);
      }
    });
  }

  async #try(place: Place, act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      if (error instanceof ProblemsError) return this.#refuse(place, error.problems);
      this.result.failed = true;
      this.#refuse(place, [
        { message: `could not be done (${messageOf(error)}); it is tried again at the next start` },
      ]);
    }
  }

  /** Problems of another file, such as a pipeline's, keep the place that they have there. */
  #refuse(place: Place, problems: readonly Problem[]): void {
    for (const problem of problems)
      this.result.problems.push(problem.line === undefined ? { ...problem, ...place } : problem);
  }
}

function placeOf({ part, index }: ServiceAnswer, { admin, pipeline }: Wishes, installed: PluginSource[]): Place {
  if (part === "plugin") return installed[index ?? 0]?.place ?? {};
  return (part === "token" ? admin : pipeline)?.place ?? {};
}
