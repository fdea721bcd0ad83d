// SPDX-License-Identifier: Apache-2.0
import { DEFAULT_HOST, DEFAULT_PORT } from "../../config.ts";
import { command } from "../command.ts";
import { defaultDataFolder } from "../default-data-folder.ts";
import { DATA_OPTION, INPUT_OPTION, PORT_OPTION } from "./shared-options.ts";

export const run = command({
  name: "run",
  summary: "run a pipeline live, and serve the API",
  description:
    "Runs a pipeline live until it is told to stop, records and streams what its sinks ask for, and serves the API.",
  operand: {
    placeholder: "PIPELINE",
    least: 0,
    most: 1,
    description: "a file, or the name of a pipeline; without it what ran last, at first the pipeline `default`",
  },
  options: {
    input: INPUT_OPTION,
    speed: {
      kind: "number",
      placeholder: "N|max",
      minimum: 0.01,
      maximum: 1000,
      words: { max: 0 },
      description: "how fast a recording is played: 1 is the speed at which it was made, max as fast as it goes",
    },
    port: PORT_OPTION,
    host: {
      kind: "text",
      placeholder: "ADDRESS",
      description: "the address to listen at; without it every network of the box",
    },
    data: DATA_OPTION,
  },
  examples: ["stagebox run", "stagebox run alpha --input eyes-closed.edf --speed max"],
  async run({ operands: [pipeline], options, signal }) {
    const { runService } = await import("../run.ts");
    return runService({
      pipeline,
      input: options.input,
      speed: options.speed,
      port: options.port ?? DEFAULT_PORT,
      host: options.host ?? DEFAULT_HOST,
      data: options.data ?? defaultDataFolder(),
      signal,
    });
  },
});
