// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { type PatchAction, parsePatch } from "../../src/pipeline/patch.ts";
import { refused } from "./refused.fixture.ts";

test("one action, a list of actions, and the long form say the same", () => {
  const action = { action: "insert", after: "notch", stage: { type: "fft", size: 1024 } };
  const actions = [action] as PatchAction[];
  expect(parsePatch(action)).toEqual({ actions, dry_run: false });
  expect(parsePatch([action])).toEqual({ actions, dry_run: false });
  expect(parsePatch({ actions: [action], dry_run: true })).toEqual({ actions, dry_run: true });
});

test("a bypass without a value switches it on, and one consumer is a list of one", () => {
  const { actions } = parsePatch([
    { action: "bypass", id: "a" },
    { action: "move", id: "a", after: "b", to: "c" },
  ]);
  expect(actions).toEqual([
    { action: "bypass", id: "a", bypass: true },
    { action: "move", id: "a", after: "b", to: ["c"] },
  ]);
});

describe("refused", () => {
  test.each([
    [null, "/0: actions[0] must be a map of keys and values, not nothing"],
    ["insert", '/0: actions[0] must be a map of keys and values, not "insert"'],
    [{ actions: 3 }, "/actions: actions must be a list, not 3"],
    [{ action: "inser" }, '/0/action: action: "inser" is not a choice; did you mean "insert"?'],
    [{ type: "fft" }, "/0/action: action is missing; this action needs it"],
    [{ action: "remove" }, "/0/id: id is missing; this action needs it"],
    [{ action: "remove", id: 3 }, '/0/id: id must be text; put it in quotes: "3"'],
    [{ action: "remove", ids: "a", id: "a" }, '/0/ids: "ids" is not known here; did you mean "id"?'],
    [{ action: "set", id: "a", params: [] }, "/0/params: params must be a map of keys and values, not a list"],
    [{ action: "rename", id: "a" }, "/0/to: to is missing; this action needs it"],
    [{ action: "insert", after: "a", stage: "fft" }, '/0/stage: stage must be a map of keys and values, not "fft"'],
    [{ action: "insert", stage: {} }, "/0: give exactly one of after, before and between"],
    [{ action: "insert", stage: {}, after: "a", before: "b" }, "/0: give exactly one of after, before and between"],
    [
      { action: "insert", stage: {}, between: ["a"] },
      "/0/between: between is a pair: [the producer, the one that listens to it]",
    ],
    [
      { action: "insert", stage: {}, before: "a", to: "b" },
      "/0/to: to goes with after only; before and between say already who listens",
    ],
    [{ action: "replace", id: "a" }, "/0: give exactly one of stage, source and sink"],
    [{ actions: [{ action: "remove", id: "a" }], dry_run: 1 }, "/dry_run: dry_run must be true or false, not 1"],
  ])("%j", (body, problem) => {
    expect(refused(() => parsePatch(body))).toContain(problem);
  });

  test("everything that is wrong at once", () => {
    expect(refused(() => parsePatch([{ action: "remove" }, { action: "move", id: 1, before: 2 }, 3]))).toHaveLength(4);
  });

  test("a patch of no action", () => {
    const [problem] = refused(() => parsePatch([]));
    expect(problem).toStartWith("the patch holds no action; give at least one of insert, remove");
  });
});
