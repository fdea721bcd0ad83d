// SPDX-License-Identifier: Apache-2.0
//
// stagebox check: pipelines validated, built, and put through their own tests.
import { bundledPipelines } from "../../asset.ts";
import type { Catalog } from "../../pipeline/catalog.ts";
import { formatProblem, ProblemsError } from "../../pipeline/problem.ts";
import { Graph } from "../../runtime/graph.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import type { Output } from "../output.ts";
import { packetSink } from "../packet-sink.ts";
import { catalogFor, loadPipeline, type PipelineFile } from "../pipeline-file.ts";
import { missingFile, runTest, type TestResult } from "./pipeline-test.ts";

export interface CheckOptions {
  /** Files or names; none: all that come with Stagebox. */
  pipelines: readonly string[];
  json: boolean;
  output: Output;
  signal: AbortSignal;
}

interface PipelineReport {
  pipeline: string;
  tests: TestResult[];
}

export async function checkPipelines({ pipelines, json, output, signal }: CheckOptions): Promise<ExitCode> {
  const names = pipelines.length > 0 ? pipelines : [...bundledPipelines().keys()];
  const plugins = await catalogFor(names);
  try {
    return await checkAll(names, plugins.catalog, { json, output, signal });
  } finally {
    plugins.close();
  }
}

async function checkAll(
  names: readonly string[],
  catalog: Catalog,
  { json, output, signal }: Omit<CheckOptions, "pipelines">,
): Promise<ExitCode> {
  const reports: PipelineReport[] = [];
  for (const pipeline of names) {
    const tests: TestResult[] = [];
    if (!json) output.line(pipeline);
    for await (const test of checkPipeline(pipeline, catalog, signal)) {
      tests.push(test);
      if (!json) output.write(describe(test));
      await output.ready();
    }
    reports.push({ pipeline, tests });
  }
  const results = reports.flatMap(({ tests }) => tests.map(({ result }) => result));
  const count = (wanted: TestResult["result"]) => results.filter((result) => result === wanted).length;
  const totals = { passed: count("passed"), failed: count("failed"), skipped: count("skipped") };
  if (json) output.json({ ...totals, pipelines: reports });
  else output.line(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
  return totals.failed > 0 ? EXIT.failed : EXIT.ok;
}

/** That it is valid, that it can be built, and its own tests, each as it is done. */
export async function* checkPipeline(name: string, catalog: Catalog, signal: AbortSignal): AsyncGenerator<TestResult> {
  let loaded: PipelineFile;
  try {
    loaded = loadPipeline(name, catalog);
  } catch (error) {
    yield failed("is valid", error);
    return;
  }
  yield passed("is valid");
  yield await checkBuild(loaded, catalog);
  for (const test of loaded.pipeline.tests) {
    signal.throwIfAborted();
    yield await runTest(loaded.pipeline, test, { catalog, resolveFile: loaded.resolveFile, signal });
  }
}

/** Stages take their parameters, and each the format of the one before it. Nothing runs. */
async function checkBuild({ pipeline, resolveFile }: PipelineFile, catalog: Catalog): Promise<TestResult> {
  const name = "can be built";
  const missing = missingFile(pipeline.source, resolveFile);
  if (missing) return { ...passed(name), result: "skipped", reasons: [`there is no ${missing}`] };
  try {
    const openSink = () => packetSink(() => {});
    (await Graph.open(pipeline, { catalog, resolveFile, openSink, lossless: true })).close();
    return passed(name);
  } catch (error) {
    return failed(name, error);
  }
}

function passed(name: string): TestResult {
  return { name, result: "passed", reasons: [], expectations: [] };
}

function failed(name: string, error: unknown): TestResult {
  if (!(error instanceof ProblemsError)) throw error;
  return { name, result: "failed", reasons: error.problems.map(formatProblem), expectations: [] };
}

function describe({ name, result, reasons }: TestResult): string {
  const word = { passed: "ok", failed: "FAILED", skipped: "skipped" }[result];
  return [`  ${word.padEnd(7)}  ${name}`, ...reasons.map((reason) => `             ${reason}`)].join("\n").concat("\n");
}
