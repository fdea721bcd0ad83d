// SPDX-License-Identifier: Apache-2.0
import type { Params } from "./catalog.ts";

/** A pipeline after validation: every default filled in, every reference resolved, every value in range. */
export interface Pipeline {
  schema: 1;
  name: string;
  description: string;
  /** Frames in a source block; 0 lets the source's rate decide (about 8 ms, at least 8 frames). */
  block_frames: number;
  /** Group -> the processor core that its thread stays on; any other runs where the system puts it. */
  cores: Record<string, number>;
  source: SourceEntry;
  /** In an order in which each entry's `from` stands before it. */
  stages: StageEntry[];
  sinks: SinkEntry[];
  tests: PipelineTest[];
}

export interface SourceEntry {
  id: string;
  type: string;
  params: Params;
}

export interface StageEntry extends SourceEntry {
  /** Id of the source or stage whose output it takes. */
  from: string;
  /** Passed over: its input goes to whoever listens to it. */
  bypass: boolean;
  /** Stages of one group run on one thread. */
  group: string;
}

export interface SinkEntry extends SourceEntry {
  from: string;
}

/** A run of the pipeline over known input, and what must come out. */
export interface PipelineTest {
  name: string;
  /** Stands in for the pipeline's own source. */
  source?: Omit<SourceEntry, "id">;
  seconds?: number;
  expect: Expectation[];
}

export interface Expectation {
  stage: string;
  /** `O1.alpha`: channel and feature. Without it the frames that the stage puts out are counted. */
  value?: string;
  statistic?: "mean" | "minimum" | "maximum" | "last" | "count";
  above?: number;
  below?: number;
}
