// SPDX-License-Identifier: Apache-2.0
//
// What the box says about plugins, for /docs and for the tests. The shapes are those of plugins/plugin.ts.
import { t } from "elysia";
import { PLUGIN_STATES, PLUGIN_TYPES, SIGNATURE_STATES } from "../plugins/plugin.ts";
import { ParamSpecSchema, ProblemSchema } from "./schemas.ts";

const text = (description: string) => t.String({ description });
export const oneOf = <T extends string>(words: readonly T[], description: string) =>
  t.Union(
    words.map((word) => t.Literal(word)),
    { description },
  );

const Origin = oneOf(["image", "box", "user"], "Which of the plugin folders it lies in.");
const Paths = t.Array(t.String(), {
  description: "Absolute, recordings: for the box's own, or folders: for any that the operator names.",
});
const Isolation = oneOf(["process", "in-process"], "Where it runs.");
const Port = oneOf(["none", "signal", "spectrum", "features"], "What flows.");

export const PluginId = t.Object({ id: t.String({ description: "The plugin's id: gain, fftw-backend ..." }) });

const PermissionsSchema = t.Object({
  network: t.Boolean(),
  processes: t.Boolean(),
  threads: t.Boolean(),
  log: t.Boolean({ description: "Lines in its log, for a component." }),
  config: t.Boolean({ description: "Its settings at any time, for a component." }),
  watch: t.Boolean({ description: "News of changes in the folders that it may read." }),
  read: Paths,
  write: Paths,
  subscribe: t.Array(t.String(), { description: "Events that it may hear." }),
  publish: t.Array(t.String(), { description: "Events that it may publish." }),
  services: t.Array(t.String(), { description: "Services of other plugins that it may call." }),
});

const StageNoticeSchema = t.Object({
  type: text("What a pipeline writes: type: smooth_gain"),
  role: oneOf(["stage", "source", "sink"], "What it is."),
  name: t.String(),
  description: t.String(),
  input: Port,
  output: Port,
  params: t.Optional(t.Array(ParamSpecSchema)),
});

const numbers = <K extends string>(...names: K[]) =>
  Object.fromEntries(names.map((name) => [name, t.Number()])) as Record<K, ReturnType<typeof t.Number>>;

const Names = t.Array(t.String());
export const SignatureSchema = t.Object(
  {
    state: oneOf(SIGNATURE_STATES, "changed: some of it is not what was signed."),
    key: t.Optional(
      t.Object({
        id: text("As minisign prints it."),
        name: t.Optional(text("Of its holder; without one the key only claims to be that.")),
      }),
    ),
    comment: t.Optional(text("What its holder signed with it.")),
    differences: t.Optional(t.Object({ changed: Names, missing: Names, extra: Names })),
    reason: text("In words, behind the plugin's name."),
  },
  { description: "Whose it is, and whether it still is what they signed; absent until somebody has looked." },
);

