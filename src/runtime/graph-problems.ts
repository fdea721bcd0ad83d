// SPDX-License-Identifier: Apache-2.0
//
// What only a running graph can find wrong with a valid pipeline: that it does not fit this machine, this file, or the
// graph that it shall take the place of.
import { cpus } from "node:os";
import { EngineError } from "../native/engine.ts";
import type { ComponentSpec } from "../pipeline/catalog.ts";
import type { Pipeline, SourceEntry } from "../pipeline/pipeline.ts";
import { type Problem, ProblemsError } from "../pipeline/problem.ts";
import { changed, isLive } from "./param-change.ts";

/** The source is the one thing that a live edit cannot exchange. */
export function sourceProblems(now: SourceEntry, next: SourceEntry, spec: ComponentSpec): Problem[] {
  if (next.type !== now.type) {
    const message = `the source stays ${now.type} while the pipeline runs; start it again with another`;
    return [{ field: "/source/type", message }];
  }
  return changed(now.params, next.params)
    .filter((id) => !isLive(spec, id))
    .map((id) => ({
      field: `/source/params/${id}`,
      message: `${id} does not change while the source runs; start the pipeline again with it`,
    }));
}

export function coreProblems({ cores }: Pipeline): Problem[] {
  // Of the machine: what this process was started on are fewer where cores are kept free, and those may be asked for.
  const count = cpus().length;
  return Object.entries(cores)
    .filter(([, core]) => core >= count)
    .map(([group, core]) => ({
      field: `/cores/${group}`,
      message: `there is no core ${core} on this machine; choose 0 to ${count - 1}`,
    }));
}

/** What the engine, a file or the disk refused, as problems of that field; anything else is thrown on. */
export function asProblems(error: unknown, field: string, id?: string): ProblemsError {
  if (error instanceof ProblemsError) return error;
  const expected = error instanceof EngineError || (error instanceof Error && "code" in error);
  if (!expected) throw error;
  return new ProblemsError([{ field, message: id ? `${id}: ${error.message}` : error.message }]);
}
