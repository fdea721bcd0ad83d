// SPDX-License-Identifier: Apache-2.0
//
// What the box's answers look like, for /docs and for the tests. The shapes are those of runtime/box.ts.
import { t } from "elysia";

const text = (description: string) => t.String({ description });
const number = (description: string) => t.Number({ description });
const whole = (description: string) => t.Integer({ description });
const flag = (description: string) => t.Boolean({ description });

export const ProblemSchema = t.Object({
  file: t.Optional(text("The file as the user named it.")),
  line: t.Optional(whole("Counted from 1.")),
  column: t.Optional(whole("Counted from 1.")),
  field: t.Optional(text("JSON pointer into what was sent: /stages/1/params/low_hz")),
  message: text("The problem and its remedy."),
});

/** RFC 9457. */
export const ProblemDocument = t.Object({
  type: text("about:blank: the status says it all."),
  title: text("The status in words."),
  status: whole("The HTTP status."),
  detail: text("What is wrong and what to do about it."),
  instance: text("The path that was asked for."),
  problems: t.Optional(t.Array(ProblemSchema, { description: "Everything that is wrong, not just the first." })),
});

const ParamsSchema = t.Record(t.String(), t.Any(), { description: "Parameters by id." });
const PortSchema = t.Union([t.Literal("signal"), t.Literal("spectrum"), t.Literal("features")], {
  description: "What flows here.",
});

const FormatSchema = t.Object({
  port: PortSchema,
  unit: text("One for all values: uV, uV^2/Hz, 1"),
  channel_names: t.Array(t.String()),
  value_names: t.Optional(t.Array(t.String(), { description: "Features only." })),
  rate_hz: number("Frames per second; 0: irregular."),
  channels: whole("Channels of a frame."),
  values: whole("Values per channel and frame: 1 for a signal, bins for a spectrum."),
  max_frames: whole("No packet has more frames."),
  bin_hz: number("Spectrum: distance of two bins."),
  latency_s: number("Group delay of this stage and all before it."),
});

const StateSchema = t.Union([t.Literal("stopped"), t.Literal("running"), t.Literal("ended"), t.Literal("fault")]);

export const GraphSchema = t.Object({
  revision: whole("Goes up with every change; the ETag."),
  name: text("The pipeline's name."),
  state: StateSchema,
  source: t.Object({ id: t.String(), type: t.String(), params: ParamsSchema, format: FormatSchema }),
  stages: t.Array(
    t.Object({
      id: t.String(),
      stage_id: whole("Stays the same for the life of the stage, through renames and edits around it."),
      type: t.String(),
      from: text("Id of the source or stage whose output it takes."),
      group: text("Stages of one group run on one thread."),
      bypass: flag("Passed over."),
      params: ParamsSchema,
      format: t.Optional(FormatSchema),
    }),
  ),
  sinks: t.Array(
    t.Object({ id: t.String(), type: t.String(), from: t.String(), params: ParamsSchema, format: FormatSchema }),
  ),
});

export const PatchResultSchema = t.Object({
  dry_run: t.Boolean(),
  graph: GraphSchema,
  reset: t.Array(t.String(), { description: "Stages that lost their running state." }),
});

export const ParamSpecSchema = t.Object({
  id: text("The parameter's name, its unit at the end."),
  kind: t.Union(
    ["number", "integer", "boolean", "choice", "text", "numbers", "names", "bands", "matrix"].map((it) =>
      t.Literal(it),
    ),
  ),
  live: flag("Changes between two blocks, without a new instance."),
  required: flag("Has no default."),
  unit: text("Hz, s, uV; empty: none."),
  minimum: t.Optional(t.Number()),
  maximum: t.Optional(t.Number()),
  default: t.Optional(t.Any()),
  choices: t.Optional(t.Array(t.String())),
  description: t.String(),
});

