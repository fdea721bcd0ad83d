// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import fc from "fast-check";
import { type Doing, loopOf, type Start } from "../../../src/appliance/safe-mode/starts.ts";
import { type Measures, verdict } from "../../../src/appliance/safe-mode/verdict.ts";

const NOW = new Date("2026-01-02T03:04:05Z");
const SHA = "a".repeat(64);

const doing = (kind: Doing["kind"], name: string): Doing =>
  kind === "opening" || kind === "in-process" ? { kind, name, sha256: SHA } : { kind, name };
const start = (uptime_s: number, crumbs: Doing[] = [], boot = "now"): Start => ({
  ...{ time: NOW.toISOString(), boot, uptime_s, doing: [...crumbs] },
});
/** Three starts that each dropped these. */
const loop = (...crumbs: Doing[]) => [10, 20, 30].map((uptime_s) => start(uptime_s, crumbs));
const blame = (starts: Start[], standing?: Measures) => verdict(starts, standing, NOW);

test("three crashes within ten minutes are a loop, two are not, nor are three in an hour", () => {
  const at = (...uptimes: number[]) =>
    loopOf(
      uptimes.map((it) => start(it)),
      start(1000),
    );
  expect(at(990, 995)).toEqual([]);
  expect(at(700, 850, 990)).toHaveLength(3);
  expect(at(10, 400, 700)).toHaveLength(3); // the first one lived long; it crashed at 400
  expect(at(10, 399, 700)).toEqual([]);
  expect(at(900, 910, 920, 930).map(({ uptime_s }) => uptime_s)).toEqual([910, 920, 930]);
});

test("before a reboot it may have been the plug: only what was just beginning counts", () => {
  const before = (...crumbs: Doing[]) => [1, 2, 3].map((it) => start(it, crumbs, "before"));
  expect(loopOf(before(doing("running", "alpha"), doing("in-process", "gain")), start(1))).toEqual([]);
  expect(loopOf(before(doing("opening", "gain")), start(1))).toHaveLength(3);
  expect(loopOf(before(doing("starting", "alpha")), start(1))).toHaveLength(3);
  const cut = start(2, [doing("running", "alpha")], "before");
  const [one, two, three] = before(doing("opening", "gain")) as [Start, Start, Start];
  expect(loopOf([one, two, cut, three], start(1))).toEqual([]);
  expect(loopOf([one, two, start(3, [doing("opening", "tone")], "before")], start(1))).toEqual([]);
});

test("power cuts at any moments of a start are no crashes", () => {
  const crumbs = fc.constantFrom<Doing[]>(
    [],
    [doing("opening", "gain")],
    [doing("in-process", "gain"), doing("starting", "alpha")],
    [doing("in-process", "gain"), doing("main", "gain"), doing("running", "alpha")],
  );
  const boots = fc.array(crumbs, { maxLength: 12 }).map((all) => all.map((it, boot) => start(20, it, `${boot}`)));
  fc.assert(
    fc.property(boots, (starts) => {
      const kinds = starts.slice(-3).map(({ doing }) => doing.at(-1)?.kind ?? "nothing");
      const isThrice = kinds.length === 3 && new Set(kinds).size === 1 && /opening|starting/.test(kinds[0] ?? "");
      expect(loopOf(starts, start(5)).length > 0).toBe(isThrice);
    }),
  );
});

test("the plugin that was being opened each time is the culprit", () => {
  const found = blame(loop(doing("in-process", "innocent"), doing("opening", "guilty"), doing("running", "alpha")));
  expect(found).toMatchObject({
    since: NOW.toISOString(),
    quarantined: [{ id: "guilty", sha256: SHA }],
    isolated: false,
  });
  expect(found.reasons).toEqual([expect.stringContaining('"guilty"')]);
  expect(found.pipeline).toBeUndefined();
});

test("the only one that was in the process each time is, too", () => {
  const starts = loop(doing("in-process", "guilty"), doing("running", "alpha"));
  starts[1]?.doing.push(doing("in-process", "innocent"));
  expect(blame(starts).quarantined).toEqual([{ id: "guilty", sha256: SHA }]);
});

test("another build of it is another suspect", () => {
  const starts = loop(doing("in-process", "gain"));
  starts[0] = start(10, [{ kind: "in-process", name: "gain", sha256: "b".repeat(64) }]);
  expect(blame(starts)).toMatchObject({ quarantined: [], isolated: true });
});

test("of several nobody is quarantined: all run in processes of their own", () => {
  for (const kind of ["opening", "in-process"] as const) {
    const found = blame(loop(doing(kind, "one"), doing(kind, "two"), doing("running", "alpha")));
    expect(found).toMatchObject({ quarantined: [], isolated: true });
    expect(found.reasons[0]).toContain('"one" and "two"');
  }
});

test("without breadcrumbs it may have been any plugin", () => {
  expect(blame(loop())).toMatchObject({ isolated: true });
});

test("without a plugin in the process it was the pipeline", () => {
  for (const kind of ["starting", "running"] as const) {
    const found = blame(loop(doing(kind, "alpha")));
    expect(found).toMatchObject({ quarantined: [], isolated: false, pipeline: "default" });
    expect(found.reasons[0]).toContain('"alpha"');
  }
});

test("main parts are in quarantine where no pipeline ran, or another made no difference", () => {
  const main = { ...doing("main", "talker"), sha256: SHA };
  const first = blame(loop(main, doing("running", "alpha")));
  expect(first).toMatchObject({ quarantined: [], pipeline: "default" });
  const second = blame(loop(main, doing("running", "default")), first);
  expect(second).toMatchObject({ quarantined: [{ id: "talker", sha256: SHA }], pipeline: "default" });
  expect(second.reasons.at(-1)).toContain('the main part of "talker"');
  expect(blame(loop(doing("running", "default")), second)).toMatchObject({ pipeline: "none" });
  const isolated = blame(loop(main));
  expect(isolated).toMatchObject({ isolated: true, quarantined: [] });
  expect(blame(loop(main), isolated).quarantined).toEqual([{ id: "talker", sha256: SHA }]);
});

test("a box that goes down all the same does without more each time, and says all of it", () => {
  const plugin = [doing("in-process", "gain"), doing("running", "alpha")];
  const first = blame(loop(...plugin));
  const second = blame(loop(doing("in-process", "other"), doing("running", "alpha")), first);
  expect(second.quarantined.map(({ id }) => id)).toEqual(["gain", "other"]);
  const third = blame(loop(doing("in-process", "x"), doing("in-process", "y"), doing("running", "alpha")), second);
  expect(third).toMatchObject({ isolated: true, since: first.since });
  const fourth = blame(loop(doing("running", "alpha")), third);
  expect(fourth.pipeline).toBe("default");
  const fifth = blame(loop(doing("running", "default")), fourth);
  expect(fifth).toMatchObject({ pipeline: "none", isolated: true });
  expect(blame(loop(), fifth)).toMatchObject({ pipeline: "none", isolated: true });
  expect(fifth.reasons).toHaveLength(5);
});

test("a box that goes down for days does not fill its card with saying so", () => {
  let measures: Measures | undefined;
  for (let loops = 0; loops < 100; loops++) measures = blame(loop(doing("running", "alpha")), measures);
  expect(measures?.reasons).toHaveLength(2);
});
