// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { applyPatch } from "../../src/pipeline/apply.ts";
import { parse } from "../../src/pipeline/parse.ts";
import { parsePatch } from "../../src/pipeline/patch.ts";
import type { Pipeline } from "../../src/pipeline/pipeline.ts";
import { validate } from "../../src/pipeline/validate.ts";
import { catalog } from "./catalog.fixture.ts";
import { refused } from "./refused.fixture.ts";

const PIPELINE = validate(
  parse(
    `
schema: 1
name: alpha
source: { id: board, type: replay, params: { file: a.edf } }
stages:
  - { id: notch, type: notch, params: { freq_hz: 50 } }
  - { id: band, type: bandpass, params: { low_hz: 1, high_hz: 40 } }
  - { id: alpha, type: band_power }
  - { id: loud, type: gain, from: notch, group: slow }
sinks:
  - { id: rec, type: recorder, from: board }
  - { id: view, type: stream, from: alpha }
tests:
  - name: alpha
    expect: [{ stage: alpha, above: 3 }, { stage: band, above: 1 }]
  - name: only alpha
    expect: [{ stage: alpha, above: 3 }]
`,
    "a.yaml",
  ),
  catalog,
);

const patch = (body: unknown) => applyPatch(PIPELINE, parsePatch(body).actions, catalog);

/** Who listens to whom: `notch<board band<notch ...`. */
const wires = ({ stages, sinks }: Pipeline) => [...stages, ...sinks].map(({ id, from }) => `${id}<${from}`).join(" ");

test("the pipeline before the patch", () => {
  expect(wires(PIPELINE)).toBe("notch<board band<notch alpha<band loud<notch rec<board view<alpha");
});

describe("wiring", () => {
  const gain = { type: "gain" };
  test.each([
    [
      "after",
      { action: "insert", after: "notch", stage: gain },
      "notch<board gain<notch band<gain alpha<band loud<gain rec<board view<alpha",
    ],
    [
      "after the source, sinks too",
      { action: "insert", after: "board", stage: gain },
      "gain<board notch<gain band<notch alpha<band loud<notch rec<gain view<alpha",
    ],
    [
      "another kind of port branches off",
      { action: "insert", after: "notch", stage: { type: "fft", size: 1024 } },
      "notch<board fft<notch band<notch alpha<band loud<notch rec<board view<alpha",
    ],
    [
      "for one listener",
      { action: "insert", after: "notch", to: "band", stage: gain },
      "notch<board gain<notch band<gain alpha<band loud<notch rec<board view<alpha",
    ],
    [
      "for none",
      { action: "insert", after: "notch", to: [], stage: gain },
      "notch<board gain<notch band<notch alpha<band loud<notch rec<board view<alpha",
    ],
    [
      "before",
      { action: "insert", before: "loud", stage: gain },
      "notch<board gain<notch band<notch alpha<band loud<gain rec<board view<alpha",
    ],
    [
      "before a sink",
      { action: "insert", before: "rec", stage: gain },
      "gain<board notch<board band<notch alpha<band loud<notch rec<gain view<alpha",
    ],
    [
      "between",
      { action: "insert", between: ["board", "notch"], stage: gain },
      "gain<board notch<gain band<notch alpha<band loud<notch rec<board view<alpha",
    ],
    ["remove", { action: "remove", id: "notch" }, "band<board alpha<band loud<board rec<board view<alpha"],
    [
      "remove before a sink",
      { action: "remove", id: "alpha" },
      "notch<board band<notch loud<notch rec<board view<band",
    ],
    [
      "move up",
      { action: "move", id: "band", after: "board", to: "notch" },
      "band<board notch<band alpha<notch loud<notch rec<board view<alpha",
    ],
    [
      "move below its own listeners",
      { action: "move", id: "notch", after: "band" },
      "band<board notch<band alpha<notch loud<board rec<board view<alpha",
    ],
    [
      "move to where it is",
      { action: "move", id: "band", after: "notch", to: "alpha" },
      "notch<board band<notch alpha<band loud<notch rec<board view<alpha",
    ],
    [
      "add a sink",
      { action: "add_sink", sink: { type: "recorder" } },
      "notch<board band<notch alpha<band loud<notch rec<board view<alpha recorder<loud",
    ],
    [
      "add a sink somewhere",
      { action: "add_sink", sink: { id: "raw", type: "stream", from: "board" } },
      "notch<board band<notch alpha<band loud<notch rec<board view<alpha raw<board",
    ],
    [
      "add a native sink",
      { action: "add_sink", sink: { type: "level_log", interval_s: 2 } },
      "notch<board band<notch alpha<band loud<notch rec<board view<alpha level_log<loud",
    ],
    ["remove a sink", { action: "remove_sink", id: "rec" }, "notch<board band<notch alpha<band loud<notch view<alpha"],
    [
      "rename a stage",
      { action: "rename", id: "notch", to: "hum" },
      "hum<board band<hum alpha<band loud<hum rec<board view<alpha",
    ],
    [
      "rename the source",
      { action: "rename", id: "board", to: "head" },
      "notch<head band<notch alpha<band loud<notch rec<head view<alpha",
    ],
    [
      "replace under another id",
      { action: "replace", id: "notch", stage: { id: "g", type: "gain" } },
      "g<board band<g alpha<band loud<g rec<board view<alpha",
    ],
    [
      "replace and rewire",
      { action: "replace", id: "loud", stage: { type: "gain", from: "band" } },
      "notch<board band<notch alpha<band loud<band rec<board view<alpha",
    ],
  ])("%s", (_, action, wanted) => {
    expect(wires(patch(action).pipeline)).toBe(wanted);
  });
});

