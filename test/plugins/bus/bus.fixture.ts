// SPDX-License-Identifier: Apache-2.0
//
// A box whose plugins have main parts, written for one test, in processes as a box runs them.
import { chmodSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "smol-toml";
import type { Permissions } from "../../../src/plugins/plugin.ts";
import type { BoxEvent } from "../../../src/runtime/events.ts";
import { LEAST, writeTree } from "../manifest.fixture.ts";
import { PluginBox } from "../odometer.fixture.ts";

export interface MainPlugin {
  id: string;
  /** Its main part, in the language that the name of its file says. */
  code: string;
  kind: "python" | "script";
  /** Of its manifest, beside these. */
  manifest?: Record<string, unknown>;
  /** All that it asks for, unless it is said otherwise. */
  granted?: Partial<Permissions>;
}

const EXTENSIONS = { python: ".py", script: ".ts" };

export class BusBox {
  readonly events: BoxEvent[] = [];

  private constructor(
    readonly path: string,
    readonly box: PluginBox,
  ) {
    box.events.subscribe((event) => this.events.push(event));
  }

  static async open(...plugins: MainPlugin[]): Promise<BusBox> {
    const path = mkdtempSync(join(tmpdir(), "stagebox-bus-"));
    chmodSync(path, 0o755); // a process that becomes Bun has no right to pass what is closed to its user
    const granted = plugins.map((plugin) => [plugin.id, { granted: putMain(path, plugin) }]);
    writeTree(path, { "plugins.json": JSON.stringify({ plugins: Object.fromEntries(granted) }) });
    const box = new BusBox(path, await PluginBox.open(path));
    await box.box.plugins.start();
    return box;
  }

  /** What was published of that type, without what stands around it. */
  data(type: string): Record<string, unknown>[] {
    return this.events.filter((event) => event.type === type).map(({ data }) => data);
  }

  get bus() {
    return this.box.bus;
  }

  log(id: string): string {
    return this.box.plugins
      .log(id)
      .map(({ text }) => text)
      .join("\n");
  }

  close(): Promise<void> {
    return this.box.close();
  }
}

/** What it asks for. */
export function putMain(path: string, { id, code, kind, manifest = {}, granted }: MainPlugin): object {
  const script = `main${EXTENSIONS[kind]}`;
  const all = { ...LEAST, id, runtime: { kind, script }, main: {}, ...manifest };
  writeTree(join(path, "plugins", id), { "plugin.toml": stringify(all), [script]: code });
  return granted ?? (all as { permissions?: object }).permissions ?? {};
}
