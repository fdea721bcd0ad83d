// SPDX-License-Identifier: Apache-2.0
//
// A component of the world `plugin` as the [main] of a plugin in TypeScript, which native/runtimes/script/main.ts runs.
// What is lent to it goes over the bus, which checks all of it again. Calls into the component are short and come one at a
// time; what takes longer comes back as an event.
import { Allowance } from "../bus/allowance.ts";
import { PAYLOAD_LIMITS, readJson } from "../bus/message.ts";
import { payloadProblems } from "../bus/payload.ts";
import { type Capabilities, CapabilityError } from "./capabilities.ts";
import { resolve } from "./granted-folders.ts";
import { ComponentTrap, type LoadedComponent } from "./instantiate.ts";
import { fallen, plain } from "./last-words.ts";
import { lent } from "./lent.ts";
import { PluginComponent } from "./plugin-component.ts";
import type { HostingTerms } from "./terms.ts";
import { componentSettings } from "./values.ts";

/** `import ... from "stagebox"` of a main part. */
export interface MainHost {
  config: object;
  subscribe(type: string): Promise<void>;
  publish(type: string, data: object): Promise<void>;
  call(service: string, request: unknown): Promise<unknown>;
  service(name: string, serve: (request: unknown) => Promise<unknown>): void;
  watch(folder: string, debounce_ms: number): number;
  unwatch(subscription: number): void;
}

interface MainEvent {
  type: string;
  time: string;
  data: Record<string, unknown>;
}

const MOST = { watches: 16, calls: 64 };
const DEBOUNCE_MS = { least: 100, most: 60_000 };

export function mainPart(component: LoadedComponent, terms: HostingTerms, host: MainHost): object {
  const main = new HostedMain(component, terms, host);
  return {
    on_load: () => main.load(),
    on_event: (event: MainEvent) => main.take(event),
    on_unload: () => main.unload(),
  };
}

class HostedMain {
  readonly #plugin: PluginComponent;
  readonly #allowance = new Allowance();
  readonly #folders: ReadonlyMap<string, string>;
  /** What it watches, by the number of the subscription. */
  readonly #watches = new Map<number, { grant: string; path: string }>();
  /** Requests to its services, by their numbers. */
  readonly #requests = new Map<number, PromiseWithResolvers<unknown>>();
  #request = 0;
  #call = 0;
  #calls = 0;

  constructor(
    component: LoadedComponent,
    private readonly terms: HostingTerms,
    private readonly host: MainHost,
  ) {
    this.#folders = new Map(terms.granted.folders);
    const capabilities = { ...lent(terms, host.config), ...this.#lentToMain() };
    try {
      this.#plugin = PluginComponent.create(component, { memory_mb: terms.memory_mb, capabilities });
    } catch (error) {
      throw plain((error as Error).message);
    }
  }

  async load(): Promise<void> {
    const { config, services, granted } = this.terms;
    try {
      this.#plugin.init(componentSettings(config, this.host.config as never));
    } catch (error) {
      throw plain((error as Error).message);
    }
    for (const name of services) this.host.service(name, (request) => this.#serve(name, request));
    for (const type of granted.subscribe) await this.host.subscribe(type);
  }

  take({ type, time, data }: MainEvent): void {
    const watched = this.#watches.get(data.subscription as number);
    if (type !== "watch.changed") this.#tell(type, data, Date.parse(time));
    else if (watched) {
      const below = (path: string) => (watched.path === "" ? path : `${watched.path}/${path}`);
      const paths = (data.paths as string[]).map(below);
      this.#tell(type, { ...data, grant: watched.grant, paths }, Date.parse(time));
    }
  }

  unload(): void {
    this.#ask(() => this.#plugin.shutdown());
  }

  /** A request becomes an event, and is answered whenever the component does. */
  #serve(service: string, body: unknown): Promise<unknown> {
    const request = ++this.#request;
    const answered = Promise.withResolvers<unknown>();
    this.#requests.set(request, answered);
    this.#tell("service.request", { request, service, body });
    return answered.promise;
  }

  #tell(name: string, data: object, time_ms = Date.now()): void {
    this.#ask(() => this.#plugin.handleEvent({ name, time_ms, data: JSON.stringify(data) }));
  }

  #ask(act: () => void): void {
    try {
      act();
    } catch (error) {
      if (error instanceof ComponentTrap) fallen(error.message);
      console.error((error as Error).message);
    }
  }

  #lentToMain(): Capabilities {
    const { granted, services } = this.terms;
    return {
      ...(granted.watch && granted.folders.length > 0 && { watch: this.#watching() }),
      ...(granted.publish.length > 0 && { relay: { publish: (name, payload) => this.#publish(name, payload) } }),
      ...((granted.services.length > 0 || services.length > 0) && { services: this.#calling() }),
    };
  }

  #watching(): NonNullable<Capabilities["watch"]> {
    return {
      subscribe: (grant, path, debounce_ms) => {
        const { folder, stats } = resolve(this.#folders, grant, path);
        if (!stats.isDirectory()) throw new CapabilityError("not-a-directory");
        if (this.#watches.size >= MOST.watches) throw new CapabilityError("too-many");
        const debounce = Math.min(DEBOUNCE_MS.most, Math.max(DEBOUNCE_MS.least, debounce_ms));
        const subscription = this.host.watch(folder, debounce);
        this.#watches.set(subscription, { grant, path });
        return subscription;
      },
      unsubscribe: (subscription) => {
        if (this.#watches.delete(subscription)) this.host.unwatch(subscription);
      },
    };
  }

  #publish(channel: string, payload: string): void {
    const { granted, events, id } = this.terms;
    if (!granted.publish.includes(channel)) throw new CapabilityError({ tag: "not-granted" });
    const data = parsed(payload, PAYLOAD_LIMITS.event_bytes);
    if (typeof data !== "object" || data === null || Array.isArray(data)) throw badPayload("it is no object");
    const own = events.find(({ name }) => `${id}.${name}` === channel);
    const problems = payloadProblems(data, own?.schema ?? {});
    if (problems.length > 0) throw badPayload(problems.join("; "));
    if (!this.#allowance.take(payload)) throw new CapabilityError({ tag: "too-fast" });
    this.host.publish(channel, data);
  }

  #calling(): NonNullable<Capabilities["services"]> {
    return {
      call: (service, request) => {
        if (!this.terms.granted.services.includes(service)) throw new CapabilityError({ tag: "not-granted" });
        const body = parsed(request, PAYLOAD_LIMITS.service_bytes);
        if (this.#calls >= MOST.calls) throw new CapabilityError({ tag: "too-many" });
        const call = ++this.#call;
        this.#calls++;
        const settle = (outcome: object) => {
          this.#calls--;
          this.#tell("service.answer", { call, ...outcome });
        };
        this.host.call(service, body).then(
          (answer) => settle({ answer }),
          (error) => settle({ error: error.message }),
        );
        return call;
      },
      answer: (request, answer) => {
        const body = parsed(answer, PAYLOAD_LIMITS.service_bytes);
        this.#answered(request)?.resolve(body);
      },
      refuse: (request, words) => this.#answered(request)?.reject(plain(words.slice(0, 1000))),
    };
  }

  #answered(request: number): PromiseWithResolvers<unknown> | undefined {
    const answered = this.#requests.get(request);
    this.#requests.delete(request);
    return answered;
  }
}

function parsed(text: string, most_bytes: number): unknown {
  const read = readJson(text, most_bytes);
  if ("problem" in read) throw badPayload(`it ${read.problem}`);
  return read.value;
}

const badPayload = (val: string) => new CapabilityError({ tag: "bad-payload", val });
