// SPDX-License-Identifier: Apache-2.0
import type { Catalog } from "./catalog.ts";
import type { Document } from "./document.ts";
import { type Entry, type Ids, readEntry } from "./entry.ts";
import { readTests } from "./expectation.ts";
import { Field } from "./field.ts";
import { format } from "./format.ts";
import { ID, ID_RULE, LIMITS } from "./limits.ts";
import type { Pipeline } from "./pipeline.ts";
import { wire } from "./wiring.ts";
import { describe, quote } from "./words.ts";

const KEYS = ["schema", "name", "description", "block_frames", "cores", "source", "stages", "sinks", "tests"];

/** Checks a document, so that nothing behind it has to. Throws ProblemsError with everything that is wrong. */
export function validate(document: Document, catalog: Catalog): Pipeline {
  const root = Field.root(document);
  if (!root.map(KEYS)) root.settle();

  const stageFields = readList(root.at("stages"), LIMITS.stages);
  const sinkFields = readList(root.at("sinks"), LIMITS.sinks);
  const ids: Ids = { written: writtenIds([root.at("source"), ...stageFields, ...sinkFields]), taken: new Set() };
  const source = readSource(root.at("source"), catalog, ids);
  const stages = stageFields.map((field) => readEntry(field, "stage", catalog, ids));
  const sinks = sinkFields.map((field) => readEntry(field, "sink", catalog, ids));
  const blockFrames = root.at("block_frames");
  const description = root.at("description");

  const pipeline: Pipeline = {
    schema: readSchema(root.at("schema")),
    name: readName(root.at("name")),
    description: (description.given && description.text()) || "",
    block_frames:
      (blockFrames.given && blockFrames.number({ minimum: 0, maximum: LIMITS.block_frames, whole: true })) || 0,
    cores: readCores(root.at("cores")),
    source: { id: source.id, type: source.type, params: source.params },
    ...wire(source, stages, sinks),
    tests: readTests(root.at("tests"), [source.id, ...stages.map((stage) => stage.id)], catalog),
  };
  root.settle();
  // What was sent as JSON or grew by patches must still be readable once it is saved.
  if (format(pipeline, catalog).length > LIMITS.yaml_chars)
    root.refuse(`the pipeline is longer than ${LIMITS.yaml_chars} characters as a file; make it smaller`);
  root.settle();
  return pipeline;
}

function readSchema(field: Field): 1 {
  if (!field.given) field.refuse("schema is missing; write schema: 1");
  else if (field.value !== 1) field.refuse(`schema ${describe(field.value)} is not known; this version reads schema 1`);
  return 1;
}

function readName(field: Field): string {
  if (!field.given) field.refuse("name is missing; name the pipeline");
  const name = field.given ? field.text() : undefined;
  if (name === "") field.refuse("name is empty; name the pipeline");
  return name ?? "";
}

function readCores(field: Field): Record<string, number> {
  if (!field.given) return {};
  const cores = (field.keys() ?? []).map((group) => {
    const core = field.at(group);
    if (!ID.test(group)) core.refuse(`${quote(group)} cannot be a group: ${ID_RULE}`, "key");
    return [group, core.number({ minimum: 0, maximum: LIMITS.core, whole: true }) ?? 0];
  });
  return Object.fromEntries(cores);
}

function readSource(field: Field, catalog: Catalog, ids: Ids): Entry {
  if (!field.given) field.refuse("source is missing; say where the signal comes from: { type: synthetic }");
  return field.given
    ? readEntry(field, "source", catalog, ids)
    : { kind: "source", field, id: "source", type: "source", params: {}, component: undefined };
}

function readList(field: Field, most: number): Field[] {
  return field.given ? (field.items(most) ?? []) : [];
}

function writtenIds(entries: Field[]): Set<string> {
  return new Set(entries.map((entry) => entry.at("id").value).filter((id) => typeof id === "string"));
}
