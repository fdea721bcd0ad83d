// SPDX-License-Identifier: Apache-2.0
//
// Which version of each plugin is to run, and in which order they are loaded: what lies in the folders and what the
// operator decided, as resolve.ts has it.
import { satisfies } from "semver";
import { hostTriple } from "../../triple.ts";
import { version as boxVersion } from "../../version.ts";
import { grantedPermissions, isEnabled, permissionDifference } from "../choices/permissions.ts";
import { kindProblem } from "../manifest/kinds.ts";
import type { FoundPlugin, PluginChoice, PluginView } from "../plugin.ts";
import { dependencyOrder } from "./dependency-order.ts";
import { libraryProblem } from "./plugin-library.ts";
import { byPreference, type Candidate, type Resolution, resolve } from "./resolve.ts";

/** Of native/include/stagebox/plugin.h. */
export const ABI_MAJOR = 1;
export const ABI_MINOR = 0;

export interface ChosenPlugin {
  id: string;
  /** The version that runs; if none can, the one that comes first. */
  plugin: FoundPlugin;
  /** Why none can run. */
  problem?: string;
  /** All of them, the preferred first. */
  versions: PluginView["versions"];
}

/** What runs where: Debian's name of the machine, and the version of Stagebox. */
export interface Machine {
  triple: string;
  stagebox: string;
}

export function thisMachine(): Machine {
  return { triple: hostTriple, stagebox: boxVersion };
}

/** One for each plugin id, those that others depend on first. A disabled plugin has a version too, but nobody can
 * depend on it. */
export function chooseVersions(
  found: readonly FoundPlugin[],
  choices: ReadonlyMap<string, PluginChoice>,
  machine: Machine = thisMachine(),
): ChosenPlugin[] {
  const { byId, blocked } = offersOf(found, choices, machine);
  const roots = byId.flatMap(([id]) => (blocked.has(id) ? [] : [{ id }]));
  const resolution = resolve(roots, [...byId.flatMap(([, offers]) => offers), builtIn(machine)], blocked);
  const chosen = byId.map(([id, offers]) => chosenOf(id, offers, resolution, choices.get(id)?.pinned));
  return dependencyOrder(chosen, ({ id, plugin }) => [id, Object.keys(plugin.manifest.dependencies)]);
}

/** What lies in the folders, by id and the preferred first, and which plugins must not be chosen. */
export function offersOf(
  found: readonly FoundPlugin[],
  choices: ReadonlyMap<string, PluginChoice>,
  machine: Machine,
): { byId: [id: string, Offer[]][]; blocked: Map<string, string> } {
  const all = found.map((plugin) => offerOf(plugin, choices.get(plugin.manifest.id), machine));
  const byId = [...Map.groupBy(all.toSorted(byPreference), ({ id }) => id)].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const isOff = ([id, [first]]: [string, Offer[]]) => !isEnabled(first?.plugin.manifest, choices.get(id) ?? {});
  const disabled = byId.filter(isOff).map(([id]) => id);
  return { byId, blocked: new Map(disabled.map((id) => [id, "is disabled; enable it"])) };
}

/** What is compiled in, which others may depend on like on any plugin. */
export function builtIn({ stagebox }: Machine): Candidate {
  return { id: "stagebox", version: stagebox.replace(/[-+].*/, ""), dependencies: {} };
}

export interface Offer extends Candidate {
  plugin: FoundPlugin;
  /** Why it could not run here. */
  incompatible: string | undefined;
  /** Its plugin is pinned to another. */
  isPassedOver: boolean;
  /** `+ network`: what it asks for and was not granted. */
  asks_more: string[];
}

function offerOf(plugin: FoundPlugin, choice: PluginChoice | undefined, machine: Machine): Offer {
  const { id, version, dependencies } = plugin.manifest;
  const isPassedOver = pinProblem(id, version, choice) !== undefined;
  const incompatible = incompatibility(plugin, machine);
  const problem = incompatible ?? pinProblem(id, version, choice);
  const { permissions } = plugin.manifest;
  const asks_more = permissionDifference(grantedPermissions(permissions, choice?.granted), permissions);
  return { id, version, dependencies, problem, plugin, incompatible, isPassedOver, asks_more };
}

function chosenOf(
  id: string,
  offers: readonly Offer[],
  { chosen, passedOver, refused }: Resolution<Candidate>,
  pinned: string | undefined,
): ChosenPlugin {
  const meant = offers.find(({ isPassedOver }) => !isPassedOver);
  const disabled = chosen.has(id) || refused.has(id) ? undefined : offers.find(({ problem }) => problem === undefined);
  const current = offers.find((offer) => offer === chosen.get(id)) ?? disabled;
  const whyNone = () => {
    if (meant) return meant.problem ?? refused.get(id) ?? "";
    const there = offers.map(({ version }) => version).join(", ");
    return `pinned to ${pinned}, which is not there; unpin it, or pin it to what is: ${there}`;
  };
  const versions = offers.map((offer) => {
    const { origin, folder, manifest } = offer.plugin;
    const why = offer.incompatible ?? (offer.isPassedOver ? undefined : passedOver.get(offer));
    return {
      ...{ version: manifest.version, origin, folder, active: offer === current, asks_more: offer.asks_more },
      ...(why && { problem: why }),
    };
  });
  const { plugin } = current ?? meant ?? (offers[0] as Offer);
  return { id, plugin, ...(!current && { problem: whyNone() }), versions };
}

/** Why this version cannot run here, whatever else there is. */
export function incompatibility({ manifest, folder }: FoundPlugin, machine: Machine): string | undefined {
  const needs = { ...manifest.requires, kind: manifest.runtime.kind };
  return unmetRequirement(needs, machine) ?? libraryProblem(manifest, folder, machine.triple);
}

/** Why nothing that needs this can run here: a manifest says it, or an index. */
export function unmetRequirement(
  needs: { stagebox?: string | undefined; abi?: string | undefined; kind: string },
  machine: Machine,
): string | undefined {
  // A development version of the box counts as that version.
  if (needs.stagebox && !satisfies(machine.stagebox, needs.stagebox, { includePrerelease: true }))
    return `needs Stagebox ${needs.stagebox}; this is ${machine.stagebox}`;
  const kind = kindProblem(needs.kind);
  if (kind !== undefined) return kind;
  const abi = Number.parseInt(needs.abi ?? `${ABI_MAJOR}`, 10);
  return abi === ABI_MAJOR ? undefined : `incompatible ABI ${abi} (core=${ABI_MAJOR})`;
}

/** Why this version of a plugin is no choice, though it could run. */
export function pinProblem(id: string, version: string, { pinned }: PluginChoice = {}): string | undefined {
  return pinned === undefined || pinned === version ? undefined : `${id} is pinned to ${pinned}`;
}
