// SPDX-License-Identifier: Apache-2.0
//
// A plugin as everything outside src/plugins sees it: API, CLI and console translate to these types and decide nothing.
import type { ParamSpec, Params, ParamValue, Port } from "../pipeline/catalog.ts";
import type { Problem } from "../pipeline/problem.ts";
import type { Actor } from "../store/audit.ts";
import type { Generation } from "./generations/generation.ts";
import type { PayloadSchema } from "./manifest/payload-schema.ts";

export const PLUGIN_STATES = ["disabled", "loading", "ready", "error"] as const;
export type PluginState = (typeof PLUGIN_STATES)[number];

/** What a plugin may do besides computing; see [permissions] of plugin.toml. */
export interface Permissions {
  network: boolean;
  processes: boolean;
  threads: boolean;
  /** What a component is lent: lines in its log, its settings. */
  log: boolean;
  config: boolean;
  /** News of changes in the folders that it may read. */
  watch: boolean;
  /** Absolute paths, `recordings:`, or, where it only asks, `folders:`. */
  read: string[];
  write: string[];
  /** Types of events: `StageOp`, `other-plugin.found`, `*`. */
  subscribe: string[];
  publish: string[];
  /** Of other plugins: `other-plugin.count`. */
  services: string[];
}

export interface Limits {
  memory_mb: number;
  cpu_percent: number;
  file_mb: number;
  processes: number;
  open_files: number;
}

export const PLUGIN_TYPES = [
  "node",
  "analysis",
  "effect",
  "generator",
  "workflow",
  "integration",
  "ui",
  "visualization",
] as const;
export type PluginType = (typeof PLUGIN_TYPES)[number];

export type ConfigSpec = Pick<
  ParamSpec,
  "id" | "kind" | "unit" | "minimum" | "maximum" | "choices" | "default" | "description"
>;

/** A stage, source or sink that the manifest announces. */
export interface StageNotice {
  type: string;
  role: "stage" | "source" | "sink";
  name: string;
  description: string;
  input: Port;
  output: Port;
  /** Where the manifest states them; a native library's own table is the truth. */
  params?: ParamSpec[];
}

/** An event of the plugin's own: `id.name` in full. */
export interface EventNotice {
  name: string;
  description: string;
  schema: PayloadSchema;
  /** Other plugins that may publish it. */
  from: string[];
}

/** `id.name` in full. */
export interface ServiceNotice {
  name: string;
  description: string;
  request: PayloadSchema;
  answer: PayloadSchema;
  timeout_ms: number;
}

export interface PresetNotice {
  id: string;
  name: string;
  description: string;
  /** Relative to the plugin's folder. */
  file: string;
}

export interface UiNotice {
  bundle: string;
  component_name: string;
  required_props: string[];
  icon?: string;
}

/** plugin.toml, parsed once and trusted after; defaults filled in. */
export interface Manifest {
  id: string;
  name: string;
  version: string;
  description: string;
  authors: string[];
  license: string;
  type: PluginType;
  category: string;
  /** Whether it runs before anybody has decided. */
  enabled: boolean;
  capabilities: string[];
  requires: { stagebox?: string; abi?: string };
  /** Plugin id -> semver range. */
  dependencies: Record<string, string>;
  runtime: {
    kind: "native" | "wasm" | "script" | "python" | "service";
    isolation: "process" | "in-process";
    /** With `<target-triple>` in it. */
    library: string;
    /** The file that is run, where it is no library. */
    script?: string;
    component?: string;
    /** Where the server is that computes its stages. */
    address?: string;
    late: "dry" | "hold" | "silence";
  };
  permissions: Permissions;
  limits: Limits;
  config: ConfigSpec[];
  /** What of it is no stage. */
  main?: { script?: string };
  events: EventNotice[];
  services: ServiceNotice[];
  stages: StageNotice[];
  presets: PresetNotice[];
  build: { sources: string[]; libraries: string[]; flags: string[] };
  test: { pipelines: string[] };
  ui?: UiNotice;
}

