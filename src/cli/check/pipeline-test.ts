// SPDX-License-Identifier: Apache-2.0
//
// One test of a pipeline's `tests:` block: its source through the pipeline, off line, and what came out against the
// bounds.
import { existsSync } from "node:fs";
import { Packet } from "../../native/packet.ts";
import type { Catalog } from "../../pipeline/catalog.ts";
import { defaultStatistic } from "../../pipeline/expectation.ts";
import type { Expectation, Pipeline, PipelineTest, SourceEntry } from "../../pipeline/pipeline.ts";
import { formatProblem, ProblemsError } from "../../pipeline/problem.ts";
import { suggestion } from "../../pipeline/suggest.ts";
import { RowStatistics } from "../../runtime/features.ts";
import { runOffline } from "../../runtime/offline.ts";
import type { ResolveFile } from "../../runtime/source.ts";
import { packetSink } from "../packet-sink.ts";

export interface TestContext {
  catalog: Catalog;
  resolveFile: ResolveFile;
  signal: AbortSignal;
}

export interface TestResult {
  name: string;
  result: "passed" | "failed" | "skipped";
  /** Why it failed or was skipped; empty if it passed. */
  reasons: string[];
  /** Every expectation with what came out, as far as the test got. */
  expectations: (Expectation & { measured: number | null })[];
}

/** What came out of one stage. */
interface Measured {
  frames: number;
  rows: RowStatistics;
}

export async function runTest(pipeline: Pipeline, test: PipelineTest, context: TestContext): Promise<TestResult> {
  const { name } = test;
  const source: SourceEntry = { id: pipeline.source.id, ...(test.source ?? pipeline.source) };
  const missing = missingFile(source, context.resolveFile);
  if (missing) return { name, result: "skipped", reasons: [`there is no ${missing}`], expectations: [] };
  try {
    const measured = await measure({ ...pipeline, source }, test, context);
    const expectations = test.expect.map((expectation) => ({ ...expectation, ...judge(expectation, measured) }));
    const reasons = expectations.flatMap(({ reason }) => reason ?? []);
    return {
      name,
      result: reasons.length > 0 ? "failed" : "passed",
      reasons,
      expectations: expectations.map(({ reason: _, ...expectation }) => expectation),
    };
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    return { name, result: "failed", reasons: error.problems.map(formatProblem), expectations: [] };
  }
}

/** The file that a source plays, if it is not there. */
export function missingFile({ type, params }: Pick<SourceEntry, "type" | "params">, resolveFile: ResolveFile) {
  const file = type === "replay" ? String(params.file) : undefined;
  return file !== undefined && !existsSync(resolveFile(file)) ? file : undefined;
}

async function measure(pipeline: Pipeline, { seconds, expect }: PipelineTest, context: TestContext) {
  const measured = new Map<string, Measured>();
  await runOffline(pipeline, {
    ...context,
    sinks: [...new Set(expect.map(({ stage }) => stage))].map((stage) => ({
      id: `output of ${stage}`,
      type: "statistics",
      params: { stage },
      from: stage,
    })),
    openSink: ({ params }, format) => {
      const output: Measured = { frames: 0, rows: new RowStatistics(format) };
      measured.set(String(params.stage), output);
      return packetSink((bytes) => {
        const packet = new Packet(bytes);
        output.frames += packet.frames;
        output.rows.add(packet);
      });
    },
    ...(seconds !== undefined && { seconds }),
  });
  return measured;
}

function judge(expectation: Expectation, measured: ReadonlyMap<string, Measured>) {
  const { stage, value, statistic = defaultStatistic(value), above, below } = expectation;
  const output = measured.get(stage) as Measured;
  const column = value === undefined ? undefined : output.rows.column(value);
  if (value !== undefined && !column) {
    const remedy = suggestion(value, output.rows.names);
    return { measured: null, reason: `${stage} puts out no ${value}; ${remedy}` };
  }
  const number = column ? column[statistic] : output.frames;
  const what = [stage, value, statistic].filter(Boolean).join(" ");
  if (!Number.isFinite(number)) return { measured: null, reason: `${what}: not one number came out` };
  const wanted = [
    ...(above !== undefined && !(number > above) ? [`not above ${above}`] : []),
    ...(below !== undefined && !(number < below) ? [`not below ${below}`] : []),
  ];
  if (wanted.length === 0) return { measured: number };
  return { measured: number, reason: `${what} is ${Number(number.toPrecision(6))}, ${wanted.join(" and ")}` };
}
