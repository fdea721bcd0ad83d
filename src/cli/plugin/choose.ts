// SPDX-License-Identifier: Apache-2.0
//
// stagebox plugin enable and disable.
import { EXIT, type ExitCode } from "../exit-code.ts";
import type { Output } from "../output.ts";
import { grantedBy, permissionWords } from "./permissions.ts";
import { goesOnWith, openPlugins, type PluginInfo } from "./plugins.ts";

export interface EnableOptions {
  id: string;
  grants: readonly string[];
  /** As it was, if absent. */
  trusted: boolean | undefined;
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
  if (plugin.quarantined) output.line(`It goes on ${goesOnWith(id)}`);
  for (const line of grantLines(plugin)) output.line(line);
  for (const stage of plugin.state === "ready" ? await plugins.bypassed(plugin) : []) {
    const patch = JSON.stringify({ action: "bypass", id: stage, bypass: false });
    output.line(`Its stage ${stage} is still bypassed: POST /api/graph/patch ${patch}`);
  }
  return EXIT.ok;
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
export function grantLines({ id, permissions: { asked, granted } }: PluginInfo): string[] {
  const has = permissionWords(granted);
  const lacks = permissionWords(asked).filter((word) => !has.includes(word));
  const too = has.length > 0 ? ", too" : "";
  return [
    ...(has.length > 0 ? [`It may: ${has.join(", ")}`] : []),
    ...(lacks.length > 0 ? [`It asks for ${lacks.join(", ")}${too}: stagebox plugin enable ${id} --grant all`] : []),
  ];
}
