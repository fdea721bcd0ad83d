// SPDX-License-Identifier: Apache-2.0
//
// What a plugin may do: what its manifest asks for, as far as the operator granted it.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { LibraryOptions } from "../../native/library.ts";
import type { ComponentSpec, Params } from "../../pipeline/catalog.ts";
import { bodyDocument } from "../../pipeline/document.ts";
import { Field } from "../../pipeline/field.ts";
import { readParams } from "../../pipeline/params.ts";
import { type Problem, ProblemsError } from "../../pipeline/problem.ts";
import { quote } from "../../pipeline/words.ts";
import { RECORDINGS } from "../manifest/rules.ts";
import type { ConfigSpec, FoundPlugin, Permissions, PluginChoice } from "../plugin.ts";

const WORDS = ["network", "processes", "threads"] as const;
const PATHS = ["read", "write"] as const;

export interface PluginPlaces {
  /** What `recordings:` stands for; absent: nothing. */
  recordings?: string;
  /** Holds a private folder for each plugin; absent: they have none. */
  plugin_data?: string;
}

export function libraryOptions(
  { folder, manifest }: FoundPlugin,
  choice: PluginChoice,
  isolation: LibraryOptions["isolation"],
  { recordings, plugin_data }: PluginPlaces,
): Partial<LibraryOptions> {
  const { id, limits, runtime } = manifest;
  const granted = grantedPermissions(manifest.permissions, choice.granted);
  const paths = (list: readonly string[]) =>
    list.flatMap((path) => (path === RECORDINGS ? (recordings ?? []) : path)).flat();
  const data = plugin_data && join(plugin_data, id);
  if (data) mkdirSync(data, { recursive: true, mode: 0o750 });
  return {
    isolation,
    late: runtime.late,
    ...limits,
    permission: WORDS.filter((word) => granted[word]),
    read: paths(granted.read),
    write: paths(granted.write),
    folder,
    ...(data && { data }),
    config: JSON.stringify(configValues(manifest.config, choice.config)),
  };
}

/** In this process only if somebody who may say so vouches for it: the operator, or the image's maker. */
export function isolationOf(found: FoundPlugin, choice: PluginChoice): LibraryOptions["isolation"] {
  return found.manifest.runtime.isolation === "in-process" && isTrusted(found, choice) ? "in-process" : "process";
}

export function grantedPermissions(asked: Permissions, granted: Partial<Permissions> = {}): Permissions {
  const both = (key: "read" | "write") => asked[key].filter((path) => granted[key]?.includes(path));
  return {
    network: asked.network && granted.network === true,
    processes: asked.processes && granted.processes === true,
    threads: asked.threads && granted.threads === true,
    read: both("read"),
    write: both("write"),
  };
}

/** Nobody grants what was never asked for: it would do nothing, and look as if it did. */
export function grantProblems(asked: Permissions, granted: Partial<Permissions>): Problem[] {
  const words = WORDS.filter((word) => granted[word] && !asked[word]).map((word): [string, string] => [word, word]);
  const paths = PATHS.flatMap((key) =>
    (granted[key] ?? []).filter((path) => !asked[key].includes(path)).map((path): [string, string] => [key, path]),
  );
  return [...words, ...paths].map(([key, what]) => ({
    field: `/granted/${key}`,
    message: `the plugin does not ask for ${key === what ? what : `${key} of ${quote(what)}`}; leave it out`,
  }));
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

/** What nobody has decided about is trusted where only the image's maker can have put it. */
export function isTrusted({ origin }: FoundPlugin, { trusted }: PluginChoice): boolean {
  return trusted ?? origin === "image";
}
