// SPDX-License-Identifier: Apache-2.0
//
// A box whose plugins have main parts, written for one test, in processes as a box runs them.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "smol-toml";
import type { Permissions } from "../../../src/plugins/plugin.ts";
import type { BoxEvent } from "../../../src/runtime/events.ts";
import { hostTriple } from "../../../src/triple.ts";
import { LEAST, writeTree } from "../manifest.fixture.ts";
import { libraryBytes, PluginBox } from "../odometer.fixture.ts";

export interface MainPlugin {
  id: string;
  kind: "python" | "script" | "native";
  /** Its main part; of a native one the name of a file in libraries/. */
  code: string;
  /** Of its manifest, beside these. */
  manifest?: Record<string, unknown>;
  /** All that it asks for, unless it is said otherwise. */
  granted?: Partial<Permissions>;
}

const SCRIPTS = { python: "main.py", script: "main.ts" };

export class BusBox {
  readonly events: BoxEvent[] = [];

  private constructor(
    readonly path: string,
    readonly box: PluginBox,
  ) {
    box.events.subscribe((event) => this.events.push(event));
  }

  static open(...plugins: MainPlugin[]): Promise<BusBox> {
    return BusBox.openWith({}, ...plugins);
  }

  static async openWith(options: Parameters<typeof PluginBox.open>[1], ...plugins: MainPlugin[]): Promise<BusBox> {
    const path = mkdtempSync(join(tmpdir(), "stagebox-bus-"));
    chmodSync(path, 0o755); // a process that becomes Bun has no right to pass what is closed to its user
    const choices = await Promise.all(plugins.map(async (it) => [it.id, { granted: await putMain(path, it) }]));
    writeTree(path, { "plugins.json": JSON.stringify({ plugins: Object.fromEntries(choices) }) });
    const box = new BusBox(path, await PluginBox.open(path, options));
    await box.box.plugins.start();
    return box;
  }

  get bus() {
    return this.box.bus;
  }

  /** What was published of that type, without what stands around it. */
  data(type: string): Record<string, unknown>[] {
    return this.events.filter((event) => event.type === type).map(({ data }) => data);
  }

  /** What the box says that a plugin did wrong. */
  faults(id: string): string {
    return this.data("PluginFault")
      .filter(({ plugin }) => plugin === id)
      .map(({ message }) => message)
      .join("\n");
  }

  log(id: string): string {
    const lines = this.box.plugins.log(id);
    return lines.map(({ text }) => text).join("\n");
  }

  /** What a call comes to: the answer, or why there is none. */
  ask(service: string, request: unknown = null): Promise<unknown> {
    const [plugin = "", name = ""] = service.split(".");
    return this.bus.call(plugin, name, request).catch((error) => `${error.failure ?? error.name}: ${error.message}`);
  }

  async close(): Promise<void> {
    await this.box.close();
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** What is granted to it. */
export async function putMain(path: string, { id, code, kind, manifest = {}, granted }: MainPlugin): Promise<object> {
  const folder = join(path, "plugins", id);
  const runtime = kind === "native" ? { kind } : { kind, script: SCRIPTS[kind] };
  const all = { ...LEAST, id, runtime, main: {}, ...manifest };
  writeTree(folder, { "plugin.toml": stringify(all), ...(kind !== "native" && { [SCRIPTS[kind]]: code }) });
  if (kind === "native") {
    const bin = join(folder, "bin", hostTriple);
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, `lib${id}.so`), await libraryBytes({}, code));
  }
  return granted ?? (all as { permissions?: object }).permissions ?? {};
}
