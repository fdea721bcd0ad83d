// SPDX-License-Identifier: Apache-2.0
//
// Reads the `tests:` block of a pipeline.
import type { Catalog } from "./catalog.ts";
import { ENTRY_KEYS, readComponent } from "./entry.ts";
import type { Field } from "./field.ts";
import { LIMITS } from "./limits.ts";
import { readParams } from "./params.ts";
import type { Expectation, PipelineTest } from "./pipeline.ts";
import { suggestion } from "./suggest.ts";
import { quote } from "./words.ts";

export const DEFAULT_TEST_SECONDS = 10;

const STATISTICS = ["mean", "minimum", "maximum", "last", "count"] as const;

/** Without a value there is only the number of frames. */
export function defaultStatistic(value: string | undefined): (typeof STATISTICS)[number] {
  return value === undefined ? "count" : "mean";
}

/** `producers`: ids of the source and the stages. */
export function readTests(field: Field, producers: readonly string[], catalog: Catalog): PipelineTest[] {
  if (!field.given) return [];
  return (field.items(LIMITS.tests) ?? []).flatMap((item) => {
    if (!item.map(["name", "source", "seconds", "expect"])) return [];
    const [name, source, seconds, expect] = [item.at("name"), item.at("source"), item.at("seconds"), item.at("expect")];
    const expectations = expect.items(LIMITS.expectations) ?? [];
    if (Array.isArray(expect.value) && expectations.length === 0)
      expect.refuse("a test that expects nothing cannot fail; say what must come out");
    return {
      name: (name.given && name.text()) || `test ${Number(item.path.at(-1)) + 1}`,
      ...(source.given && { source: readSource(source, catalog) }),
      seconds:
        (seconds.given && seconds.number({ minimum: 0.1, maximum: LIMITS.test_seconds, unit: "s" })) ||
        DEFAULT_TEST_SECONDS,
      expect: expectations.flatMap((it) => readExpectation(it, producers)),
    };
  });
}

function readSource(field: Field, catalog: Catalog): NonNullable<PipelineTest["source"]> {
  const { type, component } = readComponent(field, "source", catalog);
  const id = field.at("id");
  if (id.given) id.refuse("a test's source has no id; it stands in for the pipeline's own", "key");
  return { type, params: component ? readParams(field, ENTRY_KEYS.source, component) : {} };
}

function readExpectation(field: Field, producers: readonly string[]): Expectation[] {
  if (!field.map(["stage", "value", "statistic", "above", "below"])) return [];
  const [value, statistic, lower, upper] = [
    field.at("value"),
    field.at("statistic"),
    field.at("above"),
    field.at("below"),
  ];
  if (!field.at("stage").given) field.refuse("stage is missing; name the stage whose output is meant");
  const stage = field.at("stage").given ? field.at("stage").text() : undefined;
  if (stage !== undefined && !producers.includes(stage))
    field.at("stage").refuse(`${quote(stage)} is not the id of a stage; ${suggestion(stage, producers)}`);
  const above = lower.given ? lower.number() : undefined;
  const below = upper.given ? upper.number() : undefined;
  if (!lower.given && !upper.given) field.refuse("above and below are missing; without a bound the test cannot fail");
  if (above !== undefined && below !== undefined && above >= below)
    field.refuse(`no number is above ${above} and below ${below}; exchange or widen the bounds`);
  const chosen = statistic.given ? statistic.choice(STATISTICS) : undefined;
  const name = value.given ? value.text() : undefined;
  if (!value.given && chosen !== undefined && chosen !== "count")
    field.refuse(`value is missing; name a channel (O1) or a feature (O1.alpha) whose ${chosen} is meant`);
  return [
    {
      stage: stage ?? "",
      ...(name !== undefined && { value: name }),
      statistic: chosen ?? defaultStatistic(name),
      ...(above !== undefined && { above }),
      ...(below !== undefined && { below }),
    },
  ];
}
