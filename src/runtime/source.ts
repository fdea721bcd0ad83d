// SPDX-License-Identifier: Apache-2.0
import { inOneUnit } from "../formats/one-unit.ts";
import { openRecording } from "../formats/open.ts";
import type { ReaderOptions, RecordingReader } from "../formats/recording.ts";
import { refuse } from "../formats/refuse.ts";
import { Node } from "../native/node.ts";
import type { Catalog, ComponentSpec, Params } from "../pipeline/catalog.ts";
import type { Pipeline } from "../pipeline/pipeline.ts";
import { formatProblem, ProblemsError } from "../pipeline/problem.ts";
import { Feeder } from "./feeder.ts";

/** Blocks last about this long, so that a live view is smooth and a fast signal costs few calls. */
const BLOCK_S = 0.008;
const MIN_BLOCK_FRAMES = 8;
const MAX_BLOCK_FRAMES = 4096;
/** A replay is fed this far ahead. */
const FEED_AHEAD_S = 4;
const MIN_FEED_FRAMES = 16_384;
const MAX_FEED_VALUES = 16_000_000;

/** Turns a `file` parameter into a path. Throws ProblemsError for a file that may not be read. */
export type ResolveFile = (file: string) => string;

/** A source ready to run. */
export interface OpenSource {
  node: Node;
  /** Present for a replay. */
  feeder?: Feeder;
  block_frames: number;
  /** 0: as fast as it goes. */
  speed: number;
  /** What the user should know about the file. */
  notices: readonly string[];
}

/** Opens a pipeline's source. Throws ProblemsError or EngineError. */
export async function openSource(
  { source, block_frames }: Pipeline,
  catalog: Catalog,
  resolve: ResolveFile,
): Promise<OpenSource> {
  const spec = catalog.sources.get(source.type) as ComponentSpec;
  const node = new Node(spec, source.params, true);
  let reader: RecordingReader | undefined;
  try {
    if (source.type !== "replay") {
      const frames = block_frames || defaultBlockFrames(Number(source.params.rate_hz) || 250);
      await node.activate(undefined, frames);
      return { node, block_frames: frames, speed: 1, notices: [] };
    }
    const opened = openReplay(source.params, resolve);
    reader = opened.reader;
    const { unit } = opened;
    const frames = block_frames || defaultBlockFrames(reader.rate_hz);
    const names = reader.channels.map((channel) => channel.name);
    node.openFeed(reader.rate_hz, names, unit, feedFrames(reader.rate_hz, names.length, frames));
    await node.activate(undefined, frames);
    const feeder = new Feeder(node, reader, source.params.loop === true);
    return { node, feeder, block_frames: frames, speed: Number(source.params.speed), notices: reader.notices };
  } catch (error) {
    reader?.close();
    node.destroy();
    throw error;
  }
}

/** What is wrong with the file is told by the name that the pipeline gives it: where it lies is nobody's business. */
function openReplay(params: Params, resolve: ResolveFile): { reader: RecordingReader; unit: string } {
  const path = resolve(String(params.file));
  try {
    const opened = inOneUnit(openRecording(path, readerOptions(params)));
    if (opened.reader.channels.length > 0) return opened;
    opened.reader.close();
    return refuse(path, "holds annotations and no signal; choose a recording with signals");
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    throw new ProblemsError(
      error.problems.map(({ file: _, ...where }) => ({
        field: "/source/params/file",
        message: formatProblem({ file: String(params.file), ...where }),
      })),
    );
  }
}

function readerOptions({ channels, rate_hz }: Params): ReaderOptions {
  const names = channels as string[];
  return { ...(names.length > 0 && { channels: names }), ...(Number(rate_hz) > 0 && { rate_hz: Number(rate_hz) }) };
}

function defaultBlockFrames(rate_hz: number): number {
  const frames = 2 ** Math.round(Math.log2(rate_hz * BLOCK_S));
  return Math.min(MAX_BLOCK_FRAMES, Math.max(MIN_BLOCK_FRAMES, frames));
}

function feedFrames(rate_hz: number, channels: number, block_frames: number): number {
  const wanted = Math.max(MIN_FEED_FRAMES, Math.ceil(rate_hz * FEED_AHEAD_S));
  return Math.max(4 * block_frames, Math.min(wanted, Math.floor(MAX_FEED_VALUES / channels)));
}
