// SPDX-License-Identifier: Apache-2.0
//
// How the engine is to run a plugin's library: what manifest, operator and box together come to.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { LibraryOptions } from "../../native/library.ts";
import type { ComponentSpec, Params } from "../../pipeline/catalog.ts";
import { bodyDocument } from "../../pipeline/document.ts";
import { Field } from "../../pipeline/field.ts";
import { readParams } from "../../pipeline/params.ts";
import { ProblemsError } from "../../pipeline/problem.ts";
import { quote } from "../../pipeline/words.ts";
import { kindOf } from "../manifest/kinds.ts";
import { RECORDINGS, serverAddressComplaint } from "../manifest/rules.ts";
import type { ConfigSpec, FoundPlugin, Manifest, Permissions, PluginChoice } from "../plugin.ts";
import { declaredClasses } from "./declared-classes.ts";
import { grantedPermissions, KERNEL_RIGHTS } from "./permissions.ts";

export interface PluginPlaces {
  /** Holds what was made of components; absent: a folder that goes with this process. */
  prepared?: string;
  /** What `recordings:` stands for; absent: nothing. */
  recordings?: string;
  /** Holds a private folder for each plugin; absent: they have none. */
  plugin_data?: string;
}

export function libraryOptions(
  { folder, manifest }: FoundPlugin,
  choice: PluginChoice,
  isolation: LibraryOptions["isolation"],
  places: PluginPlaces,
): Partial<LibraryOptions> {
  const { id, limits, runtime } = manifest;
  const granted = grantedPermissions(manifest.permissions, choice.granted);
  const data = places.plugin_data && join(places.plugin_data, id);
  if (data) mkdirSync(data, { recursive: true, mode: 0o750 });
  return {
    isolation,
    late: runtime.late,
    ...limits,
    permission: KERNEL_RIGHTS.filter((right) => granted[right]),
    read: pathsOf(granted.read, places),
    write: pathsOf(granted.write, places),
    folder,
    ...(data && { data }),
    config: JSON.stringify(keptConfig(manifest, choice)),
    ...task(manifest, folder),
    ...server(manifest, choice, granted),
  };
}

/** As they lie on this box. */
export function pathsOf(granted: readonly string[], { recordings }: PluginPlaces): string[] {
  return granted.flatMap((path) => (path === RECORDINGS ? (recordings ?? []) : path));
}

/** The same for its main part; `script`: what it runs, if it is no library. */
export function mainOptions(
  found: FoundPlugin,
  choice: PluginChoice,
  places: PluginPlaces,
  script: string | undefined,
): Partial<LibraryOptions> {
  const { classes: _, ...options } = libraryOptions(found, choice, "process", places);
  return { ...options, part: "main", name: found.manifest.id, ...(script !== undefined && { file: script }) };
}

/** What an adapter is told, where one stands in the plugin's place. */
function task(manifest: Manifest, folder: string): Partial<LibraryOptions> {
  const { key, adapter, becomesBun, file = manifest.runtime[key] } = kindOf(manifest);
  if (adapter === undefined || file === undefined) return {};
  return {
    ...{ name: manifest.id, file: join(folder, file), classes: declaredClasses(manifest) },
    ...(becomesBun && { program: process.execPath }),
  };
}

/** Where its server is, if it has one. Throws ProblemsError. */
function server(manifest: Manifest, choice: PluginChoice, granted: Permissions): Partial<LibraryOptions> {
  if (kindOf(manifest).key !== "address") return {};
  const { id } = manifest;
  const service = String(keptConfig(manifest, choice).address);
  const complaint = serverAddressComplaint(service);
  if (complaint !== undefined)
    throw new ProblemsError([{ field: "/config/address", message: `address ${quote(service)} ${complaint}` }]);
  if (granted.network) return { service };
  const remedy = `may not connect to ${service}: stagebox plugin enable ${id} --grant network`;
  throw new ProblemsError([{ field: "/granted/network", message: `its server computes its stages, and it ${remedy}` }]);
}

/** Of an earlier build, maybe, whose settings were others. */
export function keptConfig({ id, config }: Manifest, choice: PluginChoice): Params {
  try {
    return configValues(config, choice.config);
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    const remedy = `set for another build; POST /api/plugins/${id}/enable {"config":{}} takes the defaults`;
    throw new ProblemsError(error.problems.map((it) => ({ ...it, message: `${it.message}; ${remedy}` })));
  }
}

/** Settings with their defaults filled in. Throws ProblemsError. */
export function configValues(schema: readonly ConfigSpec[], chosen: Params = {}): Params {
  const field = Field.root(bodyDocument({ params: chosen }));
  const values = readParams(field, ["params"], component(schema));
  if (field.problems.length > 0)
    throw new ProblemsError(
      field.problems.map((it) => ({ ...it, field: it.field?.replace(/^\/params/, "/config") ?? "" })),
    );
  return values;
}

function component(schema: readonly ConfigSpec[]): ComponentSpec {
  return {
    ...{ type: "the plugin", name: "", category: "", description: "", input: "none", output: "none" },
    params: schema.map((spec) => ({ ...spec, live: false, required: false })),
  };
}
