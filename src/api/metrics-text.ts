// SPDX-License-Identifier: Apache-2.0
//
// Telemetry in the Prometheus text format: base units (seconds, bytes), counters end in _total.
import type { PluginStatistics, PluginView } from "../plugins/plugin.ts";
import type { Telemetry } from "../runtime/box.ts";

type Labels = Record<string, string>;
type Sample = [value: number | boolean, labels?: Labels];

type Plugin = Pick<PluginView, "id" | "version" | "state" | "quarantined" | "statistics">;

export function metricsText(telemetry: Telemetry, plugins: readonly Plugin[], resident_bytes: number): string {
  const { source, stages, groups, sinks } = telemetry;
  const stage = (read: (it: (typeof stages)[number]) => number) =>
    stages.map((it): Sample => [read(it), { stage: it.id, type: it.type }]);
  const group = (read: (it: (typeof groups)[number]) => number) =>
    groups.map((it): Sample => [read(it), { group: it.name }]);
  const sink = (read: (it: (typeof sinks)[number]) => number) =>
    sinks.map((it): Sample => [read(it), { sink: it.id, type: it.type }]);

  return [
    metric("stagebox_running", "gauge", "1 while a pipeline runs.", [[telemetry.state === "running"]]),
    metric("stagebox_fault", "gauge", "1 if the pipeline has failed.", [[telemetry.state === "fault"]]),
    metric("stagebox_graph_revision", "gauge", "Revision of the graph.", [[telemetry.revision]]),
    metric("stagebox_pipeline_uptime_seconds", "gauge", "Since the pipeline started.", [[telemetry.uptime_s]]),
    metric("stagebox_resident_memory_bytes", "gauge", "Memory of the process.", [[resident_bytes]]),
    metric("stagebox_source_frames_total", "counter", "Frames acquired.", [[source.frames]]),
    metric("stagebox_source_lost_frames_total", "counter", "Frames the source lost.", [[source.lost_frames]]),
    metric("stagebox_source_drift_ppm", "gauge", "Source clock against the box's.", [[source.drift_ppm]]),
    metric("stagebox_source_jitter_seconds", "gauge", "Typical distance of arrivals from the fitted clock.", [
      [source.jitter_us / 1e6],
    ]),
    metric("stagebox_source_wake_max_seconds", "gauge", "Latest wake of the source's thread.", [
      [source.wake_max_us / 1e6],
    ]),
    metric("stagebox_source_realtime", "gauge", "1 if SCHED_FIFO was granted.", [[source.realtime]]),
    metric(
      "stagebox_stage_frames_total",
      "counter",
      "Frames put out.",
      stage((it) => it.frames),
    ),
    metric(
      "stagebox_stage_faults_total",
      "counter",
      "Process calls that failed.",
      stage((it) => it.faults),
    ),
    metric(
      "stagebox_stage_seconds_total",
      "counter",
      "Time spent in the stage.",
      stage((it) => it.total_ms / 1e3),
    ),
    metric(
      "stagebox_stage_block_seconds",
      "gauge",
      "Time of a process call.",
      stages.flatMap((it) => quantiles(it, { stage: it.id, type: it.type })),
    ),
    metric(
      "stagebox_stage_block_seconds_max",
      "gauge",
      "Longest process call.",
      stage((it) => it.max_us / 1e6),
    ),
    metric(
      "stagebox_group_blocks_total",
      "counter",
      "Blocks processed.",
      group((it) => it.blocks),
    ),
    metric(
      "stagebox_group_overruns_total",
      "counter",
      "Blocks that took longer than they last.",
      group((it) => it.overruns),
    ),
    metric(
      "stagebox_group_late_total",
      "counter",
      "Blocks finished late.",
      group((it) => it.late),
    ),
    metric(
      "stagebox_group_lost_frames_total",
      "counter",
      "Frames dropped because the group was behind.",
      group((it) => it.lost_frames),
    ),
    metric(
      "stagebox_group_deadline_seconds",
      "gauge",
      "Length of a block.",
      group((it) => it.deadline_us / 1e6),
    ),
    metric(
      "stagebox_group_block_seconds",
      "gauge",
      "Time of a whole block.",
      groups.flatMap((it) => quantiles(it, { group: it.name })),
    ),
    metric(
      "stagebox_group_block_seconds_max",
      "gauge",
      "Longest block.",
      group((it) => it.max_us / 1e6),
    ),
    metric(
      "stagebox_sink_frames_total",
      "counter",
      "Frames taken.",
      sink((it) => it.frames),
    ),
    metric(
      "stagebox_sink_lost_frames_total",
      "counter",
      "Frames lost.",
      sink((it) => it.lost_frames),
    ),
    ...pluginMetrics(plugins),
  ].join("");
}

