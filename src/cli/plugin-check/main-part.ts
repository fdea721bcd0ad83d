// SPDX-License-Identifier: Apache-2.0
//
// A plugin's main part, begun and ended on a bus where nobody else is, and on a box on which nothing runs.
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { messageOf } from "../../pipeline/problem.ts";
import { keptConfig, pathsOf } from "../../plugins/choices/library-options.ts";
import { grantedPermissions } from "../../plugins/choices/permissions.ts";
import { openPlugin } from "../../plugins/lifecycle/open-plugin.ts";
import type { FoundPlugin, PluginChoice } from "../../plugins/plugin.ts";
import { DataFolder } from "../../store/folder.ts";
import { type CaseResult, caseResult } from "./case-result.ts";
import { IdleBox } from "./idle-box.ts";

/** It has the permissions that it asks for, an empty private folder, and no recordings. */
export async function checkMainPart(plugin: FoundPlugin, signal: AbortSignal): Promise<CaseResult> {
  const { manifest } = plugin;
  const data = mkdtempSync(join(tmpdir(), "stagebox-check-"));
  chmodSync(data, 0o711); // the sandbox's user gets a folder in it
  const places = { plugin_data: data, recordings: join(data, "recordings") };
  mkdirSync(places.recordings, { mode: 0o755 });
  const granted = grantedPermissions(manifest.permissions, manifest.permissions);
  const choice: PluginChoice = { enabled: true, trusted: false, granted };
  const faults: string[] = [];
  const box = new IdleBox(new DataFolder(join(data, ".box")));
  const started = performance.now();
  try {
    const { library, main } = await openPlugin(plugin, choice, places, { withMain: true, signal });
    library?.close();
    if (!main) return caseResult("main part", []);
    const member = box.bus.join({
      ...{ manifest, granted, library: main, config: keptConfig(manifest, choice) },
      readable: pathsOf([...granted.read, ...granted.write], places),
      fault: (message) => faults.push(message),
      wrote() {},
      answered() {},
    });
    await member.start();
    const health = member.watch();
    if (health.state === "gone") faults.push(health.reason);
    await member.end();
  } catch (error) {
    faults.push(messageOf(error));
  } finally {
    await box.close();
    rmSync(data, { recursive: true, force: true });
  }
  return { ...caseResult("main part", faults), milliseconds: Math.round(performance.now() - started) };
}