describe("values", () => {
  test("set changes what it names, and null brings a default back", () => {
    const { pipeline, difference } = patch([
      { action: "set", id: "notch", params: { freq_hz: 60, q: 10 } },
      { action: "set", id: "notch", params: { q: null } },
      { action: "set", id: "board", params: { loop: true } },
      { action: "set", id: "rec", params: { format: "edf" } },
    ]);
    expect(pipeline.stages[0]?.params).toEqual({ freq_hz: 60, q: 30 });
    expect(pipeline.source.params).toEqual({ file: "a.edf", speed: 1, loop: true });
    expect(pipeline.sinks[0]?.params).toEqual({ format: "edf" });
    expect(difference.remade).toEqual(["board", "notch", "rec"]);
  });

  test("set after insert reaches what stood beside type", () => {
    const { pipeline } = patch([
      { action: "insert", after: "board", stage: { type: "gain", gain_db: 6 } },
      { action: "set", id: "gain", params: { gain_db: 7 } },
    ]);
    expect(pipeline.stages[0]?.params).toEqual({ gain_db: 7 });
  });

  test("replace keeps id, input and group, and nothing else", () => {
    const { pipeline } = patch([
      { action: "bypass", id: "loud" },
      { action: "replace", id: "loud", stage: { type: "notch", freq_hz: 50 } },
    ]);
    const loud = pipeline.stages.find((stage) => stage.id === "loud");
    expect(loud).toMatchObject({
      type: "notch",
      from: "notch",
      group: "slow",
      bypass: false,
      params: { freq_hz: 50, q: 30 },
    });
  });

  test("replace exchanges the source and sinks too", () => {
    const { pipeline } = patch([
      { action: "replace", id: "board", source: { type: "synthetic" } },
      { action: "replace", id: "rec", sink: { type: "stream", decimate: 4 } },
    ]);
    expect(pipeline.source).toMatchObject({ id: "board", type: "synthetic" });
    expect(pipeline.sinks[0]).toEqual({ id: "rec", type: "stream", from: "board", params: { decimate: 4 } });
  });

  test("a stage joins the group of its neighbours", () => {
    const groupOf = (action: object) => patch(action).pipeline.stages.find((stage) => stage.id === "g")?.group;
    const stage = { id: "g", type: "gain" };
    expect(groupOf({ action: "insert", after: "loud", stage })).toBe("slow");
    expect(groupOf({ action: "insert", before: "loud", stage })).toBe("slow");
    expect(groupOf({ action: "insert", after: "notch", stage })).toBe("main");
    expect(groupOf({ action: "insert", after: "loud", stage: { ...stage, group: "own" } })).toBe("own");
    const moved = patch({ action: "move", id: "loud", after: "band" });
    expect(moved.pipeline.stages.find((it) => it.id === "loud")?.group).toBe("main");
    expect(moved.difference.regrouped).toEqual(["loud"]);
  });

  test("tests follow a rename, and forget what is removed", () => {
    const stagesOf = ({ tests }: Pipeline) => tests.map((it) => it.expect.map((expectation) => expectation.stage));
    expect(stagesOf(patch({ action: "rename", id: "alpha", to: "a" }).pipeline)).toEqual([["a", "band"], ["a"]]);
    expect(stagesOf(patch({ action: "remove", id: "alpha" }).pipeline)).toEqual([["band"]]);
  });

  test("ids that are free", () => {
    const insert = { action: "insert", after: "board", to: [], stage: { type: "notch", freq_hz: 50 } };
    expect(patch([insert, insert, insert]).difference.added.toSorted()).toEqual(["notch2", "notch3", "notch4"]);
  });
});

