// SPDX-License-Identifier: Apache-2.0
import { command } from "../command.ts";
import { JSON_OPTION } from "./shared-options.ts";

export const check = command({
  name: "check",
  summary: "validate pipelines, and run their tests",
  description: [
    "Validates pipelines, builds them, and runs every test of their tests: blocks off line: the source named in the test (or the pipeline's own) through the pipeline, and what comes out against the bounds under expect:.",
    "A test that plays a file that is not there is skipped.",
  ].join("\n\n"),
  operand: {
    placeholder: "PIPELINE",
    least: 0,
    most: 1000,
    description: "files, or names of pipelines that come with Stagebox; without any, all that come with it",
  },
  options: { json: JSON_OPTION },
  examples: ["stagebox check", "stagebox check my-pipeline.yaml"],
  async run({ operands, options, output, signal }) {
    const { checkPipelines } = await import("../check/check.ts");
    return checkPipelines({ pipelines: operands, json: options.json, output, signal });
  },
});