export const PluginSchema = t.Object({
  id: t.String(),
  name: t.String(),
  version: text("Of the build that runs, or else of the one that would."),
  description: t.String(),
  authors: t.Array(t.String()),
  license: t.String(),
  type: oneOf(PLUGIN_TYPES, "What kind of thing it is."),
  category: t.String(),
  enabled: t.Boolean({ description: "Whether it runs before anybody has decided." }),
  capabilities: t.Array(t.String()),
  requires: t.Object({ stagebox: t.Optional(t.String()), abi: t.Optional(t.String()) }),
  dependencies: t.Record(t.String(), t.String(), { description: "Plugin to range of versions." }),
  runtime: t.Object({
    kind: oneOf(["native", "wasm", "script", "python", "service"], "What runs it."),
    isolation: Isolation,
    library: t.String(),
    script: t.Optional(text("The file that is run, where it is no library.")),
    component: t.Optional(text("The same, of WebAssembly.")),
    address: t.Optional(text("Where its server is, unless the setting of that name says otherwise.")),
    late: oneOf(["dry", "hold", "silence"], "What stands in for an output that is not there."),
  }),
  limits: t.Object(numbers("memory_mb", "cpu_percent", "file_mb", "processes", "open_files")),
  build: t.Any(),
  test: t.Any(),
  ui: t.Optional(t.Any({ description: "Its part of a console; the files are under ui/." })),
  state: oneOf(PLUGIN_STATES, "Where it is in its life."),
  reason: t.Optional(text("Why it is in error, or what an operator should know.")),
  faults: t.Array(t.Object({ time: t.String(), message: t.String() }), {
    description: "What went wrong lately, newest last.",
  }),
  quarantined: t.Boolean({ description: "It fell over again and again and is not started; retry does." }),
  retry_at: t.Optional(text("When it will be tried again.")),
  origin: Origin,
  folder: t.String(),
  versions: t.Array(
    t.Object({
      version: t.String(),
      origin: Origin,
      folder: t.String(),
      active: t.Boolean(),
      problem: t.Optional(text("Why it does not run, or would not.")),
      asks_more: t.Array(t.String(), { description: "+ network: what it asks for beyond what is granted." }),
    }),
  ),
  pinned: t.Optional(text("Only this version runs.")),
  trusted: t.Boolean({ description: "May run in the service's own process." }),
  signature: t.Optional(SignatureSchema),
  isolation: Isolation,
  sandbox: t.Optional(text("Protections in force around its processes.")),
  permissions: t.Object({
    asked: PermissionsSchema,
    granted: PermissionsSchema,
    missing: t.Array(t.String(), { description: "+ network: what it asks for and was not granted." }),
  }),
  config: t.Object({
    schema: t.Array(t.Partial(ParamSpecSchema)),
    values: t.Record(t.String(), t.Any()),
  }),
  main: t.Optional(t.Any({ description: "It has a part that is no stage." })),
  events: t.Array(t.Any({ description: "Events of its own: name, description, schema, from." })),
  services: t.Array(
    t.Any({ description: "What others can ask of it: name, description, request, answer, timeout_ms." }),
  ),
  stages: t.Array(StageNoticeSchema),
  presets: t.Array(t.Object({ id: t.String(), name: t.String(), description: t.String(), file: t.String() })),
  library_sha256: t.Optional(t.String()),
  statistics: t.Object(
    numbers(
      ...(["loads", "reloads", "crashes", "restarts", "late", "substituted", "bad_blocks", "blocks"] as const),
      ...(["p50_us", "p99_us", "max_us", "memory_bytes", "cpu_s"] as const),
      ...(["answers", "answer_p50_us", "answer_p99_us", "answer_max_us"] as const),
    ),
  ),
  warnings: t.Array(ProblemSchema),
});

/** The answer of whatever changes a plugin. */
export const PLUGIN_NOW = { description: "The plugin as it is now.", schema: PluginSchema };

export const PluginStatusSchema = t.Object({
  ...numbers("plugins", "ready", "loading", "disabled", "error"),
  broken: t.Array(
    t.Object({
      origin: Origin,
      folder: t.String(),
      id: t.String(),
      version: t.Optional(t.String()),
      problems: t.Array(ProblemSchema),
    }),
    { description: "Folders that hold no plugin this box could use." },
  ),
  settings: t.Array(ProblemSchema, {
    description: "What is wrong with stagebox.toml; what was decided before goes on.",
  }),
});

export const LogSchema = t.Object({
  log: t.Array(
    t.Object({
      time: t.String(),
      from: oneOf(["plugin", "box"], "Who says it: the plugin itself, or the box about it."),
      text: t.String(),
    }),
  ),
});

export const InstanceSchema = t.Object({
  id: t.String(),
  plugin: t.String(),
  version: t.String(),
  type: t.String(),
  params: t.Record(t.String(), t.Any()),
  rate_hz: t.Number(),
  channel_names: t.Array(t.String()),
  created: t.String(),
});

export const InstanceOutputSchema = t.Object({
  frames: t.Integer(),
  channel_names: t.Array(t.String()),
  value_names: t.Optional(t.Array(t.String())),
  rate_hz: t.Number(),
  unit: t.String(),
  values: t.Integer({ description: "Values per channel and frame." }),
  samples: t.Array(t.Array(t.Any()), {
    description: "Rows of values x channels, channel fastest; null: not a number.",
  }),
  events: t.Array(t.Object({ frame: t.Integer(), duration_s: t.Number(), label: t.String() })),
});

export const ShadowSchema = t.Object({
  version: t.String(),
  stage: t.String(),
  blocks: t.Integer({ description: "Compared so far." }),
  max_difference: t.Number({ description: "Of one value, relative to the old output's RMS." }),
  rms_difference: t.Number({ description: "Relative to the old output's RMS." }),
  p99_us: t.Object({ old: t.Number(), new: t.Number() }),
  faults: t.Integer({ description: "Crashes, bad blocks and late ones of the new version." }),
});