export type Origin = "image" | "box" | "user";

export const SIGNATURE_STATES = ["trusted", "unknown-key", "unsigned", "changed"] as const;

/** One version of a plugin as it lies in a folder; nothing of it has been run. */
export interface FoundPlugin {
  origin: Origin;
  /** Absolute, links followed. */
  folder: string;
  manifest: Manifest;
  /** Unknown keys and the like: it works all the same. */
  warnings: Problem[];
  /** Linked in, or put there by hand: no copy that an installation made. */
  by_hand?: true;
}

/** Whose a plugin is, and whether it is still what they signed. */
export interface SignatureView {
  /** `changed`: some of it is not what was signed, whoever that was. */
  state: (typeof SIGNATURE_STATES)[number];
  /** As minisign prints it, and as this box calls its holder; a key without a name only claims to be that one. */
  key?: { id: string; name?: string };
  /** What its holder signed with it. */
  comment?: string;
  /** Files of the folder against those that were signed. */
  differences?: { changed: string[]; missing: string[]; extra: string[] };
  /** In words, behind the plugin's name. */
  reason: string;
}

/** A folder that holds no plugin this box could use. */
export interface BrokenPlugin {
  origin: Origin;
  folder: string;
  /** From its manifest where that could be read, else the folder's name. */
  id: string;
  version?: string;
  problems: Problem[];
}

/** Counters since the service started. */
export interface PluginStatistics {
  loads: number;
  reloads: number;
  crashes: number;
  restarts: number;
  /** Outputs that were not back by their deadline. */
  late: number;
  /** Blocks for which the late policy stood in. */
  substituted: number;
  /** Blocks whose output broke the rules: numbers that are not finite, a wrong shape. */
  bad_blocks: number;
  blocks: number;
  p50_us: number;
  p99_us: number;
  max_us: number;
  /** Of its processes now. */
  memory_bytes: number;
  cpu_s: number;
  /** Requests to its services that came to an end, and how long they took. */
  answers: number;
  answer_p50_us: number;
  answer_p99_us: number;
  answer_max_us: number;
}

export interface PluginVersion {
  version: string;
  origin: Origin;
  folder: string;
  active: boolean;
  /** Why it does not run, or would not. */
  problem?: string;
  /** `+ network`: what it asks for beyond what is granted. */
  asks_more: string[];
}

/** `GET /api/plugins/{id}`. */
export interface PluginView extends Omit<Manifest, "stages" | "presets" | "config" | "permissions"> {
  state: PluginState;
  /** Why it is in Error, or what an operator should know. */
  reason?: string;
  /** What went wrong lately, newest last. */
  faults: { time: string; message: string }[];
  quarantined: boolean;
  /** When it will be tried again. */
  retry_at?: string;
  origin: Origin;
  folder: string;
  versions: PluginVersion[];
  pinned?: string;
  trusted: boolean;
  /** Absent until somebody has looked. */
  signature?: SignatureView;
  /** As it really runs. */
  isolation: "process" | "in-process";
  /** Protections in force around its processes, in words; absent in this process, and while it does not run. */
  sandbox?: string;
  /** `missing`: `+ network`, what it asks for and was not granted. */
  permissions: { asked: Permissions; granted: Permissions; missing: string[] };
  config: { schema: ConfigSpec[]; values: Record<string, ParamValue> };
  stages: StageNotice[];
  presets: PresetNotice[];
  /** SHA-256 of the library that runs. */
  library_sha256?: string;
  statistics: PluginStatistics;
  warnings: Problem[];
}

/** A plugin's stage that runs on data from a caller, outside of the graph. */
export interface InstanceView {
  id: string;
  plugin: string;
  version: string;
  type: string;
  params: Params;
  rate_hz: number;
  channel_names: string[];
  created: string;
}

export interface LogLine {
  time: string;
  /** `plugin`: what it wrote itself; `box`: what happened to it. */
  from: "plugin" | "box";
  text: string;
}

