// SPDX-License-Identifier: Apache-2.0
//
// The worlds of plugins/wit, and whether a component fits one.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { assetPath } from "../../asset.ts";
import type { Problem } from "../../pipeline/problem.ts";
import { either, quote } from "../../pipeline/words.ts";
import { CAPABILITIES, type Capability, interfaceId, PACKAGE, VERSION } from "./capabilities.ts";
import { readComponent } from "./read-component.ts";
import { makeComponent } from "./toolchain.ts";
import { type ComponentType, type Extern, functionDifference, functionWords } from "./types.ts";

export const WORLDS = ["stage", "plugin"] as const;
export type World = (typeof WORLDS)[number];

/** That with the package's name comes first. */
const FILES = ["types.wit", "capabilities.wit", "worlds.wit"];

export function witSource(): string {
  return FILES.map((file) => readFileSync(join(assetPath("plugins/wit"), file), "utf8")).join("\n");
}

const known = new Map<World, Promise<ComponentType>>();

/** What a component of that world may import and must export. */
export function worldType(world: World): Promise<ComponentType> {
  const type = known.get(world) ?? makeComponent(witSource(), world).then(readComponent);
  known.set(world, type);
  return type;
}

export interface Fit {
  problems: Problem[];
  /** What it wants to be lent: the functions, by their names in WIT. */
  wants: Partial<Record<Capability, string[]>>;
}

/** Holds a component's type against a world; every function that differs is a problem. */
export async function fitOf(found: ComponentType, world: World): Promise<Fit> {
  const wanted = await worldType(world);
  const problems: Problem[] = [];
  const tell = (message: string) => problems.push({ message });
  const wants: Fit["wants"] = {};
  const ofWasi: string[] = [];
  for (const [id, it] of found.imports) {
    const own = wanted.imports.get(id);
    const capability = CAPABILITIES.find((name) => interfaceId(name) === id);
    if (!own && id.startsWith("wasi:")) ofWasi.push(id);
    else if (!own) tell(`it imports ${quote(id)}, ${whyNot(id)}`);
    else for (const words of differences(own, it, false)) tell(`it imports ${id}, of another type: ${words}`);
    if (capability && it.kind === "instance")
      wants[capability] = [...it.exports].flatMap(([name, { kind }]) => (kind === "function" ? [name] : []));
  }
  const [first, ...others] = ofWasi;
  const more = others.length > 0 ? ` and ${others.length} more interfaces of WASI` : "";
  if (first !== undefined) tell(`it imports ${quote(first)}${more}, ${whyNot(first)}`);
  for (const [id, own] of wanted.exports) {
    const it = found.exports.get(id);
    if (it) for (const words of differences(own, it, true)) tell(`it exports ${id}, of another type: ${words}`);
    else tell(`it does not export ${id}${otherwise(found, id)}; build it for the world ${world} of plugins/wit`);
  }
  return { problems, wants };
}

function whyNot(id: string): string {
  if (id.startsWith(`${PACKAGE}/`)) return `of another version than ${VERSION.slice(1)}; build it against plugins/wit`;
  const have = `a plugin can be given ${either(CAPABILITIES)} of ${PACKAGE}`;
  return id.startsWith("wasi:")
    ? `and no plugin is given WASI: ${have}; build it without WASI, or with its imports stubbed`
    : `which this box does not have: ${have}`;
}

/** The same interface in another version. */
function otherwise({ exports }: ComponentType, id: string): string {
  const [name = ""] = id.split("@");
  const other = [...exports.keys()].find((key) => key.split("@")[0] === name);
  return other ? `, but ${quote(other)}` : "";
}

/** Between two interfaces. `isWhole`: all of the expected functions must be there, else no others may be. */
function differences(expected: Extern, found: Extern, isWhole: boolean): string[] {
  if (expected.kind !== "instance" || found.kind !== "instance") return [`it is no interface, but ${found.kind}`];
  const names = isWhole ? expected.exports.keys() : found.exports.keys();
  return [...names].flatMap((name) => {
    const [own, it] = [expected.exports.get(name), found.exports.get(name)];
    if (own?.kind !== "function" && it?.kind !== "function") return [];
    if (own?.kind !== "function") return [`there is no function ${quote(name)}`];
    if (it?.kind !== "function") return [`${name} is missing: expected ${functionWords(own)}`];
    const words = functionDifference(own, it);
    return words === undefined ? [] : [`${name}: ${words}`];
  });
}
