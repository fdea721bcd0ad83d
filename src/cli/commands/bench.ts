// SPDX-License-Identifier: Apache-2.0
import { command } from "../command.ts";
import { JSON_OPTION } from "./shared-options.ts";

export const bench = command({
  name: "bench",
  summary: "measure what stages and pipelines cost on this machine",
  description: [
    "Measures through the real engine, on this machine: stages, what each costs by itself; pipelines, the default and the alpha pipeline as a whole; engine, what the engine adds to its stages; plugins, what it adds that a stage comes from a plugin, in this process and in one of its own, and in each language; wake, how late the real-time thread wakes in a live run.",
    "Figures hold for a machine that is otherwise idle; run it twice and believe the lower ones.",
  ].join("\n\n"),
  operand: {
    placeholder: "WHAT",
    least: 0,
    most: 100,
    description: "stages, pipelines, engine, plugins, wake, or types of stages; without any, everything",
  },
  options: {
    seconds: {
      kind: "number",
      placeholder: "N",
      minimum: 0.01,
      maximum: 3600,
      description: "how long each thing is measured; without it 0.2, and 5 for wake",
    },
    json: JSON_OPTION,
  },
  examples: ["stagebox bench", "stagebox bench notch bandpass --seconds 2", "stagebox bench --json > bench.json"],
  async run({ operands, options, output, signal }) {
    const { runBench } = await import("../bench/bench.ts");
    return runBench({ what: operands, seconds: options.seconds, json: options.json, output, signal });
  },
});
