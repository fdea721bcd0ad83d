// SPDX-License-Identifier: Apache-2.0
//
// stagebox.mark, start_recording and stop_recording. A recording is a recorder in the graph, as anybody may put one there.
import { RECORDING_FORMATS } from "../formats/create.ts";
import { ProblemsError } from "../pipeline/problem.ts";
import { quote } from "../pipeline/words.ts";
import { type BoxService, boxService } from "../plugins/bus/box-service.ts";
import { type Box, type GraphView, NotRunningError } from "../runtime/box.ts";
import { checkLabel, LABEL_BYTES, LONGEST_MARK_S } from "../runtime/marker.ts";
import type { RecordingStore } from "../store/recordings.ts";
import { actorWords } from "./actor-words.ts";
import { amount, count, object, text, whole } from "./schema.ts";

/** A change of the graph waits for its turn, and for a moment between two packets. */
const CHANGE_MS = 20_000;

export function recordingServices(box: Box, recordings: RecordingStore): BoxService[] {
  return [
    boxService<{ label: string; duration_s?: number }>({
      ...{ name: "mark", role: "operator", changes: true, timeout_ms: 2000 },
      description: "Marks the sample that is being acquired now.",
      request: object(
        {
          label: text("What happens here.", { minLength: 1, maxLength: LABEL_BYTES }),
          duration_s: amount("0: an instant.", { minimum: 0, maximum: LONGEST_MARK_S }),
        },
        ["label"],
      ),
      answer: object(),
      serve({ label, duration_s }) {
        running(box);
        checkLabel(label);
        box.mark(label, duration_s);
        return {};
      },
    }),
    boxService<{ format?: string; name?: string; from?: string }>({
      ...{ name: "start_recording", role: "operator", changes: true, timeout_ms: CHANGE_MS },
      description: "Begins to record what comes out of a stage, while all else goes on.",
      request: object({
        format: text("bdf unless another is named.", { enum: [...RECORDING_FORMATS] }),
        name: text("Begin of the file's name; that of the pipeline without it.", { maxLength: 100 }),
        from: text("The source or stage that is recorded; the last that gives a signal without it.", { maxLength: 32 }),
      }),
      answer: whole({ sink: text("The recorder's id."), file: text("The file's name among the recordings.") }),
      async serve({ from, ...params }, by) {
        const sink = { type: "recorder", params, from: from ?? lastSignal(running(box)) };
        const { graph } = await box.patch([{ action: "add_sink", sink }], { by: actorWords(by) });
        const id = graph.sinks.at(-1)?.id ?? "";
        return { sink: id, file: fileOf(box, id) };
      },
    }),
    boxService<{ sink?: string }>({
      ...{ name: "stop_recording", role: "operator", changes: true, timeout_ms: CHANGE_MS },
      description: "Ends a recording and takes its recorder out of the graph.",
      request: object({ sink: text("The recorder's id; the only one without it.", { maxLength: 32 }) }),
      answer: object(
        {
          file: text("Its name."),
          bytes: count("Its length."),
          duration_s: amount("How much of the signal it holds."),
        },
        ["file"],
      ),
      async serve({ sink }, by) {
        const id = recorderOf(running(box), sink);
        const file = fileOf(box, id);
        await box.patch([{ action: "remove_sink", id }], { by: actorWords(by) });
        const { bytes, duration_s } = recordings.get(file) ?? {};
        return { file, bytes, duration_s };
      },
    }),
  ];
}

function running(box: Box): GraphView {
  const graph = box.graph();
  if (graph?.state !== "running") throw new NotRunningError();
  return graph;
}

/** Stages stand in an order in which each listens to one before it. */
function lastSignal({ source, stages }: GraphView): string {
  return stages.findLast(({ format }) => format?.port === "signal")?.id ?? source.id;
}

function fileOf(box: Box, sink: string): string {
  return String(box.telemetry().sinks.find(({ id }) => id === sink)?.detail.file ?? "");
}

function recorderOf({ sinks }: GraphView, wanted: string | undefined): string {
  const refuse = (message: string) => new ProblemsError([{ field: "/sink", message }]);
  const recorders = sinks.filter(({ type }) => type === "recorder").map(({ id }) => id);
  const [only, ...others] = recorders;
  if (only === undefined) throw refuse("nothing is being recorded");
  if (wanted === undefined && others.length > 0)
    throw refuse(`${recorders.length} recordings are under way: name the sink, ${recorders.join(", ")}`);
  if (wanted !== undefined && !recorders.includes(wanted))
    throw refuse(`${quote(wanted)} is no recorder; there is ${recorders.join(", ")}`);
  return wanted ?? only;
}