export const ComponentSchema = t.Object({
  type: text("What a pipeline writes: type: notch"),
  name: t.String(),
  role: t.Union([t.Literal("source"), t.Literal("stage"), t.Literal("sink")]),
  category: t.String(),
  description: t.String(),
  input: t.String(),
  output: t.String(),
  accepts: t.Optional(t.Array(t.String(), { description: "Sinks: the ports they take." })),
  native: t.Optional(t.Boolean({ description: "Sinks: it runs in the data plane, in a group of its own." })),
  params: t.Array(ParamSpecSchema),
  plugin: t.Optional(
    t.Object({ id: t.String(), version: t.String() }, { description: "Where it comes from; absent: built in." }),
  ),
});

export const StreamSchema = t.Object({
  id: t.String(),
  path: text("Where its WebSocket is."),
  format: FormatSchema,
  clients: whole("Listeners now."),
});

const numbers = <K extends string>(...names: K[]) =>
  Object.fromEntries(names.map((name) => [name, t.Number()])) as Record<K, ReturnType<typeof t.Number>>;

export const TelemetrySchema = t.Object({
  revision: whole("Of the graph."),
  state: StateSchema,
  uptime_s: number("Since the pipeline started."),
  source: t.Object({
    ...numbers(
      "blocks",
      "frames",
      "lost_frames",
      "waits",
      "drift_ppm",
      "jitter_us",
      "wake_p50_us",
      "wake_p99_us",
      "wake_max_us",
    ),
    realtime: flag("SCHED_FIFO was granted."),
  }),
  stages: t.Array(
    t.Object({
      id: t.String(),
      type: t.String(),
      ...numbers("stage_id", "blocks", "frames", "faults", "p50_us", "p99_us", "max_us", "total_ms", "latency_ms"),
    }),
  ),
  groups: t.Array(
    t.Object({
      name: t.String(),
      ...numbers("blocks", "overruns", "late", "lost_frames", "deadline_us", "p50_us", "p99_us", "max_us", "core"),
      realtime: t.Boolean(),
    }),
  ),
  sinks: t.Array(
    t.Object({
      id: t.String(),
      type: t.String(),
      ...numbers("frames", "lost_frames"),
      detail: t.Record(t.String(), t.Any(), { description: "What the sink itself reports." }),
    }),
  ),
  notes: t.Array(t.String(), { description: "Things an operator should know." }),
});

export const RecordingSchema = t.Object({
  name: t.String(),
  bytes: t.Integer(),
  modified: text("ISO 8601."),
  open: flag("Still being written."),
  format: t.Optional(t.String()),
  rate_hz: t.Optional(t.Number()),
  frames: t.Optional(t.Integer()),
  duration_s: t.Optional(t.Number()),
  channels: t.Optional(t.Array(t.Object({ name: t.String(), unit: t.String() }))),
  start: t.Optional(text("ISO 8601.")),
  annotations: t.Optional(t.Integer()),
  notices: t.Optional(t.Array(t.String())),
  problem: t.Optional(text("Why its header could not be read.")),
});

export const RoleSchema = t.Union([t.Literal("viewer"), t.Literal("operator"), t.Literal("admin")], {
  description: "viewer, operator or admin; each may do all that those before it may.",
});

export const UserSchema = t.Object({
  name: t.String(),
  role: RoleSchema,
  created: text("ISO 8601; empty: the box's owner."),
});

export const SignedInSchema = t.Object({ name: t.String(), role: RoleSchema, token: t.String() });

export const PipelineEntrySchema = t.Object({
  name: t.String(),
  bundled: flag("Came with Stagebox; saving under its name makes a copy that stands in its place."),
  revision: text("The ETag."),
  path: t.String(),
});

export const SafeModeSchema = t.Object({
  active: flag("The box does without something."),
  since: t.Optional(text("ISO 8601, UTC.")),
  reasons: t.Array(t.String(), { description: "What was found, oldest first." }),
  quarantined: t.Array(t.Object({ id: t.String(), sha256: text("Of the build.") }), { description: "Plugins." }),
  isolated: flag("All plugins run in processes of their own."),
  pipeline: t.Optional(
    t.Union([t.Literal("default"), t.Literal("none")], { description: "What runs in the place of what ran." }),
  ),
  kept: t.Optional(text("The name under which the pipeline that ran was kept.")),
});

