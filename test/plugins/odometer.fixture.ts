// SPDX-License-Identifier: Apache-2.0
//
// Plugins made of libraries/odometer.c, and a box's runtime with a manager around their folder.
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FLAG, Packet } from "../../src/native/packet.ts";
import { parse } from "../../src/pipeline/parse.ts";
import { validate } from "../../src/pipeline/validate.ts";
import { PluginBus } from "../../src/plugins/bus/bus.ts";
import type { MemberPatience } from "../../src/plugins/bus/member.ts";
import { PluginChoices } from "../../src/plugins/choices/choices.ts";
import { Generations } from "../../src/plugins/generations/generations.ts";
import { PluginManager, type PluginManagerOptions } from "../../src/plugins/manager.ts";
import { Signatures } from "../../src/plugins/signature/signatures.ts";
import { keyFolders } from "../../src/plugins/signature/trusted-keys.ts";
import { LiveCatalog } from "../../src/runtime/catalog.ts";
import { EventBus } from "../../src/runtime/events.ts";
import { Supervisor } from "../../src/runtime/supervisor.ts";
import { DataFolder } from "../../src/store/folder.ts";
import { hostTriple } from "../../src/triple.ts";
import { manifestText } from "./manifest.fixture.ts";

const root = join(import.meta.dir, "../..");

export interface Build {
  /** Of libraries/; odometer.c if absent. */
  source?: string;
  /** What it is compiled with: { BUILD: 2 }. */
  define?: Record<string, string | number | true>;
  /** Of its manifest. */
  manifest?: object;
}

const built = new Map<string, Uint8Array>();

/** The library's bytes; compiled once for each set of definitions. */
export async function libraryBytes(define: Build["define"] = {}, source = "odometer.c"): Promise<Uint8Array> {
  const flags = Object.entries(define).map(([name, value]) => (value === true ? `-D${name}` : `-D${name}=${value}`));
  const key = [source, ...flags].join(" ");
  const known = built.get(key);
  if (known) return known;
  const out = join(root, `native/build/${hostTriple}/odometer-${Bun.hash(key).toString(36)}-${process.pid}.so`);
  const includes = ["-I", join(root, "native/include")];
  const compiled = Bun.spawnSync([
    "gcc",
    "-std=gnu11",
    "-O1",
    "-fPIC",
    "-shared",
    ...includes,
    ...flags,
    join(import.meta.dir, "libraries", source),
    "-o",
    out,
  ]);
  if (!compiled.success) throw new Error(compiled.stderr.toString());
  const bytes = await Bun.file(out).bytes();
  rmSync(out);
  built.set(key, bytes);
  return bytes;
}

/** Puts a plugin into `folder`, as an installation would: a library that is there is replaced in one step. */
export async function putPlugin(folder: string, { source, define, manifest = {} }: Build = {}): Promise<void> {
  const library = join(folder, `bin/${hostTriple}`);
  mkdirSync(library, { recursive: true });
  const change = {
    ...{ id: "odometer", runtime: { library: "bin/<target-triple>/libodometer.so" } },
    stages: { odometer: { name: "Odometer", input: "signal", output: "signal" } },
    ...manifest,
  };
  writeFileSync(join(folder, "plugin.toml"), manifestText(change));
  writeFileSync(join(library, ".new"), await libraryBytes(define, source));
  renameSync(join(library, ".new"), join(library, "libodometer.so"));
}

/** The runtime of a box with plugins, over a data folder. */
export class PluginBox {
  readonly said: string[] = [];
  readonly frames: number[] = [];
  readonly builds: number[] = [];
  /** Frames before which some are missing, or come again. */
  readonly breaks: number[] = [];
  #next: number | undefined;

  private constructor(
    readonly folder: DataFolder,
    readonly catalog: LiveCatalog,
    readonly events: EventBus,
    readonly supervisor: Supervisor,
    readonly plugins: PluginManager,
    readonly bus: PluginBus,
  ) {}

  static async open(
    path: string,
    { patience, ...options }: Partial<PluginManagerOptions> & { patience?: MemberPatience } = {},
  ): Promise<PluginBox> {
    const folder = new DataFolder(path);
    const catalog = new LiveCatalog();
    const events = new EventBus();
    const supervisor = new Supervisor({
      ...{ catalog, events, recordings_folder: folder.recordings },
      resolveFile: (file) => file,
      onChange() {},
    });
    const choices = await PluginChoices.open(folder, () => {});
    const bus = new PluginBus(events, patience);
    const plugins = new PluginManager({
      ...{ catalog, events, bus, graph: supervisor, choices, data: folder },
      folders: [{ origin: "box", path: folder.plugins }],
      signatures: new Signatures(keyFolders(folder)),
      key_folders: keyFolders(folder),
      generations: await Generations.open(folder, choices, () => {}),
      places: { recordings: folder.recordings, plugin_data: folder.plugin_data },
      ...options,
    });
    const box = new PluginBox(folder, catalog, events, supervisor, plugins, bus);
    events.subscribe(({ type, data }) => {
      if (type.startsWith("Plugin"))
        box.said.push(`${type} ${data.plugin} ${data.state ?? ""} ${data.reason ?? data.message ?? ""}`);
    });
    return box;
  }

  plugin(...path: string[]): string {
    return join(this.folder.plugins, ...path);
  }

  /** Runs stages, each after the one before, behind a signal of 3 channels. */
  async run(...stages: string[]): Promise<void> {
    const text = `schema: 1\nname: test\nsource: { id: board, type: synthetic, params: { channels: 3, rate_hz: 1000 } }\nstages:\n${stages.map((stage) => `  - ${stage}\n`).join("")}`;
    await this.supervisor.start(validate(parse(text, "test.yaml"), this.catalog));
  }

  /** Keeps both channels of a stage's output. */
  async listen(stage: string): Promise<() => void> {
    return this.supervisor.listen(stage, {
      onFormat() {},
      onPacket: (bytes) => {
        const packet = new Packet(bytes);
        const { data, first_frame, lost_before } = packet;
        if (lost_before > 0 || (this.#next !== undefined && first_frame !== this.#next)) this.breaks.push(first_frame);
        this.#next = first_frame + packet.frames;
        /* On a busy machine an answer may come too late; what stands in for it says nothing about the plugin. */
        const isOwn = (packet.flags & FLAG.late) === 0;
        for (let frame = 0; frame < packet.frames; frame++) {
          this.frames.push(isOwn ? (data[frame * packet.channels] ?? 0) : Number.NaN);
          if (isOwn) this.builds.push(data[frame * packet.channels + 1] ?? 0);
        }
      },
      onEnd() {},
    });
  }

  async close(): Promise<void> {
    await this.supervisor.shutdown();
    await this.plugins.close();
  }
}

/** Frames that are not one more than the one before, as far as both are known. */
export function jumps(frames: readonly number[]): string[] {
  return frames.flatMap((frame, index) => {
    const before = frames[index - 1];
    const isKnown = before !== undefined && !Number.isNaN(before) && !Number.isNaN(frame);
    return !isKnown || frame === before + 1 ? [] : [`${before} -> ${frame}`];
  });
}
