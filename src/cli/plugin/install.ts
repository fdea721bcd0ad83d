// SPDX-License-Identifier: Apache-2.0
//
// stagebox plugin install.
import { existsSync } from "node:fs";
import { formatProblem, ProblemsError } from "../../pipeline/problem.ts";
import { keepBuild } from "../../plugins/generations/keep-build.ts";
import type { InstallReport } from "../../plugins/index/box-installer.ts";
import { wantedPlugin } from "../../plugins/index/wanted-plugin.ts";
import { type Installed, type InstallOptions, installPlugin } from "../../plugins/install/install.ts";
import { linkPlugin } from "../../plugins/install/link.ts";
import { DataFolder } from "../../store/folder.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import type { Output } from "../output.ts";
import { bypassLines, grantLines, stateWords } from "./choose.ts";
import { ownFolder } from "./folders.ts";
import { indexOf } from "./index-source.ts";
import { openPlugins, type PluginInfo, type PluginsOfBox } from "./plugins.ts";
import { preflight } from "./preflight.ts";

/** How long a running box may take to see what is new, and to load it. */
const SEEN_MS = 15_000;
const LOOK_AGAIN_MS = 100;
/** How long an older version may go on before the box is believed to prefer it. */
const TAKES_OVER_MS = 5000;

export interface InstallCommandOptions {
  source: string;
  link: boolean;
  /** From an index, whatever lies here. */
  index: boolean;
  unchecked: boolean;
  user: boolean;
  json: boolean;
  data: string;
  output: Output;
  signal: AbortSignal;
}

export async function install(options: InstallCommandOptions): Promise<ExitCode> {
  const { user, data } = options;
  const plugins = await openPlugins(data);
  const account = (place: () => Promise<void>) => plugins.change(place);
  return tellAll(options, plugins, () => installAll(options, user ? {} : { account }));
}

/** Says what was installed, and what the box makes of it. */
export async function tellAll(
  options: InstallCommandOptions,
  plugins: PluginsOfBox,
  act: () => Promise<Installed[]>,
): Promise<ExitCode> {
  if (options.json) return report(options.output, act);
  let worst: ExitCode = EXIT.ok;
  for (const installed of await act())
    if ((await tell(installed, plugins, options)) === EXIT.failed) worst = EXIT.failed;
  return worst;
}

async function report(output: Output, act: () => Promise<Installed[]>): Promise<ExitCode> {
  const said: InstallReport = { installed: [], warnings: [], problems: [] };
  try {
    for (const { manifest, replaced, built, warnings } of await act()) {
      said.installed.push({ id: manifest.id, version: manifest.version, replaced, built });
      said.warnings.push(...warnings);
    }
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    said.problems.push(...error.problems);
  }
  output.json(said);
  return said.problems.length > 0 ? EXIT.failed : EXIT.ok;
}

export function installOptions({ unchecked, user, data, signal }: InstallCommandOptions): InstallOptions {
  return {
    plugins: ownFolder({ user, data }),
    signal,
    tell: (text: string) => process.stderr.write(text),
    preflight: unchecked ? async () => {} : preflight,
    ...(!user && { keep: (folder: string) => keepBuild(new DataFolder(data), folder) }),
  };
}

async function installAll(typed: InstallCommandOptions, more: Pick<InstallOptions, "account">): Promise<Installed[]> {
  const { source, link, index, data, signal } = typed;
  const options = { ...installOptions(typed), ...more };
  const wanted = !link && (index || !existsSync(source)) ? wantedPlugin(source) : undefined;
  if (!wanted) return [await (link ? linkPlugin(source, options) : installPlugin(source, options))];
  const indexes = indexOf(data);
  const offers = await indexes.look(signal);
  for (const problem of offers.problems) console.error(`warning: ${formatProblem(problem)}`);
  const steps = await indexes.plan(wanted, offers);
  if (steps.length === 0) console.error(`note: ${source} is installed, and no index has a newer one that fits`);
  return indexes.install(steps, offers, options);
}

async function tell(
  installed: Installed,
  plugins: PluginsOfBox,
  { link, data, output, signal }: InstallCommandOptions,
): Promise<ExitCode> {
  const { manifest, folder, replaced, built, warnings } = installed;
  for (const problem of warnings) console.error(`warning: ${formatProblem(problem)}`);
  const how = [...(built ? ["built"] : []), replaced ? "replaced" : link ? "linked" : "installed"].join(" and ");
  output.line(`${manifest.id} ${manifest.version} ${how}: ${folder}`);

  const info = plugins.isRunning ? await seenBy(plugins, installed, signal) : await plugins.get(manifest.id);
  if (!info) {
    console.error("note: the box that runs has not noticed it yet; see stagebox plugin list");
    return EXIT.ok;
  }
  if (info.version !== manifest.version) {
    const unpin = `POST /api/plugins/${info.id}/enable {"pinned":null} unpins it`;
    const why = info.pinned ? `, to which it is pinned; ${unpin}` : `; see stagebox plugin info ${info.id}`;
    output.line(`It gives way to version ${info.version} in ${info.folder}${why}`);
  } else if (plugins.isRunning) output.line(`In the box that runs, ${stateWords(info)}`);
  else output.line(`No box runs on ${data} now; the next that does has it`);
  const { signature } = info;
  if (signature?.state === "changed" || signature?.state === "unknown-key")
    output.line(`It ${signature.reason}; it runs in a process of its own`);
  const { missing } = info.permissions;
  if (info.versions.length > 1 && missing.length > 0)
    output.line(`It asks for more than it is granted: ${missing.join(", ")}`);
  for (const line of grantLines(info)) output.line(line);
  for (const { role, type } of info.stages) output.line(`Its ${role}: ${type}`);
  for (const line of await bypassLines(plugins, info)) output.line(line);
  return info.state === "error" ? EXIT.failed : EXIT.ok;
}

/** What the box makes of it, once it has made up its mind. */
async function seenBy(
  plugins: PluginsOfBox,
  { manifest: { id, version } }: Installed,
  signal: AbortSignal,
): Promise<PluginInfo | undefined> {
  const began = Date.now();
  const deadline = began + SEEN_MS;
  let info: PluginInfo | undefined;
  while (Date.now() < deadline && !signal.aborted) {
    info = await plugins.get(id).catch((error) => {
      if (error instanceof ProblemsError) return undefined;
      throw error;
    });
    const seen = info?.versions.find((it) => it.version === version);
    const isSlow = Date.now() - began > TAKES_OVER_MS;
    if (info && seen && info.state !== "loading" && (isSlow || !isTakingOver(info, seen))) return info;
    await Bun.sleep(LOOK_AGAIN_MS);
  }
  return info;
}

/** The box has noticed a newer version, and the older one still runs. */
function isTakingOver(info: PluginInfo, seen: PluginInfo["versions"][number]): boolean {
  const isNewer = Bun.semver.order(seen.version, info.version) > 0;
  return isNewer && !seen.problem && !info.pinned && !info.reason;
}
