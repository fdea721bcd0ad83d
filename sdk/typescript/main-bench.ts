// SPDX-License-Identifier: Apache-2.0
//
// Opens a main part on a box of a test's own: events and requests reach it as they would there, as JSON and one event after
// the other, and it can do what its manifest asks for and nothing else.
import { type Box, type BoxEvent, enter, type Json, type MainPart, ServiceError } from "./stagebox.ts";

/** As much of plugin.toml as matters here: `import manifest from "../plugin.toml"`. */
export interface ManifestLike {
  id: string;
  version?: string;
  permissions?: { subscribe?: string[]; publish?: string[]; services?: string[] };
  config?: Record<string, { default?: Json }>;
}

export interface MainOptions {
  manifest: ManifestLike;
  /** What is other than the manifest's defaults. */
  config?: Record<string, Json>;
  data_folder?: string;
  /** Of others, by their full names: `{ "stagebox.mark": (request) => answer }`. */
  services?: Record<string, (request: Json) => unknown>;
}

const asJson = (value: unknown): Json => JSON.parse(JSON.stringify(value ?? null));
const fits = (asked: string[] | undefined, name: string) => asked?.some((it) => it === "*" || it === name) ?? false;
let opened = 0;

export class OpenMain {
  /** All that it published, and all that it called, in this order. */
  readonly published: { type: string; data: Json }[] = [];
  readonly calls: { service: string; request: Json }[] = [];
  /** Folders, by their subscription, from 1 on: what changes there a test says, by happens("watch.changed", ...). */
  readonly watched: (string | undefined)[] = [];
  readonly #handlers = new Map<string, ((event: BoxEvent) => unknown)[]>();
  readonly #services = new Map<string, (request: Json) => unknown>();
  #part: MainPart = {};
  #events = 0;

  constructor(readonly options: MainOptions) {}

  /** Something happens. Resolves once it has been heard; what a handler throws is thrown here. */
  async happens(type: string, data: object = {}, lost = 0): Promise<void> {
    const own = [...(this.#handlers.get(type) ?? []), ...(this.#handlers.get("*") ?? [])];
    if (own.length === 0 && !this.#handlers.has(type) && !this.#handlers.has("*")) return;
    const event = { id: ++this.#events, type, time: new Date().toISOString(), data: asJson(data), lost };
    for (const handler of own.length > 0 ? own : [(it: BoxEvent) => this.#part.on_event?.(it)]) await handler(event);
  }

  /** Somebody asks one of its services. */
  async ask<Answer = Json>(name: string, request: unknown = null): Promise<Answer> {
    const serve = this.#services.get(name);
    if (!serve) throw new ServiceError(`it registers no service("${name}", ...)`);
    return asJson(await serve(asJson(request)));
  }

  async unload(): Promise<void> {
    await this.#part.on_unload?.();
  }

  async load(file: string): Promise<this> {
    const { manifest, data_folder } = this.options;
    const defaults = Object.entries(manifest.config ?? {}).map(([name, it]) => [name, it.default]);
    const config = { ...Object.fromEntries(defaults), ...this.options.config };
    enter({ ...this.#box(), config, data_folder });
    this.#part = await import(`${file}?${++opened}`); // each has variables of its own
    await this.#part.on_load?.({ plugin: manifest.id, version: manifest.version ?? "0.0.0", config });
    return this;
  }

  #box(): Omit<Box, "config" | "data_folder"> {
    const { manifest, services = {} } = this.options;
    const { id, permissions = {} } = manifest;
    return {
      subscribe: async (type, handler) => {
        if (!fits(permissions.subscribe, type))
          throw new Error(`${id} may not hear "${type}": [permissions] subscribe`);
        this.#handlers.set(type, [...(this.#handlers.get(type) ?? []), ...(handler ? [handler] : [])]);
      },
      publish: async (type, data = {}) => {
        if (!fits(permissions.publish, type)) throw new Error(`${id} publishes "${type}": [permissions] publish`);
        this.published.push({ type, data: asJson(data) });
      },
      call: async (service, request) => {
        if (!fits(permissions.services, service))
          throw new ServiceError(`${id} may not call ${service}: [permissions] services`);
        this.calls.push({ service, request: asJson(request) });
        const serve = services[service];
        if (!serve) throw new ServiceError(`there is no service "${service}"`);
        return asJson(await serve(asJson(request)));
      },
      service: (name, serve) => void this.#services.set(name, serve),
      watch: (folder) => this.watched.push(folder),
      unwatch: (subscription) => void delete this.watched[subscription - 1],
    };
  }
}

/** Runs the file of a main part, with an absolute path, up to the end of its on_load. One at a time: what a file imports
 * from "stagebox" belongs to the one that was opened last. */
export function openMain(file: string, options: MainOptions): Promise<OpenMain> {
  return new OpenMain(options).load(file);
}
