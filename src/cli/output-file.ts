// SPDX-License-Identifier: Apache-2.0
import { realpathSync, rmSync, statSync } from "node:fs";
import { createRecording, formatOf, RECORDING_FORMATS, type RecordingFormat } from "../formats/create.ts";
import { Packet } from "../native/packet.ts";
import type { Pipeline } from "../pipeline/pipeline.ts";
import { fileRefusal } from "../pipeline/problem.ts";
import { either } from "../pipeline/words.ts";
import type { Format } from "../runtime/box.ts";
import { recordingInfo, writePacket } from "../runtime/recorder.ts";
import type { Sink } from "../runtime/sink.ts";
import type { ResolveFile } from "../runtime/source.ts";
import { packetSink } from "./packet-sink.ts";

/** Where the file's start is not known the header says the epoch, so that equal runs give equal files. */
const UNKNOWN_START = new Date(0);

/** Refuses, before anything runs, a file that cannot be written or must not be. Throws ProblemsError. */
export function checkOutputFile(path: string, { source }: Pipeline, resolveFile: ResolveFile): void {
  const refuse = (message: string) => fileRefusal(path, message);
  if (!formatOf(path))
    throw refuse(`has no known ending; end it in ${either(RECORDING_FORMATS.map((name) => `.${name}`))}`);
  const there = statSync(path, { throwIfNoEntry: false });
  if (there && !there.isFile()) throw refuse("is there and not a file; choose another name");
  if (!there || source.type !== "replay") return;
  const input = resolveFile(String(source.params.file));
  if (statSync(input, { throwIfNoEntry: false }) && realpathSync(input) === realpathSync(path))
    throw refuse("is the recording that is being read; choose another name");
}

/** Writes a signal to a file, in the place of one that is there. */
export function outputFileSink(path: string, format: Format): Sink {
  rmSync(path, { force: true });
  const writer = createRecording(formatOf(path) as RecordingFormat, path, recordingInfo(format, UNKNOWN_START));
  return packetSink(
    (bytes) => writePacket(writer, new Packet(bytes)),
    () => {
      writer.close();
      if (writer.clipped > 0)
        console.error(`note: ${writer.clipped} samples were clipped: ${path} cannot hold them; write .csv or .wav`);
      if (writer.invalid > 0)
        console.error(`note: ${writer.invalid} samples of ${path} are 0 because they were no numbers`);
    },
  );
}
