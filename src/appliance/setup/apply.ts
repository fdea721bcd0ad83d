// SPDX-License-Identifier: Apache-2.0
//
// Does what the files ask for, one setting after the other. Each can be done again with the same result, so that after
// a power cut all of it is; one that cannot be done leaves the others alone.
import type { Place } from "../../pipeline/document.ts";
import { messageOf, type Problem, ProblemsError } from "../../pipeline/problem.ts";
import type { Box } from "./box.ts";
import { handOver, takeBackAll } from "./handover.ts";
import type { Later } from "./later.ts";
import { placed } from "./report.ts";
import type { ServiceAnswer, ServiceOrder } from "./service-side.ts";
import { setLogin, setSsh } from "./steps/access.ts";
import { putInForce } from "./steps/in-force.ts";
import { setHostname, setTimezone } from "./steps/names.ts";
import { setAccessPoint, setWifi } from "./steps/network.ts";
import { besideCardFile, isAddress, pipelineOrder } from "./steps/service.ts";
import { setBoard, setUpdate } from "./steps/settings.ts";
import type { Done, PluginSource, Settings, Wishes } from "./wishes.ts";

type Step<K extends keyof Settings> = (value: Settings[K], box: Box) => Promise<string | Done>;
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
  notes: string[];
  /** What has to wait for the network. */
  later: Later;
  /** Some of it counts only once the box was started again. */
  restart: boolean;
  /** The box itself failed, not the file: worth another try. */
  failed: boolean;
  /** Settings that are in force, their secrets in a safe place. */
  taken: Set<keyof Settings>;
}

export async function applyWishes(wishes: Wishes, box: Box): Promise<Applied> {
  const applying = new Applying(box);
  for (const key of Object.keys(STEPS) as SystemKey[]) await applying.system(key, wishes);
  await applying.inForce(wishes);
  await applying.service(wishes);
  return applying.result;
}

class Applying {
  readonly result: Applied = {
    done: [],
    problems: [],
    notes: [],
    later: { plugins: [] },
    restart: false,
    failed: false,
    taken: new Set(),
  };

  constructor(private readonly box: Box) {}

  async system<K extends SystemKey>(key: K, wishes: Wishes): Promise<void> {
    const wish = wishes[key];
    if (!wish) return;
    await this.#try(wish.place, async () => {
      const done = await STEPS[key](wish.value, this.box);
      const { words, restart } = typeof done === "string" ? { words: done, restart: false } : done;
      this.result.done.push(words);
      this.result.restart ||= restart;
      this.result.taken.add(key);
    });
  }

  async inForce({ hostname, timezone, ssh }: Wishes): Promise<void> {
    if (!hostname && !timezone && !ssh) return;
    const note = await putInForce(this.box, ssh !== undefined);
    if (note) this.result.notes.push(note);
  }

  async service(wishes: Wishes): Promise<void> {
    const { places, service } = this.box;
    const here: PluginSource[] = [];
    const order: ServiceOrder = { plugins: [], ...(wishes.admin && { token: wishes.admin.value.token }) };
    for (const plugin of wishes.plugins?.value ?? [])
      await this.#try(plugin.place, async () => {
        if (isAddress(plugin.source)) return void this.result.later.plugins.push(plugin);
        order.plugins.push(await handOver(besideCardFile(plugin.source, places), places));
        here.push(plugin);
      });
    const { pipeline } = wishes;
    if (pipeline)
      await this.#try(pipeline.place, async () => {
        order.pipeline = pipelineOrder(pipeline.value, places);
      });
    if (order.token !== undefined || order.plugins.length > 0 || order.pipeline)
      await this.#try(firstPlace(wishes), async () => {
        for (const answer of await service.obey(order)) this.#hear(answer, order, wishes, here);
      });
    await takeBackAll(places);
  }

  #hear(
    { part, index, done, problems }: ServiceAnswer,
    order: ServiceOrder,
    wishes: Wishes,
    here: PluginSource[],
  ): void {
    const { later } = this.result;
    const place =
      (part === "plugin" ? here[index ?? 0]?.place : wishes[part === "token" ? "admin" : part]?.place) ?? {};
    if (done !== undefined) {
      this.result.done.push(done);
      if (part === "token") this.result.taken.add("admin");
    } else if (part === "pipeline" && order.pipeline && later.plugins.length > 0)
      later.pipeline = { order: order.pipeline, place };
    else this.#refuse(place, problems);
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

  #refuse(place: Place, problems: readonly Problem[]): void {
    this.result.problems.push(...placed(problems, place));
  }
}

function firstPlace({ admin, plugins, pipeline }: Wishes): Place {
  return (admin ?? plugins ?? pipeline)?.place ?? {};
}
