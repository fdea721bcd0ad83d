// SPDX-License-Identifier: Apache-2.0
import { command } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { INPUT_OPTION } from "./shared-options.ts";

export const process = command({
  name: "process",
  summary: "run a pipeline over a recording, as fast as it goes",
  description: [
    "Runs a pipeline over a recording as fast as it goes, through the same engine and in the same blocks as a live run, and prints the mean of every feature. Equal runs give equal results, bit for bit.",
    'With --json each row of features is one line, {"stage":"alpha","t_s":1.5,"values":{"O1.alpha":12.3}}, and the last line is {"summary":{"alpha":{"O1.alpha":12.1}}}; a value that is not a number is null.',
    "Ctrl-C ends the run cleanly: a file that is being written stays readable.",
  ].join("\n\n"),
  operand: {
    placeholder: "PIPELINE",
    least: 1,
    most: 1,
    description: "a file, or the name of a pipeline that comes with Stagebox",
  },
  options: {
    input: INPUT_OPTION,
    output: {
      kind: "text",
      placeholder: "FILE",
      description: "write the pipeline's last signal to a .bdf, .edf, .csv or .wav file; one that is there is replaced",
    },
    seconds: {
      kind: "number",
      placeholder: "N",
      minimum: 0.001,
      maximum: 1e9,
      description: "end when that much of the signal has gone through; needed for a source without an end",
    },
    json: { kind: "flag", description: "print every row of features, and the means, as lines of JSON" },
  },
  examples: [
    "stagebox process alpha --input eyes-closed.edf",
    "stagebox process filter.yaml --input raw.bdf --output clean.edf",
    "stagebox process default --seconds 60 --json | jq .summary",
  ],
  async run({ operands: [pipeline = ""], options, output, signal }) {
    const { processRecording } = await import("../process.ts");
    await processRecording({
      pipeline,
      input: options.input,
      outputFile: options.output,
      seconds: options.seconds,
      json: options.json,
      output,
      signal,
    });
    return EXIT.ok;
  },
});
