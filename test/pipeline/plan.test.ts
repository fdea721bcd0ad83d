// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import fc from "fast-check";
import { bodyDocument } from "../../src/pipeline/document.ts";
import { parse } from "../../src/pipeline/parse.ts";
import { compile } from "../../src/pipeline/plan.ts";
import { validate } from "../../src/pipeline/validate.ts";
import { pipelineDocument } from "./arbitrary.fixture.ts";
import { catalog } from "./catalog.fixture.ts";

const HEAD = "schema: 1\nname: x\nsource: { id: board, type: synthetic }\n";
const plan = (text: string) => compile(validate(parse(HEAD + text, "a.yaml"), catalog), catalog);

test("stages in a row are one group, fed by the source", () => {
  const { nodes, groups, sinks } = plan(
    "stages: [{ id: a, type: gain }, { id: b, type: gain }]\nsinks: [{ type: stream }]\n",
  );
  expect(nodes.map(({ id, upstream }) => [id, upstream])).toEqual([
    ["a", "board"],
    ["b", "a"],
  ]);
  expect(groups).toEqual([{ name: "main", entry: "board", nodes, core: -1 }]);
  expect(sinks).toEqual([{ id: "stream", type: "stream", params: { decimate: 1 }, upstream: "b", group: "main" }]);
});

test("a group stays on the core that it is given", () => {
  const { groups } = plan("cores: { slow: 1 }\nstages: [{ type: gain }, { id: b, type: gain, group: slow }]\n");
  expect(groups.map(({ name, core }) => [name, core])).toEqual([
    ["main", -1],
    ["slow", 1],
  ]);
});

test("a sink of the source is in no group", () => {
  const [sink] = plan("stages: [{ type: gain }]\nsinks: [{ type: stream, from: board }]\n").sinks;
  expect(sink).toEqual({ id: "stream", type: "stream", params: { decimate: 1 }, upstream: "board" });
});

test("a native sink is a node in a group of its own", () => {
  const { nodes, groups, sinks } = plan(`stages: [{ id: a, type: gain }]
sinks: [{ id: s, type: stream }, { id: log, type: level_log }, { id: raw, type: level_log, from: board }]
`);
  expect(nodes.map(({ id, upstream, group, sink }) => [id, upstream, group, sink])).toEqual([
    ["a", "board", "main", undefined],
    ["log", "a", "sink:log", true],
    ["raw", "board", "sink:raw", true],
  ]);
  expect(groups.map(({ name, entry }) => [name, entry])).toEqual([
    ["main", "board"],
    ["sink:log", "a"],
    ["sink:raw", "board"],
  ]);
  expect(sinks.map(({ id, native, group }) => [id, native, group])).toEqual([
    ["s", undefined, "main"],
    ["log", true, "sink:log"],
    ["raw", true, "sink:raw"],
  ]);
});

test("bypassed stages are passed over, however many stand in a row", () => {
  const { nodes, groups, sinks } = plan(`stages:
  - { id: a, type: gain, bypass: true }
  - { id: b, type: gain, bypass: true, group: slow }
  - { id: c, type: gain, group: slow }
  - { id: d, type: gain, bypass: true, group: slow }
sinks: [{ id: s, type: stream }]
`);
  expect(nodes.map(({ id, upstream, group }) => [id, upstream, group])).toEqual([["c", "board", "slow"]]);
  expect(groups.map(({ name, entry }) => [name, entry])).toEqual([["slow", "board"]]);
  expect(sinks.map(({ id, upstream, group }) => [id, upstream, group])).toEqual([["s", "c", "slow"]]);
});

test("groups branch off each other, each fed by one producer", () => {
  const { groups } = plan(`stages:
  - { id: a, type: gain }
  - { id: b, type: gain, group: left }
  - { id: c, type: psd, from: b, group: left }
  - { id: d, type: gain, from: a, group: left }
  - { id: e, type: gain, from: b, group: right }
`);
  expect(groups.map(({ name, entry, nodes }) => [name, entry, nodes.map((node) => node.id)])).toEqual([
    ["main", "board", ["a"]],
    ["left", "a", ["b", "c", "d"]],
    ["right", "b", ["e"]],
  ]);
});

test("of any valid pipeline a plan can be carried out from front to back", () => {
  fc.assert(
    fc.property(pipelineDocument, (document) => {
      const pipeline = validate(bodyDocument(document), catalog);
      const { nodes, groups, sinks, source } = compile(pipeline, catalog);
      const ready = new Map([[source.id, ""]]);
      for (const { name, entry, nodes: members } of groups) {
        expect(ready.has(entry)).toBe(true);
        for (const { id, upstream, group } of members) {
          expect(group).toBe(name);
          expect(upstream === entry || ready.get(upstream) === name).toBe(true);
          ready.set(id, name);
        }
      }
      for (const { id, upstream, group, native } of sinks) expect(ready.get(native ? id : upstream)).toBe(group ?? "");
      const native = sinks.filter((it) => it.native);
      expect(nodes.map((node) => node.id)).toEqual(
        [...pipeline.stages.filter((it) => !it.bypass), ...native].map((it) => it.id),
      );
      expect(ready.size).toBe(nodes.length + 1);
    }),
  );
}, 60_000);
