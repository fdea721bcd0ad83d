// SPDX-License-Identifier: Apache-2.0
import { Elysia, t } from "elysia";
import { format } from "../pipeline/format.ts";
import { parse } from "../pipeline/parse.ts";
import { withStartOptions } from "../pipeline/start-options.ts";
import { validate } from "../pipeline/validate.ts";
import type { Box } from "../runtime/box.ts";
import type { PipelineStore, StoredPipeline } from "../store/pipelines.ts";
import { etagOf, ifMatch, isUnchanged } from "./etag.ts";
import { notFound } from "./not-found.ts";
import { operation } from "./operation.ts";
import { PIPELINE_BODY, readPipelineBody } from "./pipeline-body.ts";
import { GraphSchema, PipelineEntrySchema } from "./schemas.ts";
import { StartOptions } from "./start-options.ts";

const Name = t.Object({ name: t.String({ description: "The pipeline's name: its file without .yaml." }) });
const YAML = "application/yaml";

/** The pipelines that the box keeps, and which of them runs. */
export const pipelinesController = ({ box, pipelines }: { box: Box; pipelines: PipelineStore }) =>
  new Elysia({ prefix: "/api/pipelines" })
    .get("", () => ({ pipelines: pipelines.list().map(entryOf) }), {
      detail: operation({
        tags: ["Pipelines"],
        summary: "All pipelines",
        answers: { 200: { description: "By name.", schema: t.Object({ pipelines: t.Array(PipelineEntrySchema) }) } },
      }),
    })
    .post(
      "/validate",
      ({ body }) => ({ valid: true, pipeline: validate(readPipelineBody(body, "pipeline"), box.catalog) }),
      {
        detail: operation({
          tags: ["Pipelines"],
          summary: "Check a pipeline without saving it",
          description: "Answers 422 with every problem at once.",
          body: PIPELINE_BODY,
          answers: {
            200: {
              description: "It can run; here with every default filled in.",
              schema: t.Object({ valid: t.Literal(true), pipeline: t.Any() }),
            },
          },
        }),
      },
    )
    .post(
      "/stop",
      async ({ set }) => {
        await box.stop();
        set.status = 204;
      },
      { detail: operation({ tags: ["Pipelines"], summary: "Stop what runs", answers: { 204: "Nothing runs." } }) },
    )
    .get(
      "/:name",
      ({ params: { name }, query, request, set }) => {
        const stored = find(pipelines, name);
        const etag = etagOf(stored.revision);
        if (isUnchanged(request, etag)) return new Response(null, { status: 304, headers: { etag } });
        set.headers.etag = etag;
        const wantsYaml =
          (query.format ?? (/\byaml\b/.test(request.headers.get("accept") ?? "") ? "yaml" : "json")) === "yaml";
        if (wantsYaml) return new Response(stored.yaml, { headers: { "content-type": YAML, etag } });
        return parse(stored.yaml, `${name}.yaml`).value;
      },
      {
        params: Name,
        query: t.Object({
          format: t.Optional(
            t.Union([t.Literal("json"), t.Literal("yaml")], {
              description: "json or yaml; without it, Accept decides.",
            }),
          ),
        }),
        detail: operation({
          tags: ["Pipelines"],
          summary: "One pipeline",
          description: "As JSON, or with Accept: application/yaml as the file it is, comments and all.",
          answers: {
            200: { description: "Its revision is the ETag.", schema: t.Record(t.String(), t.Any()) },
            304: "Unchanged.",
          },
        }),
      },
    )
    .put(
      "/:name",
      async ({ params: { name }, body, request, set }) => {
        const pipeline = validate(readPipelineBody(body, name), box.catalog);
        const existed = pipelines.get(name) !== undefined;
        const yaml = typeof body === "string" ? body : format(pipeline, box.catalog);
        const stored = await pipelines.put(name, yaml, ifMatch(request));
        set.headers.etag = etagOf(stored.revision);
        set.status = existed ? 200 : 201;
        return entryOf(stored);
      },
      {
        params: Name,
        detail: operation({
          tags: ["Pipelines"],
          summary: "Save a pipeline",
          description: "What runs is not touched. Answers 422 with every problem if it could not run.",
          body: PIPELINE_BODY,
          answers: {
            200: { description: "Saved over the old one.", schema: PipelineEntrySchema },
            201: { description: "Saved.", schema: PipelineEntrySchema },
            412: "The pipeline is no longer at the revision in If-Match.",
          },
        }),
      },
    )
    .delete(
      "/:name",
      async ({ params: { name }, request, set }) => {
        if (!(await pipelines.delete(name, ifMatch(request)))) find(pipelines, name);
        set.status = 204;
      },
      {
        params: Name,
        detail: operation({
          tags: ["Pipelines"],
          summary: "Delete a pipeline",
          description: "What runs is not touched. Where one of that name came with Stagebox, it shows again.",
          answers: {
            204: "It is gone.",
            409: "It came with Stagebox.",
            412: "The pipeline is no longer at the revision in If-Match.",
          },
        }),
      },
    )
    .post(
      "/:name/start",
      async ({ params: { name }, body, set }) => {
        const document = withStartOptions(parse(find(pipelines, name).yaml, `${name}.yaml`), body);
        const graph = await box.start(validate(document, box.catalog));
        set.headers.etag = etagOf(graph.revision);
        return graph;
      },
      {
        params: Name,
        body: StartOptions,
        detail: operation({
          tags: ["Pipelines"],
          summary: "Start a pipeline in the place of what runs",
          answers: { 200: { description: "The graph, running.", schema: GraphSchema } },
        }),
      },
    );

function entryOf({ name, bundled, revision }: StoredPipeline) {
  return { name, bundled, revision, path: `/api/pipelines/${name}` };
}

/** Throws NameError, NotFoundError. */
function find(pipelines: PipelineStore, name: string): StoredPipeline {
  const stored = pipelines.get(name);
  if (stored) return stored;
  throw notFound(
    "pipeline",
    name,
    pipelines.list().map((it) => it.name),
  );
}
