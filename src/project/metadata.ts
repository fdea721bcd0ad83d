// SPDX-License-Identifier: Apache-2.0
//
// stagebox.project, graph and recordings: what the box works on.
import { statfsSync } from "node:fs";
import { hostname } from "node:os";
import { format } from "../pipeline/format.ts";
import { type BoxService, boxService } from "../plugins/bus/box-service.ts";
import { type Box, type GraphView, NotRunningError } from "../runtime/box.ts";
import type { ProjectFiles } from "../store/project-files.ts";
import type { Recording, RecordingStore } from "../store/recordings.ts";
import { amount, count, flag, list, object, text, whole } from "./schema.ts";

/** So many recordings fit an answer. */
const PAGE = 100;
const STATES = ["stopped", "running", "ended", "fault"];

const RECORDING = object(
  {
    name: text("Of the file."),
    bytes: count("How long it is."),
    modified: text("ISO 8601."),
    open: flag("It is still being written, so there is no more to say of it."),
    format: text("EDF+, BDF+, CSV ..."),
    rate_hz: amount("Frames a second."),
    channels: count("How many."),
    duration_s: amount("How much of a signal it holds."),
    start: text("When it began, ISO 8601."),
    problem: text("Why it cannot be read."),
  },
  ["name", "bytes", "modified", "open"],
);

const ENTRY = { id: text("Its id."), type: text("What it is."), params: { type: "object" as const } };

export interface MetadataParts {
  box: Box;
  recordings: RecordingStore;
  files: ProjectFiles;
  version: string;
}

export function metadataServices({ box, recordings, files, version }: MetadataParts): BoxService[] {
  return [
    boxService<object>({
      ...{ name: "project", role: "viewer", changes: false, timeout_ms: 10_000 },
      description: "What the box is, what runs on it, and what it keeps.",
      request: object(),
      answer: object(
        {
          name: text("Of the box."),
          version: text("Of Stagebox."),
          time: text("ISO 8601."),
          state: text("Of the pipeline.", { enum: STATES }),
          pipeline: whole({
            name: text("Its name."),
            revision: count("Goes up by one with every change."),
            source: whole({
              ...{ id: text("Its id."), type: text("synthetic, replay ..."), unit: text("Of its values.") },
              rate_hz: amount("Frames a second."),
              channels: list(text("A channel's name.")),
            }),
            recording: list(text("A file that is being written.")),
          }),
          recordings: count("How many there are."),
          files: count("How many the project has."),
          room_bytes: count("For so many more there is room in the project."),
          free_bytes: count("Of the disk."),
        },
        ["name", "version", "time", "state", "recordings", "files", "room_bytes", "free_bytes"],
      ),
      serve() {
        const graph = box.graph();
        const all = files.list();
        const { bavail, bsize } = statfsSync(recordings.folder);
        return {
          ...{ name: hostname(), version, time: new Date().toISOString(), state: graph?.state ?? "stopped" },
          ...(graph && { pipeline: pipelineOf(graph, box) }),
          recordings: recordings.names().length,
          ...{ files: all.length, room_bytes: files.room(all), free_bytes: bavail * bsize },
        };
      },
    }),
    boxService<object>({
      ...{ name: "graph", role: "viewer", changes: false, timeout_ms: 5000 },
      description: "The running graph, and its pipeline as a file.",
      request: object(),
      answer: whole({
        ...{ name: text("Its name."), revision: count("Goes up by one with every change.") },
        source: whole(ENTRY),
        stages: list(whole({ ...ENTRY, from: text("What it listens to."), bypass: flag("It is passed over.") })),
        sinks: list(whole({ ...ENTRY, from: text("What it listens to.") })),
        yaml: text("The pipeline, with all edits."),
      }),
      serve() {
        const [pipeline, graph] = [box.pipeline(), box.graph()];
        if (!pipeline || !graph) throw new NotRunningError();
        const { name, source, stages, sinks } = pipeline;
        return {
          ...{ name, revision: graph.revision, source: entry(source) },
          stages: stages.map(({ from, bypass, ...it }) => ({ ...entry(it), from, bypass })),
          sinks: sinks.map(({ from, ...it }) => ({ ...entry(it), from })),
          yaml: format(pipeline, box.catalog),
        };
      },
    }),
    boxService<{ offset?: number }>({
      ...{ name: "recordings", role: "viewer", changes: false, timeout_ms: 20_000 },
      description: "The recordings that the box keeps, newest first.",
      request: object({ offset: count("So many are passed over: next of the answer before.") }),
      answer: object({ recordings: list(RECORDING), next: count("There are more, from here on.") }, ["recordings"]),
      async serve({ offset = 0 }) {
        const all = await recordings.list();
        const page = all.slice(offset, offset + PAGE);
        const end = offset + page.length;
        return { recordings: page.map(brief), ...(end < all.length && { next: end }) };
      },
    }),
  ];
}

function pipelineOf({ name, revision, source }: GraphView, box: Box) {
  const { id, type, format } = source;
  const { unit, rate_hz, channel_names: channels } = format;
  const recorders = box.telemetry().sinks.filter((sink) => sink.type === "recorder" && sink.detail.open === true);
  return {
    ...{ name, revision, source: { id, type, unit, rate_hz, channels } },
    recording: recorders.map(({ detail }) => String(detail.file)),
  };
}

const entry = <E extends { id: string; type: string; params: object }>({ id, type, params }: E) => ({
  id,
  type,
  params,
});

function brief({ name, bytes, modified, open, format, rate_hz, channels, duration_s, start, problem }: Recording) {
  return { name, bytes, modified, open, format, rate_hz, channels: channels?.length, duration_s, start, problem };
}
