// SPDX-License-Identifier: Apache-2.0
//
// stagebox plugin source and search.
import { formatProblem } from "../../pipeline/problem.ts";
import { PluginIndex } from "../../plugins/index/plugin-index.ts";
import { search } from "../../plugins/index/search.ts";
import { readPublicKey } from "../../plugins/signature/public-key.ts";
import { LOCAL } from "../../store/audit.ts";
import { DataFolder } from "../../store/folder.ts";
import { withoutSecrets } from "../../store/web-file.ts";
import { withAudit } from "../audit.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import type { Output } from "../output.ts";
import { readSmallFile } from "./key.ts";
import { openPlugins } from "./plugins.ts";

const note = (notice: string) => console.error(`note: ${notice}`);

export const indexOf = (data: string) => new PluginIndex(new DataFolder(data), note);

export async function listSources(data: string, output: Output): Promise<ExitCode> {
  const sources = await indexOf(data).sources.all();
  for (const { address, key, newest } of sources) {
    const whose = key === undefined ? "any trusted key" : `key ${readPublicKey(key, address).id}`;
    output.line(`${withoutSecrets(address)}  ${whose}  ${newest ? `of ${newest}` : "not seen yet"}`);
  }
  if (sources.length === 0) output.line("no indexes; add one with stagebox plugin source ADDRESS --key FILE.pub");
  return EXIT.ok;
}

/** Looks at it at once: a mistake is seen by whoever made it. */
export async function addSource(
  typed: string,
  keyFile: string | undefined,
  data: string,
  output: Output,
  signal: AbortSignal,
): Promise<ExitCode> {
  const index = indexOf(data);
  const key = keyFile === undefined ? undefined : readPublicKey(readSmallFile(keyFile), keyFile).line;
  const { address } = await index.sources.add(typed, key);
  await noteSource(data, "add index", address);
  const { plugins, problems } = await index.look(signal);
  const own = [...plugins.values()].filter(({ source }) => source.address === address).length;
  output.line(`${withoutSecrets(address)}: ${own} plugins to choose from; stagebox plugin search WORDS`);
  for (const problem of problems) console.error(`warning: ${formatProblem(problem)}`);
  return problems.length > 0 ? EXIT.failed : EXIT.ok;
}

export async function removeSource(typed: string, data: string, output: Output): Promise<ExitCode> {
  const { address } = await indexOf(data).sources.remove(typed);
  await noteSource(data, "remove index", address);
  output.line(`${withoutSecrets(address)} is not asked any more; what was installed from there stays`);
  return EXIT.ok;
}

/** From where code may come. */
function noteSource(data: string, what: string, address: string): Promise<void> {
  return withAudit(data, async (audit) => audit.record({ by: LOCAL, what, subject: withoutSecrets(address) }));
}

export async function searchIndexes(
  words: readonly string[],
  json: boolean,
  data: string,
  output: Output,
  signal: AbortSignal,
): Promise<ExitCode> {
  const { plugins, problems } = await indexOf(data).look(signal);
  const installed = new Map((await (await openPlugins(data)).list()).plugins.map(({ id, version }) => [id, version]));
  const hits = search(plugins.values(), words.join(" "));
  if (json)
    output.json({ plugins: hits.map(({ plugin, source }) => ({ ...plugin, index: source.address })), problems });
  else
    for (const { plugin } of hits) {
      const { id, description, versions, rating } = plugin;
      const stars = rating ? `${rating.mean} of 5 by ${rating.count}` : "not rated";
      const has = installed.get(id);
      output.line(`${id}  ${versions[0]?.version}  ${stars}${has ? `  installed: ${has}` : ""}  ${description}`);
    }
  if (!json && hits.length === 0) output.line("nothing fits; search with fewer words, or with none to see all");
  for (const problem of json ? [] : problems) console.error(`warning: ${formatProblem(problem)}`);
  return problems.length > 0 && plugins.size === 0 ? EXIT.failed : EXIT.ok;
}
