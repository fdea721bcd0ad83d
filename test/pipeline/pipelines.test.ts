// SPDX-License-Identifier: Apache-2.0
//
// The pipelines that come with a box.

import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { format } from "../../src/pipeline/format.ts";
import { parse } from "../../src/pipeline/parse.ts";
import { compile } from "../../src/pipeline/plan.ts";
import { validate } from "../../src/pipeline/validate.ts";
import { loadCatalog } from "../../src/runtime/catalog.ts";

const catalog = loadCatalog();
const folder = join(import.meta.dir, "../../pipelines");
const names = readdirSync(folder)
  .filter((file) => file.endsWith(".yaml"))
  .map((file) => file.replace(/\.yaml$/, ""));

test("they are all there", () => {
  expect(names.toSorted()).toEqual([
    "alpha",
    "default",
    "ecg-heart-rate",
    "emg-envelope",
    "record-only",
    "speech-band",
  ]);
});

test.each(names)("%s", (name) => {
  const pipeline = validate(parse(readFileSync(join(folder, `${name}.yaml`), "utf8"), `${name}.yaml`), catalog);
  expect(pipeline.name).toBe(name);
  expect(pipeline.description).not.toBe("");
  expect(pipeline.tests.length).toBeGreaterThan(0);
  expect(compile(pipeline, catalog).nodes.length).toBe(pipeline.stages.length);
  expect(validate(parse(format(pipeline, catalog), name), catalog)).toEqual(pipeline);
});
