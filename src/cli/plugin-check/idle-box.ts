// SPDX-License-Identifier: Apache-2.0
//
// A box of its own for a main part that is tried: empty, with all that a box does for plugins, and gone afterwards.
import { basename } from "node:path";
import { bundledPipelines, ownCommand } from "../../asset.ts";
import { BoxServices } from "../../plugins/bus/box-services.ts";
import { PluginBus } from "../../plugins/bus/bus.ts";
import { Exporter } from "../../project/exporter.ts";
import { projectServices } from "../../project/project-services.ts";
import { LiveCatalog } from "../../runtime/catalog.ts";
import { EventBus } from "../../runtime/events.ts";
import { Supervisor } from "../../runtime/supervisor.ts";
import { AllowedFiles } from "../../store/allowed-files.ts";
import type { DataFolder } from "../../store/folder.ts";
import { PipelineStore } from "../../store/pipelines.ts";
import { ProjectFiles } from "../../store/project-files.ts";
import { summariseRecording } from "../../store/recording-summary.ts";
import { RecordingStore } from "../../store/recordings.ts";
import { version } from "../../version.ts";

export class IdleBox {
  readonly #events = new EventBus();
  readonly bus = new PluginBus(this.#events);
  readonly #supervisor: Supervisor;
  readonly #exporter: Exporter;

  constructor(folder: DataFolder) {
    const files = new ProjectFiles(folder.project);
    const allowed = new AllowedFiles(folder, []);
    const box = new Supervisor({
      ...{ catalog: new LiveCatalog(), events: this.#events, recordings_folder: folder.recordings },
      resolveFile: (file) => allowed.resolve(file),
      onChange() {},
    });
    const recordings = new RecordingStore(folder.recordings, {
      summarise: summariseRecording,
      isBeingWritten: (path) => box.isWriting(basename(path)),
    });
    const pipelines = new PipelineStore(bundledPipelines(), folder.pipelines);
    const exporter = new Exporter(ownCommand(), files, this.#events);
    this.bus.offer(new BoxServices(projectServices({ box, recordings, files, pipelines, exporter, version })));
    this.#supervisor = box;
    this.#exporter = exporter;
  }

  async close(): Promise<void> {
    await this.#supervisor.shutdown();
    await this.#exporter.close();
  }
}