function quantiles(it: { p50_us: number; p99_us: number }, labels: Labels): Sample[] {
  return [
    [it.p50_us / 1e6, { ...labels, quantile: "0.5" }],
    [it.p99_us / 1e6, { ...labels, quantile: "0.99" }],
  ];
}

function pluginMetrics(plugins: readonly Plugin[]): string[] {
  const each = (read: (it: Plugin) => number | boolean) =>
    plugins.map((it): Sample => [read(it), { plugin: it.id, version: it.version }]);
  const count = (name: keyof PluginStatistics, help: string) =>
    metric(
      `stagebox_plugin_${name}_total`,
      "counter",
      help,
      plugins.map((it): Sample => [it.statistics[name], { plugin: it.id }]),
    );
  return [
    metric(
      "stagebox_plugin_ready",
      "gauge",
      "1 while the plugin can be used.",
      each((it) => it.state === "ready"),
    ),
    metric(
      "stagebox_plugin_quarantined",
      "gauge",
      "1 if it fell over too often to be started again.",
      each((it) => it.quarantined),
    ),
    count("crashes", "Times an instance fell over."),
    count("restarts", "Times an instance was started again."),
    count("late", "Outputs that were not there by their deadline."),
    count("substituted", "Blocks for which the late policy stood in."),
    count("bad_blocks", "Blocks with numbers that are not finite, or of a wrong shape."),
    count("blocks", "Blocks that were to be processed."),
    count("answers", "Requests to its services that came to an end."),
    count("reloads", "Times another build took over."),
    metric(
      "stagebox_plugin_resident_memory_bytes",
      "gauge",
      "Memory of its processes.",
      each((it) => it.statistics.memory_bytes),
    ),
    metric(
      "stagebox_plugin_cpu_seconds_total",
      "counter",
      "Processor time of its processes.",
      plugins.map((it): Sample => [it.statistics.cpu_s, { plugin: it.id }]),
    ),
    metric(
      "stagebox_plugin_block_seconds",
      "gauge",
      "Time of a call, of its slowest instance.",
      plugins.flatMap((it) => quantiles(it.statistics, { plugin: it.id })),
    ),
    metric(
      "stagebox_plugin_block_seconds_max",
      "gauge",
      "Longest call.",
      each((it) => it.statistics.max_us / 1e6),
    ),
    metric(
      "stagebox_plugin_answer_seconds",
      "gauge",
      "Time that its services took to answer.",
      plugins.flatMap(({ id, statistics: { answer_p50_us: p50_us, answer_p99_us: p99_us } }) =>
        quantiles({ p50_us, p99_us }, { plugin: id }),
      ),
    ),
  ];
}

function metric(name: string, type: "counter" | "gauge", help: string, samples: Sample[]): string {
  if (samples.length === 0) return "";
  const lines = samples.map(([value, labels]) => `${name}${labelText(labels)} ${Number(value)}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

function labelText(labels: Labels = {}): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length > 0 ? `{${pairs.join(",")}}` : "";
}

function escapeLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
