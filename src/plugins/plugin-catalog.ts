// SPDX-License-Identifier: Apache-2.0
//
// Plugins for a command that runs once: no watching, no second tries. What the operator decided for the box holds here
// too.
import { messageOf } from "../pipeline/problem.ts";
import { LiveCatalog } from "../runtime/catalog.ts";
import { DataFolder } from "../store/folder.ts";
import { PluginChoices } from "./choices/choices.ts";
import { isEnabled, wantsInside } from "./choices/permissions.ts";
import { type PluginRecord, quarantineOf } from "./choices/record.ts";
import { discover } from "./discovery/discover.ts";
import { artifactFolders, pluginFolders } from "./discovery/folders.ts";
import { type ChosenPlugin, chooseVersions } from "./discovery/versions.ts";
import { type OpenPlugin, openPlugin } from "./lifecycle/open-plugin.ts";
import { standIns } from "./lifecycle/stand-ins.ts";
import type { FoundPlugin, PluginChoice } from "./plugin.ts";
import { Signatures } from "./signature/signatures.ts";
import { keyFolders } from "./signature/trusted-keys.ts";

export interface PluginCatalog {
  catalog: LiveCatalog;
  /** When nothing of it runs any more. */
  close(): void;
}

/** The catalogue with those plugins that announce one of `types`, as the box of the data folder would run them; entries
 * of a plugin that is not to be had say why. The folder is asked for only if a type is none of Stagebox's own. */
export async function openPluginCatalog(folder: () => string, types: ReadonlySet<string>): Promise<PluginCatalog> {
  const catalog = new LiveCatalog();
  const unknown = [...types].filter(
    (type) => ![catalog.sources, catalog.stages, catalog.sinks].some((it) => it.has(type)),
  );
  if (unknown.length === 0) return { catalog, close() {} };
  const data = new DataFolder(folder());
  const choices = await PluginChoices.open(data, (notice) => console.error(`note: ${notice}`));
  const folders = [...pluginFolders(data), ...artifactFolders(choices.all())];
  const chosen = chooseVersions(discover(folders).found, choices.all());
  const signatures = new Signatures(keyFolders(data));
  const wanted = chosen.filter(({ plugin }) => plugin.manifest.stages.some(({ type }) => types.has(type)));
  const open = await Promise.all(
    wanted.map((plugin) => list(plugin, choices.get(plugin.id), catalog, data, signatures)),
  );
  return {
    catalog,
    close() {
      for (const plugin of open) plugin?.library?.close();
    },
  };
}

async function list(
  { plugin, problem }: ChosenPlugin,
  record: PluginRecord,
  catalog: LiveCatalog,
  { recordings, plugin_data, prepared }: DataFolder,
  signatures: Signatures,
): Promise<OpenPlugin | undefined> {
  let open: OpenPlugin | undefined;
  try {
    if (!isEnabled(plugin.manifest, record.choice)) throw new Error("is disabled");
    if (problem !== undefined) throw new Error(`cannot run: ${problem}`);
    open = await openPlugin(
      plugin,
      await inForce(plugin, record.choice, signatures),
      { recordings, plugin_data, prepared },
      {
        signatures,
        beforeRunning(sha256) {
          const quarantine = quarantineOf(record, sha256);
          if (quarantine) throw new Error(`is ${quarantine.reason}`);
        },
      },
    );
    catalog.replace(undefined, open.components);
    return open;
  } catch (error) {
    open?.library?.close();
    catalog.replace(undefined, standIns(plugin, messageOf(error)));
    return undefined;
  }
}

/** Without the trust that a stranger must not have. */
async function inForce(found: FoundPlugin, choice: PluginChoice, signatures: Signatures): Promise<PluginChoice> {
  if (!wantsInside(found, choice)) return choice;
  await signatures.check(found);
  const refusal = signatures.refusal(found, choice);
  if (refusal === undefined) return choice;
  console.error(`note: ${refusal}`);
  return { ...choice, trusted: false };
}
