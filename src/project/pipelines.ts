// SPDX-License-Identifier: Apache-2.0
//
// stagebox.edit_graph, start_pipeline, stop_pipeline and restart_source: what runs, and how.
import { parse } from "../pipeline/parse.ts";
import { parsePatch } from "../pipeline/patch.ts";
import { type StartOptions, withStartOptions } from "../pipeline/start-options.ts";
import { suggestion } from "../pipeline/suggest.ts";
import { validate } from "../pipeline/validate.ts";
import { quote } from "../pipeline/words.ts";
import { type BoxService, boxService } from "../plugins/bus/box-service.ts";
import { type Box, NotFoundError, NotRunningError } from "../runtime/box.ts";
import type { PipelineStore } from "../store/pipelines.ts";
import { actorWords } from "./actor-words.ts";
import { amount, count, flag, list, object, text, whole } from "./schema.ts";

/** Others may have theirs to change first; plugins of a pipeline take a while to begin. */
const START_MS = 30_000;
const MOST_ACTIONS = 256;
const RUNS = whole({ name: text("The pipeline that runs now."), revision: count("Of its graph.") });

interface Edit {
  actions: unknown[];
  dry_run?: boolean;
  if_revision?: number;
}

export function pipelineServices(box: Box, pipelines: PipelineStore): BoxService[] {
  return [
    boxService<Edit>({
      ...{ name: "edit_graph", role: "operator", changes: true, timeout_ms: START_MS },
      description: "Edits the running graph, as POST /api/graph/patch does: all actions or none.",
      request: object(
        {
          actions: list({ type: "object" }, { minItems: 1, maxItems: MOST_ACTIONS }),
          dry_run: flag("Only say what would happen."),
          if_revision: count("Only if the graph is still this one."),
        },
        ["actions"],
      ),
      answer: whole({
        revision: count("Of the graph afterwards."),
        reset: list(text("A stage that begins anew, since its input is another.")),
      }),
      async serve({ actions, dry_run = false, if_revision }, by) {
        const { graph, reset } = await box.patch(parsePatch({ actions }).actions, {
          ...{ dry_run, by: actorWords(by) },
          ...(if_revision !== undefined && { if_revision }),
        });
        return { revision: graph.revision, reset };
      },
    }),
    boxService<StartOptions & { name: string }>({
      ...{ name: "start_pipeline", role: "operator", changes: true, timeout_ms: START_MS },
      description: "Starts a pipeline in the place of what runs.",
      request: object(
        {
          name: text("Of a pipeline that the box keeps.", { maxLength: 64 }),
          input: text("A recording to play in the place of its source.", { minLength: 1, maxLength: 255 }),
          speed: amount("Times the recorded speed; 0: as fast as it goes.", { minimum: 0, maximum: 1000 }),
          source: { type: "object", description: "Parameters of the source, for this run only." },
        },
        ["name"],
      ),
      answer: RUNS,
      async serve({ name, ...options }) {
        const stored = pipelines.get(name);
        if (!stored) throw unknownPipeline(name, pipelines);
        return runs(box, validate(withStartOptions(parse(stored.yaml, `${name}.yaml`), options), box.catalog));
      },
    }),
    boxService<object>({
      ...{ name: "stop_pipeline", role: "operator", changes: true, timeout_ms: START_MS },
      description: "Stops what runs.",
      request: object(),
      answer: object(),
      async serve() {
        await box.stop();
        return {};
      },
    }),
    boxService<object>({
      ...{ name: "restart_source", role: "operator", changes: true, timeout_ms: START_MS },
      description: "Starts what runs once more, as it is: a replay reads its file anew, from its beginning.",
      request: object(),
      answer: RUNS,
      async serve() {
        const pipeline = box.pipeline();
        if (!pipeline) throw new NotRunningError();
        return runs(box, pipeline);
      },
    }),
  ];
}

async function runs(box: Box, pipeline: Parameters<Box["start"]>[0]) {
  const { name, revision } = await box.start(pipeline);
  return { name, revision };
}

function unknownPipeline(name: string, pipelines: PipelineStore): NotFoundError {
  const names = pipelines.list().map((it) => it.name);
  return new NotFoundError(`there is no pipeline ${quote(name)}; ${suggestion(name, names)}`);
}
