// SPDX-License-Identifier: Apache-2.0
//
// All that the box does for plugins that were granted it, under the id `stagebox`.
import type { BoxService } from "../plugins/bus/box-service.ts";
import type { PipelineStore } from "../store/pipelines.ts";
import { exportService } from "./export.ts";
import type { Exporter } from "./exporter.ts";
import { fileServices } from "./files.ts";
import { type MetadataParts, metadataServices } from "./metadata.ts";
import { pipelineServices } from "./pipelines.ts";
import { recordingServices } from "./recording.ts";

export interface ProjectParts extends MetadataParts {
  pipelines: PipelineStore;
  exporter: Exporter;
}

export function projectServices(parts: ProjectParts): BoxService[] {
  const { box, recordings, files, pipelines, exporter } = parts;
  return [
    ...metadataServices(parts),
    ...fileServices(files),
    ...recordingServices(box, recordings),
    ...pipelineServices(box, pipelines),
    exportService(exporter, recordings),
  ];
}
