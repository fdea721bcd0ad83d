// SPDX-License-Identifier: Apache-2.0
import { Elysia, t } from "elysia";
import type { Params } from "../pipeline/catalog.ts";
import { ProblemsError } from "../pipeline/problem.ts";
import type { InstanceOutput, InstanceView, Plugins } from "../plugins/plugin.ts";
import { notFound } from "./not-found.ts";
import { operation } from "./operation.ts";
import { InstanceOutputSchema, InstanceSchema, PluginId } from "./plugin-schemas.ts";

const Iid = t.Object({ iid: t.String({ description: "The instance's id." }) });
const Create = t.Object(
  {
    type: t.Optional(t.String({ description: "The stage, where the plugin has several." })),
    params: t.Optional(t.Record(t.String(), t.Any(), { description: "Its parameters." })),
    rate_hz: t.Number({ description: "Frames per second of what execute will be given." }),
    channel_names: t.Array(t.String({ minLength: 1, maxLength: 64 }), { description: "One name a channel." }),
    max_frames: t.Optional(t.Integer({ description: "The most that the stage sees at once; 1024 without it." })),
  },
  { additionalProperties: false },
);
const BINARY = "application/octet-stream";
const missing = "There is no such instance.";
const EXECUTE = [
  "State goes on from call to call. A crash is this call's answer; the instance is started again.",
  `With Accept: ${BINARY} the values come as they are, float32, little-endian;`,
  "stagebox-frames, -values, -channels and -rate-hz say how many.",
].join(" ");

/** Stages of plugins outside of the graph, on data from the caller. */
export const pluginInstancesController = ({ plugins }: { plugins: Plugins }) =>
  new Elysia({ prefix: "/api/plugins" })
    .get("/instances", () => ({ instances: plugins.instances() }), {
      detail: operation({
        tags: ["Plugins"],
        summary: "All instances outside of the graph",
        answers: { 200: { description: "As made.", schema: t.Object({ instances: t.Array(InstanceSchema) }) } },
      }),
    })
    .post(
      "/:id/instances",
      async ({ params: { id }, body, set }) => {
        const { type, params, rate_hz, channel_names, max_frames } = body;
        const instance = await plugins.createInstance(id, {
          ...{ rate_hz, channel_names },
          ...(type !== undefined && { type }),
          ...(params && { params: params as Params }),
          ...(max_frames !== undefined && { max_frames }),
        });
        set.status = 201;
        set.headers.location = `/api/plugins/instances/${instance.id}`;
        return instance;
      },
      {
        params: PluginId,
        body: Create,
        detail: operation({
          tags: ["Plugins"],
          summary: "Make an instance of a plugin's stage, to run data through",
          answers: {
            201: { description: "It lives until it is deleted, or the box ends.", schema: InstanceSchema },
            404: "There is no such plugin.",
            503: "There are too many instances.",
          },
        }),
      },
    )
    .get("/instances/:iid", ({ params: { iid } }) => find(plugins, iid), {
      params: Iid,
      detail: operation({
        tags: ["Plugins"],
        summary: "One instance",
        answers: { 200: { description: "As made.", schema: InstanceSchema }, 404: missing },
      }),
    })
    .delete(
      "/instances/:iid",
      async ({ params: { iid } }) => {
        await plugins.deleteInstance(iid);
        return new Response(null, { status: 204 });
      },
      {
        params: Iid,
        detail: operation({
          tags: ["Plugins"],
          summary: "Delete an instance",
          answers: { 204: "It is gone.", 404: missing },
        }),
      },
    )
    .post(
      "/instances/:iid/execute",
      async ({ params: { iid }, body, request }) => {
        const { channel_names } = find(plugins, iid);
        const output = await plugins.execute(iid, samplesIn(body, channel_names.length));
        return wantsBinary(request) ? binary(output) : json(output);
      },
      {
        params: Iid,
        detail: operation({
          tags: ["Plugins"],
          summary: "Run samples through an instance",
          description: EXECUTE,
          body: {
            description: "Rows of samples, a value for each channel; or the same as float32, little-endian.",
            required: true,
            content: {
              "application/json": { schema: { type: "object" }, example: { samples: [[1.5], [2.5]] } },
              [BINARY]: { schema: { type: "string", format: "binary" } },
            },
          },
          answers: { 200: { description: "What came out.", schema: InstanceOutputSchema }, 404: missing },
        }),
      },
    );

function find(plugins: Plugins, id: string): InstanceView {
  const all = plugins.instances();
  const found = all.find((instance) => instance.id === id);
  if (found) return found;
  throw notFound(
    "instance",
    id,
    all.map((it) => it.id),
  );
}

function samplesIn(body: unknown, channels: number): Float32Array {
  if (body instanceof Uint8Array) {
    if (body.byteLength % 4 !== 0) throw refused("/", `${body.byteLength} bytes are no whole float32 values`);
    return new Float32Array(body.slice().buffer);
  }
  const { samples, ...others } = (body ?? {}) as { samples?: unknown };
  const unknown = Object.keys(others)[0];
  if (unknown !== undefined) throw refused(`/${unknown}`, `${unknown} is not known here; leave it out`);
  if (!Array.isArray(samples)) throw refused("/samples", "samples is missing: rows of numbers, one for each channel");
  const wrong = samples.findIndex((row) => !Array.isArray(row) || row.length !== channels || !row.every(isSample));
  const row =
    channels === 1
      ? "a list of one number, for its one channel: [1.5]"
      : `a list of ${channels} numbers, one for each channel`;
  if (wrong >= 0) throw refused(`/samples/${wrong}`, `a row must be ${row}`);
  return Float32Array.from(samples.flat());
}

function isSample(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function refused(field: string, message: string): ProblemsError {
  return new ProblemsError([{ field, message }]);
}

function wantsBinary(request: Request): boolean {
  return request.headers.get("accept")?.split(",", 1)[0]?.trim().startsWith(BINARY) === true;
}

function json({ data, ...output }: InstanceOutput): object {
  const width = output.values * output.channel_names.length;
  const row = (frame: number) =>
    Array.from(data.subarray(frame * width, (frame + 1) * width), (value) => (Number.isFinite(value) ? value : null));
  return { ...output, samples: Array.from({ length: output.frames }, (_, frame) => row(frame)) };
}

function binary({ data, frames, values, channel_names, rate_hz }: InstanceOutput): Response {
  return new Response(data as Float32Array<ArrayBuffer>, {
    headers: {
      "content-type": BINARY,
      "stagebox-frames": `${frames}`,
      "stagebox-values": `${values}`,
      "stagebox-channels": `${channel_names.length}`,
      "stagebox-rate-hz": `${rate_hz}`,
    },
  });
}
