// SPDX-License-Identifier: Apache-2.0
import { command } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { JSON_OPTION } from "./shared-options.ts";

export const convert = command({
  name: "convert",
  summary: "write a recording in another format",
  description: [
    "Writes the frames, annotations and gaps of a recording (EDF, BDF, WFDB, WAV, CSV, OpenBCI) to a file whose ending says of which format it is: .bdf, .edf, .csv or .wav. A file that is there is never replaced.",
    "EDF and BDF hold as much as the signal really reaches, in the smallest steps that they have; CSV and WAV hold every number as it is.",
  ].join("\n\n"),
  operand: { placeholder: "IN OUT", least: 2, most: 2, description: "the recording, and the file to write" },
  options: {
    start: { kind: "number", placeholder: "S", minimum: 0, maximum: 1e9, description: "begin so many seconds in" },
    seconds: {
      kind: "number",
      placeholder: "N",
      minimum: 0.001,
      maximum: 1e9,
      description: "only so much of it; without it, to its end",
    },
    "most-mb": {
      kind: "number",
      placeholder: "N",
      minimum: 0,
      maximum: 1e9,
      description: "give up, and leave nothing, where the file would get longer",
    },
    json: JSON_OPTION,
  },
  examples: [
    "stagebox convert alpha.bdf alpha.csv",
    "stagebox convert night.edf ten-minutes.wav --start 3600 --seconds 600",
  ],
  async run({ operands: [from = "", to = ""], options, output, signal }) {
    const { convertFile } = await import("../convert.ts");
    const { start, seconds, "most-mb": most_mb, json } = options;
    await convertFile({ from, to, start, seconds, most_mb, json, output, signal });
    return EXIT.ok;
  },
});
