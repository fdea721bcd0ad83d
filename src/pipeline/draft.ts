// SPDX-License-Identifier: Apache-2.0
//
// A pipeline while it is being patched: entries as yet unchecked, each knowing what it owes to which part of the patch,
// so that a problem found in the result is told to the user in terms of the patch.
import { type Document, type Path, pointer } from "./document.ts";
import type { EntryKind } from "./entry.ts";
import type { Pipeline, PipelineTest } from "./pipeline.ts";
import { ProblemsError } from "./problem.ts";
import { suggestion } from "./suggest.ts";
import { either, quote } from "./words.ts";

export interface Part {
  readonly kind: EntryKind;
  /** Its id before the patch; absent if the patch brought it. */
  readonly was?: string;
  id: string;
  /** Absent for the source. */
  from?: string;
  /** Everything else, as a pipeline file would have it. */
  entry: Readonly<Record<string, unknown>>;
  /** Pointer inside the entry -> path inside the patch that is to blame for what stands there. */
  readonly blame: Map<string, Path>;
}

export class Draft {
  source: Part;
  stages: Part[];
  sinks: Part[];
  private tests: PipelineTest[];

  constructor(private readonly pipeline: Pipeline) {
    this.source = partOf("source", pipeline.source);
    this.stages = pipeline.stages.map((stage) => partOf("stage", stage));
    this.sinks = pipeline.sinks.map((sink) => partOf("sink", sink));
    this.tests = pipeline.tests;
  }

  copy(): Draft {
    const copyOf = (part: Part): Part => ({ ...part, blame: new Map(part.blame) });
    const draft = new Draft(this.pipeline);
    draft.source = copyOf(this.source);
    draft.stages = this.stages.map(copyOf);
    draft.sinks = this.sinks.map(copyOf);
    draft.tests = this.tests;
    return draft;
  }

  get parts(): Part[] {
    return [this.source, ...this.stages, ...this.sinks];
  }

  find(id: string): Part | undefined {
    return this.parts.find((part) => part.id === id);
  }

  /** Stages and sinks that take the output of `id`. */
  consumersOf(id: string): Part[] {
    return [...this.stages, ...this.sinks].filter((part) => part.from === id);
  }

  /** Old id -> new id of what the patch renamed. */
  get renamed(): Map<string, string> {
    return new Map(this.parts.flatMap(({ was, id }) => (was === undefined || was === id ? [] : [[was, id]])));
  }

  rename(part: Part, to: string): void {
    for (const consumer of this.consumersOf(part.id)) consumer.from = to;
    const from = part.id;
    this.tests = mapExpectations(this.tests, (it) => [it.stage === from ? { ...it, stage: to } : it]);
    part.id = to;
  }

  /** Takes the stage out of the list; whoever listens to it listens to what it listened to. */
  detach(stage: Part, blame: Path): void {
    for (const consumer of this.consumersOf(stage.id)) rewire(consumer, stage.from, blame);
    this.stages = this.stages.filter((part) => part !== stage);
  }

  /** Puts a stage behind `upstream`, and the consumers behind the stage. */
  attach(stage: Part, upstream: Part, consumers: readonly Part[], blame: Path): void {
    rewire(stage, upstream.id, blame);
    for (const consumer of consumers) rewire(consumer, stage.id, blame);
    this.stages = this.stages.toSpliced(this.stages.indexOf(upstream) + 1, 0, stage);
  }

  dropTestsOf(id: string): void {
    const tests = mapExpectations(this.tests, (it) => (it.stage === id ? [] : [it]));
    this.tests = tests.filter((test) => test.expect.length > 0);
  }

  /** The result, to be validated. Places are pointers into the patch; where no action is to blame, into the result. */
  document(): Document {
    const value = {
      ...this.pipeline,
      source: entryOf(this.source),
      stages: this.stages.map(entryOf),
      sinks: this.sinks.map(entryOf),
      tests: this.tests,
    };
    return { value, place: (path) => ({ field: pointer(this.blamed(path) ?? path) }) };
  }

  private blamed([list, ...path]: Path): Path | undefined {
    const [index, ...inside] = list === "source" ? [0, ...path] : path;
    const parts = { source: [this.source], stages: this.stages, sinks: this.sinks }[String(list)];
    const blame = parts?.[Number(index)]?.blame;
    for (let length = inside.length; blame && length >= 0; length--) {
      const found = blame.get(pointer(inside.slice(0, length)));
      if (found) return [...found, ...inside.slice(length)];
    }
    return undefined;
  }
}

function rewire(part: Part, from: string | undefined, blame: Path): void {
  if (from === undefined) return;
  part.from = from;
  part.blame.set("/from", blame);
}

/** The part with this id. Throws ProblemsError if there is none, or one of another kind. */
export function findPart(draft: Draft, id: string, kinds: readonly EntryKind[], at: Path): Part {
  const part = draft.find(id);
  if (part && kinds.includes(part.kind)) return part;
  if (part) throw refusal(at, `${quote(id)} is a ${part.kind}, not a ${either(kinds)}; ${REMEDY[part.kind]}`);
  const ids = draft.parts.filter((it) => kinds.includes(it.kind)).map((it) => it.id);
  throw refusal(at, `${quote(id)} is not the id of a ${either(kinds)}; ${suggestion(id, ids)}`);
}

const REMEDY: Record<EntryKind, string> = {
  source: "a source can be set, replaced and renamed, and nothing comes before it",
  stage: "for stages there are insert, remove and move",
  sink: "for sinks there are add_sink and remove_sink, and nothing comes after them",
};

export function refusal(at: Path, message: string): ProblemsError {
  return new ProblemsError([{ field: pointer(at), message }]);
}

function partOf(kind: EntryKind, { id, from, ...entry }: { id: string; from?: string }): Part {
  return { kind, was: id, id, ...(from !== undefined && { from }), entry, blame: new Map() };
}

function entryOf({ id, from, entry }: Part): object {
  return { id, ...(from !== undefined && { from }), ...entry };
}

function mapExpectations(
  tests: readonly PipelineTest[],
  change: (it: PipelineTest["expect"][number]) => PipelineTest["expect"],
): PipelineTest[] {
  return tests.map((test) => ({ ...test, expect: test.expect.flatMap(change) }));
}
