// SPDX-License-Identifier: Apache-2.0
//
// What a stage costs by the language that its plugin is written in: the gain that `stagebox plugin new` writes, made and
// opened as the box would, below the sandbox in a process of its own; the native one in this process, too.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Library } from "../../native/library.ts";
import type { Catalog } from "../../pipeline/catalog.ts";
import { messageOf } from "../../pipeline/problem.ts";
import { builderOf } from "../../plugins/build/builders.ts";
import { readPlugin } from "../../plugins/discovery/read-plugin.ts";
import { libraryToOpen, openPlugin } from "../../plugins/lifecycle/open-plugin.ts";
import type { FoundPlugin, PluginChoice } from "../../plugins/plugin.ts";
import { pluginName } from "../../plugins/scaffold/plugin-name.ts";
import { scaffold } from "../../plugins/scaffold/scaffold.ts";
import { TEMPLATES, type Template } from "../../plugins/scaffold/templates.ts";
import { startGainServer } from "./gain-server.ts";
import { type BenchContext, type Measurement, SHAPES } from "./measurement.ts";
import { timePluginStage } from "./plugin-stage.ts";

/** Stages of the same arithmetic. */
const GAINS = Object.entries(TEMPLATES).flatMap(([runtime, templates]) =>
  Object.entries<Template>(templates)
    .filter(([name]) => name === "gain" || name === "javascript")
    .map(([name, template]) => ({
      ...{ runtime: runtime as keyof typeof TEMPLATES, template },
      way: name === "gain" ? runtime : `${runtime}-${name}`,
    })),
);

/** One whose compiler or interpreter is not on this machine is told, and left out. */
export async function* benchLanguages(
  catalog: Catalog,
  context: BenchContext,
  note: (text: string) => void,
): AsyncGenerator<Measurement> {
  const into = mkdtempSync(join(tmpdir(), "stagebox-bench-"));
  try {
    for (const { way, ...gain } of GAINS)
      try {
        const folder = scaffold(pluginName(`bench ${way}`), { ...gain, into, author: "Stagebox", taken: new Set() });
        yield* benchGain(way, folder, catalog, context);
      } catch (error) {
        context.signal.throwIfAborted();
        note(`the gain of ${way} is not measured: ${messageOf(error)}`);
      }
  } finally {
    rmSync(into, { recursive: true });
  }
}

async function* benchGain(
  way: string,
  folder: string,
  catalog: Catalog,
  context: BenchContext,
): AsyncGenerator<Measurement> {
  const found = readPlugin(folder, "box");
  await builderOf(found.manifest).build(folder, found.manifest, { signal: context.signal, tell() {} });
  const server = found.manifest.runtime.kind === "service" ? await startGainServer(found) : undefined;
  try {
    for (const [name, library] of await librariesOf(way, found, server?.choice ?? {}))
      try {
        for (const shape of SHAPES) {
          const { p50_ns, p99_ns } = await timePluginStage(library, shape, catalog, context);
          yield {
            name: `gain.${name}.${shape.channels}x${shape.frames}`,
            ...{ unit: "us", value: p50_ns / 1e3, p99_us: p99_ns / 1e3 },
          };
        }
      } finally {
        library.close();
      }
  } finally {
    server?.stop();
  }
}

/** Where it runs, by name. */
async function librariesOf(way: string, found: FoundPlugin, choice: PluginChoice): Promise<[string, Library][]> {
  const apart: [string, Library] = [way, (await openPlugin(found, choice, {})).library as Library];
  if (way !== "native") return [apart];
  return [apart, ["in-process", await Library.open(libraryToOpen(found), { isolation: "in-process" })]];
}
