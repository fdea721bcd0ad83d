// SPDX-License-Identifier: Apache-2.0
//
// A plugin's main part, begun and ended on a bus where nobody else is, and on a box on which nothing runs.
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundledPipelines, ownCommand } from "../../asset.ts";
import { messageOf } from "../../pipeline/problem.ts";
import { BoxServices } from "../../plugins/bus/box-services.ts";
import { PluginBus } from "../../plugins/bus/bus.ts";
import { keptConfig } from "../../plugins/choices/library-options.ts";
import { openPlugin } from "../../plugins/lifecycle/open-plugin.ts";
import type { FoundPlugin, PluginChoice } from "../../plugins/plugin.ts";
import { Exporter } from "../../project/exporter.ts";
import { projectServices } from "../../project/project-services.ts";
import { LiveCatalog } from "../../runtime/catalog.ts";
import { EventBus } from "../../runtime/events.ts";
import { Supervisor } from "../../runtime/supervisor.ts";
import { AllowedFiles } from "../../store/allowed-files.ts";
import { DataFolder } from "../../store/folder.ts";
import { PipelineStore } from "../../store/pipelines.ts";
import { ProjectFiles } from "../../store/project-files.ts";
import { summariseRecording } from "../../store/recording-summary.ts";
import { RecordingStore } from "../../store/recordings.ts";
import { version } from "../../version.ts";
import { type CaseResult, caseResult } from "./case-result.ts";

/** It has the permissions that it asks for, and an empty private folder. */
export async function checkMainPart(plugin: FoundPlugin, signal: AbortSignal): Promise<CaseResult> {
  const { manifest } = plugin;
  const data = mkdtempSync(join(tmpdir(), "stagebox-check-"));
  chmodSync(data, 0o711); // the sandbox's user gets a folder in it
  const choice: PluginChoice = { enabled: true, trusted: false, granted: manifest.permissions };
  const faults: string[] = [];
  const started = performance.now();
  try {
    const { library, main } = await openPlugin(plugin, choice, { plugin_data: data }, { withMain: true, signal });
    library?.close();
    if (!main) return caseResult("main part", []);
    const member = busOfIdleBox(new DataFolder(join(data, ".box"))).join({
      ...{ manifest, granted: manifest.permissions, library: main, config: keptConfig(manifest, choice) },
      fault: (message) => faults.push(message),
      wrote() {},
    });
    await member.start();
    const health = member.watch();
    if (health.state === "gone") faults.push(health.reason);
    await member.end();
  } catch (error) {
    faults.push(messageOf(error));
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
  return { ...caseResult("main part", faults), milliseconds: Math.round(performance.now() - started) };
}

function busOfIdleBox(folder: DataFolder): PluginBus {
  const events = new EventBus();
  const files = new ProjectFiles(folder.project);
  const box = new Supervisor({
    ...{ catalog: new LiveCatalog(), events, recordings_folder: folder.recordings },
    resolveFile: (file) => new AllowedFiles(folder, []).resolve(file),
    onChange() {},
  });
  const recordings = new RecordingStore(folder.recordings, {
    summarise: summariseRecording,
    isBeingWritten: () => false,
  });
  const pipelines = new PipelineStore(bundledPipelines(), folder.pipelines);
  const exporter = new Exporter(ownCommand(), files, events);
  const bus = new PluginBus(events);
  bus.offer(new BoxServices(projectServices({ box, recordings, files, pipelines, exporter, version })));
  return bus;
}
