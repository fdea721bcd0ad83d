// SPDX-License-Identifier: Apache-2.0
//
// stagebox convert: what people start by hand, and a box for an export, so that its own process goes on with the signal.
import { convertRecording } from "../formats/convert.ts";
import { formatOf, RECORDING_FORMATS } from "../formats/create.ts";
import { fileRefusal } from "../pipeline/problem.ts";
import { either } from "../pipeline/words.ts";
import type { Output } from "./output.ts";

export interface ConvertFileOptions {
  from: string;
  to: string;
  start: number | undefined;
  seconds: number | undefined;
  most_mb: number | undefined;
  json: boolean;
  output: Output;
  signal: AbortSignal;
}

export async function convertFile({ from, to, start, seconds, most_mb, ...rest }: ConvertFileOptions): Promise<void> {
  const format = formatOf(to);
  if (!format)
    throw fileRefusal(to, `has no known ending; end it in ${either(RECORDING_FORMATS.map((name) => `.${name}`))}`);
  const { notices, ...converted } = await convertRecording(from, to, format, {
    signal: rest.signal,
    ...(start !== undefined && { start_s: start }),
    ...(seconds !== undefined && { duration_s: seconds }),
    ...(most_mb !== undefined && { most_bytes: most_mb * 2 ** 20 }),
  });
  if (rest.json) return rest.output.json({ ...converted, notices });
  for (const notice of notices) console.error(`note: ${notice}`);
  rest.output.line(`written to ${to}: ${converted.duration_s.toFixed(3)} s, ${converted.frames} frames`);
}
