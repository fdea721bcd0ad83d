// SPDX-License-Identifier: Apache-2.0
import { readFileSync, statSync } from "node:fs";
import { dirname, isAbsolute, resolve } from "node:path";
import { bundledPipelines } from "../asset.ts";
import type { Catalog } from "../pipeline/catalog.ts";
import type { Document } from "../pipeline/document.ts";
import { LIMITS } from "../pipeline/limits.ts";
import { namedTypes } from "../pipeline/named-types.ts";
import { parse } from "../pipeline/parse.ts";
import type { Pipeline } from "../pipeline/pipeline.ts";
import { fileRefusal, ProblemsError } from "../pipeline/problem.ts";
import { suggestion } from "../pipeline/suggest.ts";
import { validate } from "../pipeline/validate.ts";
import { openPluginCatalog, type PluginCatalog } from "../plugins/plugin-catalog.ts";
import { missingPlugins } from "../runtime/passing-over.ts";
import { defaultDataFolder } from "./default-data-folder.ts";

/** The catalogue for what is named on the command line, with the plugins that it needs. What cannot be read needs none. */
export function catalogFor(names: readonly string[]): Promise<PluginCatalog> {
  const types = names.flatMap((name) => {
    try {
      return [...namedTypes(readPipeline(name).document)];
    } catch (error) {
      if (error instanceof ProblemsError) return [];
      throw error;
    }
  });
  return openPluginCatalog(defaultDataFolder, new Set(types));
}

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
  const { document, ...file } = readPipeline(name);
  const pipeline = validate(document, catalog);
  const missing = missingPlugins(pipeline, catalog, () => true);
  if (missing.length > 0) throw new ProblemsError(missing.map((problem) => ({ file: name, ...problem })));
  return { ...file, pipeline };
}

/** The same, not validated yet: which plugins it needs stands in it. */
export function readPipeline(name: string): Omit<PipelineFile, "pipeline"> & { document: Document } {
  const bundled = bundledPipelines();
  const there = statSync(name, { throwIfNoEntry: false });
  const isFile = there?.isFile() || there?.isFIFO();
  const text = isFile ? readText(name, there?.size ?? 0) : bundled.get(name);
  if (text === undefined)
    throw fileRefusal(
      name,
      `is neither a file nor a pipeline that comes with Stagebox; ${suggestion(name, bundled.keys())}`,
    );
  const folder = isFile ? dirname(resolve(name)) : process.cwd();
  return {
    file: name,
    document: parse(text, name),
    resolveFile: (file) => (isAbsolute(file) ? file : resolve(folder, file)),
  };
}

/** Asks for the size first: what is no pipeline may be a recording of gigabytes. */
function readText(file: string, bytes: number): string {
  const most = LIMITS.yaml_chars * 4;
  if (bytes > most) throw fileRefusal(file, `has ${bytes} bytes, and a pipeline at most ${most}; name a pipeline file`);
  return readFileSync(file, "utf8");
}

/** What the engine refused when the pipeline was built, with the name of the file whose field it is. */
export function inFile(file: string, error: unknown): unknown {
  if (!(error instanceof ProblemsError)) return error;
  return new ProblemsError(
    error.problems.map((problem) => (problem.field === undefined ? problem : { file, ...problem })),
  );
}

/** The same pipeline with a recording in the place of its source. */
export function withInput(pipeline: Pipeline, file: string, speed: number): Pipeline {
  const { source } = pipeline;
  const loop = source.type === "replay" && source.params.loop === true;
  return {
    ...pipeline,
    source: { id: source.id, type: "replay", params: { file: resolve(file), speed, loop, channels: [], rate_hz: 0 } },
  };
}