describe("what stays the same instance", () => {
  test("a renamed stage, with its new parameters", () => {
    const { difference } = patch([
      { action: "rename", id: "loud", to: "gain" },
      { action: "set", id: "gain", params: { gain_db: 3 } },
    ]);
    expect(difference.renamed).toEqual(new Map([["loud", "gain"]]));
    expect(difference.live).toEqual([{ id: "gain", params: { gain_db: 3 } }]);
    expect([...difference.added, ...difference.removed, ...difference.rewired]).toEqual([]);
  });

  test("two that exchange their names", () => {
    const { difference } = patch([
      { action: "rename", id: "notch", to: "x" },
      { action: "rename", id: "band", to: "notch" },
      { action: "rename", id: "x", to: "band" },
    ]);
    expect(difference.renamed).toEqual(
      new Map([
        ["notch", "band"],
        ["band", "notch"],
      ]),
    );
    expect(difference.kept.toSorted()).toEqual(["alpha", "band", "board", "loud", "notch", "rec", "view"]);
  });

  test("one whose old name a new stage takes", () => {
    const { difference } = patch([
      { action: "rename", id: "loud", to: "quiet" },
      { action: "insert", after: "board", to: [], stage: { id: "loud", type: "gain", group: "own" } },
    ]);
    expect(difference.added).toEqual(["loud"]);
    expect(difference.kept).toContain("quiet");
  });
});

