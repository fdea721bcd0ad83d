// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync } from "node:fs";
import { dirname, isAbsolute, resolve } from "node:path";
import { bundledPipelines } from "../asset.ts";
import type { Catalog } from "../pipeline/catalog.ts";
import { parse } from "../pipeline/parse.ts";
import type { Pipeline } from "../pipeline/pipeline.ts";
import { ProblemsError } from "../pipeline/problem.ts";
import { suggestion } from "../pipeline/suggest.ts";
import { validate } from "../pipeline/validate.ts";

/** A pipeline named on the command line. */
export interface PipelineFile {
  /** As the user named it, for messages. */
  file: string;
  pipeline: Pipeline;
  /** Turns its `file` parameters into paths: relative ones count from where the pipeline lies. */
  resolveFile(file: string): string;
}

/** Reads a pipeline by path, or by the name of one that comes with Stagebox. Throws ProblemsError. */
export function loadPipeline(name: string, catalog: Catalog): PipelineFile {
  const bundled = bundledPipelines();
  const text = existsSync(name) ? readFileSync(name, "utf8") : bundled.get(name);
  if (text === undefined) {
    throw new ProblemsError([
      {
        file: name,
        message: `is neither a file nor a pipeline that comes with Stagebox; ${suggestion(name, bundled.keys())}`,
      },
    ]);
  }
  const folder = existsSync(name) ? dirname(resolve(name)) : process.cwd();
  return {
    file: name,
    pipeline: validate(parse(text, name), catalog),
    resolveFile: (file) => (isAbsolute(file) ? file : resolve(folder, file)),
  };
}

/** The same pipeline with a recording in the place of its source. */
export function withInput(pipeline: Pipeline, file: string, speed: number): Pipeline {
  const { source } = pipeline;
  const loop = source.type === "replay" && source.params.loop === true;
  return {
    ...pipeline,
    source: { id: source.id, type: "replay", params: { file: resolve(file), speed, loop, channels: [] } },
  };
}
