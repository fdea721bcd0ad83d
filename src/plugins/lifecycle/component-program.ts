// SPDX-License-Identifier: Apache-2.0
//
// What is run in a component's place (wasm/program.ts), made in a process that ends: translating takes a Pi a second and
// 50 MB, which are never let go. It is kept by what it is made of, until its plugin is disabled.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ownCommand } from "../../asset.ts";
import { type Problem, ProblemsError } from "../../pipeline/problem.ts";
import { goesFirst } from "../../store/goes-first.ts";
import { type PluginPlaces, pathsOf } from "../choices/library-options.ts";
import { grantedPermissions } from "../choices/permissions.ts";
import { RECORDINGS } from "../manifest/rules.ts";
import type { FoundPlugin, PluginChoice } from "../plugin.ts";
import { componentMemory } from "../wasm/memory.ts";
import { type ProgramRequest, programKey } from "../wasm/program.ts";
import type { HostingTerms } from "../wasm/terms.ts";
import type { World } from "../wasm/worlds.ts";

/** What the process is told; what it answers is `{"problems": []}`. */
export interface ProgramOrder extends ProgramRequest {
  /** base64 */
  component: string;
  /** Where it goes. */
  file: string;
}

export const PREPARE = "plugin prepare";
const MOST_MS = 60_000;
/** Of one plugin: what runs, what takes over, what was there before. */
const MOST_KEPT = 6;

/** For whom, and where. */
export interface MadeFor {
  found: FoundPlugin;
  choice: PluginChoice;
  places: PluginPlaces;
  signal?: AbortSignal | undefined;
}

/** Absolute. Throws ProblemsError. */
export async function componentFile(
  component: Uint8Array,
  world: World,
  { found, choice, places, signal }: MadeFor,
): Promise<string> {
  const request = { world, terms: termsOf(found, choice, places) };
  const folder = join(places.prepared ?? ownFolder(), found.manifest.id);
  const file = join(folder, `${await programKey(component, request)}.js`);
  if (existsSync(file)) {
    const now = new Date();
    utimesSync(file, now, now);
    return file;
  }
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  await prepared({ ...request, component: component.toBase64(), file }, signal);
  letGo(folder);
  return file;
}

/** Of a plugin that is not to run any more. */
export function clearPrepared(id: string, { prepared }: PluginPlaces): void {
  if (prepared !== undefined) rmSync(join(prepared, id), { recursive: true, force: true });
}

async function prepared(order: ProgramOrder, signal: AbortSignal | undefined): Promise<void> {
  const child = Bun.spawn([...ownCommand(), ...PREPARE.split(" ")], {
    stdin: new Blob([JSON.stringify(order)]),
    ...{ stdout: "pipe", stderr: "pipe", timeout: MOST_MS, killSignal: "SIGKILL" },
    ...(signal && { signal }),
  });
  goesFirst(child.pid);
  const [said, complaints] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  signal?.throwIfAborted();
  const problems = problemsIn(said) ?? [{ message: `could not be translated: ${ended(child, complaints)}` }];
  if (problems.length > 0) throw new ProblemsError(problems.map(({ message }) => ({ file: "component", message })));
}

function problemsIn(said: string): Problem[] | undefined {
  try {
    return JSON.parse(said).problems;
  } catch {
    return undefined;
  }
}

function ended({ signalCode, exitCode }: Bun.Subprocess, complaints: string): string {
  if (signalCode !== null) return `that took longer than ${MOST_MS / 1000} s, or was ended by ${signalCode}`;
  return complaints.trim().split("\n").at(-1) || `the process that did it ended with ${exitCode}`;
}

function letGo(folder: string): void {
  const files = readdirSync(folder).map((name) => join(folder, name));
  const newest = files.toSorted((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  for (const file of newest.slice(MOST_KEPT)) rmSync(file, { force: true });
}

let own: string | undefined;

function ownFolder(): string {
  if (own === undefined) {
    const made = mkdtempSync(join(tmpdir(), "stagebox-prepared-"));
    chmodSync(made, 0o711); // the sandbox's user gets at what it is told of
    process.once("exit", () => rmSync(made, { recursive: true, force: true }));
    own = made;
  }
  return own;
}

function termsOf({ manifest }: FoundPlugin, choice: PluginChoice, places: PluginPlaces): HostingTerms {
  const { id, stages, config, permissions, limits, events, services } = manifest;
  const granted = grantedPermissions(permissions, choice.granted);
  const { log, config: reads, watch, subscribe, publish, services: calls } = granted;
  const specs = (all: typeof config) => all.map(({ id, kind }) => ({ id, kind }));
  const folders = [...new Set([...granted.read, ...granted.write])].flatMap((path) => {
    const name = path === RECORDINGS ? path.slice(0, -1) : path;
    return pathsOf([path], places).map((place): [string, string] => [name, place]);
  });
  return {
    ...{ id, memory_mb: componentMemory(limits.memory_mb), config: specs(config) },
    stages: stages.map(({ type, output, params = [] }) => ({ type, output, params: specs(params as typeof config) })),
    granted: { ...{ log, config: reads, watch, folders, subscribe, publish }, services: calls },
    events: events.map(({ name, schema }) => ({ name, schema })),
    services: services.map(({ name }) => name),
  };
}