export const HealthSchema = t.Object({
  status: t.Literal("ok"),
  flow: t.Union([t.Literal("moving"), t.Literal("idle")], {
    description: "moving: packets do; idle: nothing shall run, or the recording that was played is over.",
  }),
  version: t.String(),
  build: t.Optional(text("Of the update or image that it came with.")),
  safe_mode: flag("Something was left out, since the box went down again and again with it."),
});

export const SystemSchema = t.Object({
  version: t.String(),
  host: t.String(),
  arch: t.String(),
  platform: t.String(),
  simd: text("Instruction set the kernels use."),
  cpu: t.Object({ model: t.String(), cores: t.Integer(), load_1min: t.Number() }),
  memory: t.Object({ total_bytes: t.Integer(), available_bytes: t.Integer(), process_bytes: t.Integer() }),
  uptime_s: number("Of the machine."),
  process_uptime_s: number("Of Stagebox."),
  data: t.Object({ path: t.String(), total_bytes: t.Integer(), available_bytes: t.Integer() }),
  time: text("ISO 8601, UTC."),
  notes: t.Array(t.String()),
});

export const NetworkSchema = t.Object({
  hostname: t.String(),
  announced: text("What it is found by: stagebox.local; another where a box of the same name was there first."),
  cards: t.Array(
    t.Object({
      name: t.String(),
      kind: t.Union([t.Literal("ethernet"), t.Literal("wifi")]),
      mac: t.String(),
      is_up: flag("A cable is in, or a network was joined."),
      addresses: t.Array(t.String(), { description: "With the length of the network's part: 192.0.2.7/24" }),
      signal_dbm: t.Optional(number("Of the network that was joined: -50 is good, -80 is bad.")),
    }),
  ),
  access_point: t.Union([t.Object({ ssid: t.String(), address: t.String() }), t.Null()], {
    description: "The box's own network, while it is open.",
  }),
  attempt: t.Union(
    [
      t.Object({
        ssid: t.String(),
        state: t.Union([t.Literal("trying"), t.Literal("failed")]),
        problem: t.Optional(text("Why it failed, and what to do.")),
        time: text("ISO 8601, UTC."),
      }),
      t.Null(),
    ],
    { description: "A network that was asked for and is not there (yet)." },
  ),
});

const BundleKindSchema = t.Union([t.Literal("app"), t.Literal("image")], {
  description: "The application alone, or everything.",
});

export const LatestSchema = t.Object({
  installed: text("The version that has proved itself."),
  latest: t.Object({ version: t.String(), url: text("Of its bundle."), sha256: t.Optional(t.String()) }),
  is_newer: t.Boolean(),
});

export const UpdateSchema = t.Object({
  image: t.Union(
    [
      t.Object({
        layout: text("ab has two slots, and can be updated whole."),
        base: t.String(),
        version: t.String(),
        build: t.String(),
        arch: t.String(),
      }),
      t.Null(),
    ],
    { description: "What the image says of itself; null: this is no appliance." },
  ),
  under_way: t.Union(
    [
      t.Object({
        id: t.String(),
        kind: t.Optional(BundleKindSchema),
        version: t.Optional(t.String()),
        step: text("receiving, checking, requested, unpacking, trial, second-trial, committing, rolling-back, refused"),
        part: number("Of this step, of 1."),
        message: t.String(),
      }),
      t.Null(),
    ],
    { description: "Null: none." },
  ),
  history: t.Array(
    t.Object({
      id: t.String(),
      kind: BundleKindSchema,
      version: t.String(),
      build: t.String(),
      result: t.Union([t.Literal("committed"), t.Literal("rolled-back"), t.Literal("refused")]),
      message: t.String(),
      ended: text("ISO 8601."),
    }),
    { description: "The latest ten, the latest first." },
  ),
});
