// SPDX-License-Identifier: Apache-2.0
//
// stagebox plugin enable and disable.
import { FOLDERS } from "../../plugins/manifest/rules.ts";
import type { PluginChoice } from "../../plugins/plugin.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import type { Output } from "../output.ts";
import { grantedBy, permissionWords } from "./permissions.ts";
import { openPlugins, type PluginInfo, type PluginsOfBox } from "./plugins.ts";

export interface EnableOptions {
  id: string;
  grants: readonly string[];
  /** As it was, if absent. */
  trusted: PluginChoice["trusted"] | undefined;
  data: string;
  output: Output;
}

export async function enable({ id, grants, trusted, data, output }: EnableOptions): Promise<ExitCode> {
  const plugins = await openPlugins(data);
  const { permissions } = await plugins.get(id);
  const granted = grants.length > 0 ? grantedBy(grants, permissions.asked, id) : undefined;
  const plugin = await plugins.choose(id, {
    enabled: true,
    ...(granted && { granted }),
    ...(trusted !== undefined && { trusted }),
  });
  output.line(stateWords(plugin));
  if (trusted && plugin.runtime.isolation === "process")
    output.line('It stays in a process of its own: plugin.toml does not say isolation = "in-process"');
  for (const line of [...grantLines(plugin), ...(await bypassLines(plugins, plugin))]) output.line(line);
  return plugin.state === "error" ? EXIT.failed : EXIT.ok;
}

/** What of it is in the running graph and does nothing, though it could. */
export async function bypassLines(plugins: PluginsOfBox, plugin: PluginInfo): Promise<string[]> {
  if (plugin.state !== "ready") return [];
  return (await plugins.bypassed(plugin)).map((id) => {
    const patch = JSON.stringify({ action: "bypass", id, bypass: false });
    return `Its stage ${id} is still bypassed: POST /api/graph/patch ${patch}`;
  });
}

export async function disable({ id, data, output }: { id: string; data: string; output: Output }): Promise<ExitCode> {
  const plugins = await openPlugins(data);
  await plugins.get(id);
  output.line(stateWords(await plugins.choose(id, { enabled: false })));
  return EXIT.ok;
}

export function stateWords({ id, version, state, reason }: PluginInfo): string {
  return `${id} ${version} is ${state === "error" ? "in error" : state}${reason ? `: ${reason}` : ""}`;
}

/** What it may do, and how it would be given what it still lacks. */
export function grantLines({ id, permissions: { granted, missing } }: PluginInfo): string[] {
  const has = permissionWords(granted);
  const lacks = missing.map((word) => word.replace("+ ", "").replace(" ", "="));
  const too = has.length > 0 ? ", too" : "";
  const folders = lacks.some((word) => word.endsWith(`=${FOLDERS}`)) ? " --grant read=/A/FOLDER" : "";
  return [
    ...(has.length > 0 ? [`It may: ${has.join(", ")}`] : []),
    ...(lacks.length > 0
      ? [`It asks for ${lacks.join(", ")}${too}: stagebox plugin enable ${id} --grant all${folders}`]
      : []),
  ];
}