describe("refused", () => {
  test.each([
    [{ action: "remove", id: "notchh" }, '/0/id: "notchh" is not the id of a stage; did you mean "notch"?'],
    [
      { action: "remove", id: "rec" },
      '/0/id: "rec" is a sink, not a stage; for sinks there are add_sink and remove_sink, and nothing comes after them',
    ],
    [
      { action: "bypass", id: "board" },
      '/0/id: "board" is a source, not a stage; a source can be set, replaced and renamed, and nothing comes before it',
    ],
    [
      { action: "bypass", id: "alpha" },
      "/0/bypass: band_power turns a signal into features, so it cannot be passed over; remove it instead",
    ],
    [
      { action: "set", id: "band", params: { lo_hz: 2 } },
      '/0/params/lo_hz: "lo_hz" is not a parameter of bandpass; did you mean "low_hz"?',
    ],
    [
      { action: "set", id: "band", params: { lo_hz: null } },
      '/0/params/lo_hz: "lo_hz" is not a parameter of bandpass; did you mean "low_hz"?',
    ],
    [
      { action: "set", id: "band", params: { low_hz: null } },
      "/0/params/low_hz: low_hz is missing; bandpass needs it: number in Hz",
    ],
    [
      { action: "insert", after: "notch", stage: { type: "fft", size: 7 } },
      "/0/stage/size: size: 7 is out of range; choose 8 to 65536",
    ],
    [
      { action: "insert", after: "notch", stage: { type: "fft", params: { size: 7 } } },
      "/0/stage/params/size: size: 7 is out of range; choose 8 to 65536",
    ],
    [
      { action: "insert", after: "notch", stage: { type: "ftt" } },
      '/0/stage/type: "ftt" is not a stage; did you mean "fft"?',
    ],
    [
      { action: "insert", after: "notchh", stage: { type: "ftt" } },
      '/0/after: "notchh" is not the id of a source or stage; did you mean "notch"?',
    ],
    [
      { action: "insert", after: "notchh", stage: { type: "ftt" } },
      '/0/stage/type: "ftt" is not a stage; did you mean "fft"?',
    ],
    [
      { action: "insert", after: "rec", stage: { type: "gain" } },
      '/0/after: "rec" is a sink, not a source or stage; for sinks there are add_sink and remove_sink, and nothing comes after them',
    ],
    [
      { action: "insert", after: "notch", to: "alpha", stage: { type: "gain" } },
      '/0/to: "alpha" listens to "band", not to "notch"; name two that are joined',
    ],
    [
      { action: "insert", between: ["board", "band"], stage: { type: "gain" } },
      '/0/between/1: "band" listens to "notch", not to "board"; name two that are joined',
    ],
    [
      { action: "insert", after: "notch", stage: { type: "gain", id: "rec" } },
      '/0/stage/id: "rec" is the id of another entry; choose one that is free',
    ],
    [
      { action: "insert", after: "notch", stage: { type: "gain", from: "notch" } },
      "/0/stage/from: after, before or between say where an inserted stage takes its input; leave from out",
    ],
    [
      { action: "insert", after: "notch", to: "band", stage: { type: "fft" } },
      '/0/after: "band" takes a signal, but "fft" gives a spectrum; take it from board, notch or loud',
    ],
    [
      { action: "insert", after: "alpha", stage: { type: "gain" } },
      '/0/after: "gain" takes a signal, but "alpha" gives features; take it from board, notch, band or loud',
    ],
    [
      { action: "replace", id: "notch", stage: { type: "psd" } },
      '/0/stage/type: "band" takes a signal, but "notch" gives a spectrum; take it from board or loud',
    ],
    [
      { action: "replace", id: "rec", stage: { type: "gain" } },
      '/0/id: "rec" is a sink, not a stage; for sinks there are add_sink and remove_sink, and nothing comes after them',
    ],
    [
      { action: "rename", id: "band", to: "notch" },
      '/0/to: "notch" is the id of another entry; choose one that is free',
    ],
    [
      { action: "rename", id: "band", to: "b and" },
      '/0/to: "b and" cannot be an id: begin with a letter, then up to 31 letters, digits, _ or -',
    ],
    [
      { action: "add_sink", sink: { type: "recorder", from: "alpha" } },
      '/0/sink/from: "recorder" takes a signal, but "alpha" gives features; take it from board, notch, band or loud',
    ],
    [
      { action: "move", id: "band", after: "band" },
      '/0/after: "band" is not the id of a source or stage; choose board, notch, alpha or loud',
    ],
  ])("%j", (action, problem) => {
    expect(refused(() => patch(action))).toContain(problem);
  });

  test("all actions are looked at, and none is done", () => {
    const before = structuredClone(PIPELINE);
    const problems = refused(() =>
      patch([
        { action: "set", id: "loud", params: { gain_db: 6 } },
        { action: "remove", id: "nothing" },
        { action: "set", id: "notch", params: { freq_hz: -1 } },
      ]),
    );
    expect(problems.map((problem) => problem.split(":")[0])).toEqual(["/1/id", "/2/params/freq_hz"]);
    expect(PIPELINE).toEqual(before);
  });
});