/** `GET /api/plugins/{id}/shadow`: a new version beside the old one on live data. */
export interface ShadowView {
  version: string;
  stage: string;
  blocks: number;
  /** Largest and root-mean-square difference of the outputs, relative to the old output's RMS. */
  max_difference: number;
  rms_difference: number;
  p99_us: { old: number; new: number };
  faults: number;
}

/** What the operator decides: an entry of [[plugins.entries]] in stagebox.toml of the data folder. */
export interface PluginChoice {
  /** What nobody has decided is as the manifest has it. */
  enabled?: boolean;
  /** The plugin's folder, where it lies in none of those where plugins are looked for. */
  artifact_path?: string;
  /** false: what changes in its folder counts only from the next reload, or start. */
  watch?: boolean;
  pinned?: string;
  /** `unsigned`: though nobody signed it, since it is their own work. */
  trusted?: boolean | "unsigned";
  granted?: Partial<Permissions>;
  config?: Record<string, ParamValue>;
}

/** The life of all plugins of a box. Changes come one after the other. */
export interface Plugins {
  list(): PluginView[];
  /** Throws NotFoundError (runtime/box.ts), as all that take an id do. */
  get(id: string): PluginView;
  status(): {
    plugins: number;
    ready: number;
    loading: number;
    disabled: number;
    error: number;
    broken: BrokenPlugin[];
    /** What is wrong with stagebox.toml; what was decided before goes on. */
    settings: readonly Problem[];
  };
  /** Applying the same choice twice does nothing. Who decides is noted in the audit log. */
  choose(id: string, choice: Partial<PluginChoice>, by?: Actor): Promise<PluginView>;
  /** Reads the folder again and puts what is there in the place of what runs; a broken build leaves the old one running
   * and throws ProblemsError. */
  reload(id: string, by?: Actor): Promise<PluginView>;
  /** Out of quarantine, at once. */
  retry(id: string, by?: Actor): Promise<PluginView>;
  log(id: string): LogLine[];
  /** Looks at the folders again. */
  rescan(): Promise<void>;

  instances(): InstanceView[];
  /** `format`: what execute will be given. Throws ProblemsError. */
  createInstance(
    plugin: string,
    request: { type?: string; params?: Params; rate_hz: number; channel_names: string[]; max_frames?: number },
  ): Promise<InstanceView>;
  deleteInstance(instance: string): Promise<void>;
  /** Runs rows of samples, [frames x channels], channel fastest; state goes on from call to call. */
  execute(instance: string, samples: Float32Array): Promise<InstanceOutput>;

  /** The preset's actions, as a GraphPatch. */
  preset(plugin: string, preset: string): unknown;

  startShadow(plugin: string, version: string, by?: Actor): Promise<ShadowView[]>;
  shadow(plugin: string): ShadowView[];
  /** take_over: the new version replaces the old; otherwise it is let go. */
  endShadow(plugin: string, take_over: boolean, by?: Actor): Promise<PluginView>;

  /** Takes a plugin, or one version, out of the box's folder; with the last one what was decided about it goes, too.
   * Throws ProblemsError for what lies elsewhere. */
  remove(id: string, version: string | undefined, by: Actor): Promise<void>;
  /** What is new in the folders is complete, and one generation. */
  takeStock(by: Actor): Promise<void>;
  /** The oldest first; the last one is in use. */
  generations(): Generation[];
  /** Brings back the set of a generation, or of the one before. Throws ProblemsError, nothing changed. */
  rollback(to: number | undefined, by: Actor): Promise<Generation>;
}

export interface InstanceOutput {
  frames: number;
  channel_names: string[];
  value_names?: string[];
  rate_hz: number;
  unit: string;
  /** Values per channel and frame. */
  values: number;
  /** [frames x values x channels], channel fastest. */
  data: Float32Array;
  events: { frame: number; duration_s: number; label: string }[];
}
