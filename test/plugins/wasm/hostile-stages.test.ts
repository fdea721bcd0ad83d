// SPDX-License-Identifier: Apache-2.0
//
// Components of the right type that do what they should not. (What hangs is ended with its process, which is another's
// matter.)

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { parse } from "@bytecodealliance/jco-transpile/wasm-tools";
import { ProblemsError } from "../../../src/pipeline/problem.ts";
import { ComponentRefusal, ComponentTrap } from "../../../src/plugins/wasm/instantiate.ts";
import { boundMemories, memoriesOf } from "../../../src/plugins/wasm/memory.ts";
import { componentProblems, prepare } from "../../../src/plugins/wasm/prepare.ts";
import { testFolders } from "../folders.fixture.ts";
import { block, built, hasClang, INPUT, stage, stageInText } from "./components.fixture.ts";

setDefaultTimeout(60_000);
const { fresh } = testFolders();

/** What a block of two frames costs a component whose process is that. */
async function fault(process: string, more = "", memory_mb = 64): Promise<Error> {
  const made = await stage(await stageInText({ process, more }), {}, memory_mb);
  made.init("one", [], INPUT);
  try {
    made.process(new Float32Array(4), block(2));
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing happened");
}

const TRAPS: [what: string, process: string, more: string, words: RegExp][] = [
  ["traps", "unreachable", "", /^it fell over in process.*: Unreachable code/i],
  [
    "recurses",
    "(call $again (i32.const 0))",
    "(func $again (param i32) (result i32) (i32.add (call $again (local.get 0)) (i32.const 1)))",
    /it calls itself without end/,
  ],
  [
    "reads outside of its memory",
    "(i32.load (i32.const -8))",
    "",
    /^it fell over in process.*: Out of bounds memory access/i,
  ],
  ["divides by zero", "(i32.div_u (i32.const 1) (i32.const 0))", "", /^it fell over in process.*: Division by zero/i],
  ["returns what is nowhere", "(i32.const -4)", "", /^it fell over in process/],
];
test.each(TRAPS)("a component that %s ends, and the words get out", async (_, process, more, words) => {
  const error = await fault(process, more);
  expect(error).toBeInstanceOf(ComponentTrap);
  expect(error.message).toMatch(words);
});

/** A result of so many numbers, at 2048. */
const listOf = (count: number) =>
  `(i32.store (i32.const 64) (i32.const 0)) (i32.store (i32.const 68) (i32.const 2048)) (i32.store (i32.const 72) (i32.const ${count})) i32.const 64`;

test("a wrong number of numbers is refused, and so is a list that is longer than the memory", async () => {
  expect((await fault(listOf(3))).message).toBe("process returned 3 numbers, not 2 frames of 2");
  expect((await fault(listOf(2))).message).toMatch(/returned 2 numbers/);
  expect(await fault(listOf(0x3fffffff))).toBeInstanceOf(Error);
  const none = await stage(await stageInText({ process: listOf(0) }));
  none.init("one", [], INPUT);
  expect([...none.process(new Float32Array(4), block(2))]).toEqual([]);
  expect(() => none.latency_s()).toThrow("latency-s returned NaN, which is no time");
});

test("a memory grows to what the plugin may have, and no further", async () => {
  const grows = `(local $pages i32)
    (block $full (loop $more
      (br_if $full (i32.eq (memory.grow (i32.const 1)) (i32.const -1)))
      (br $more)))
    (f32.store (i32.const 2048) (f32.convert_i32_u (memory.size)))
    ${listOf(4)}`;
  for (const memory_mb of [8, 16]) {
    const made = await stage(await stageInText({ process: grows }), {}, memory_mb);
    made.init("one", [], INPUT);
    expect(made.process(new Float32Array(4), block(2))[0]).toBe(memory_mb * 16);
  }
});

test("one that wants too much memory at once is refused before it is made", async () => {
  const component = await stageInText({ memory: "60000" });
  const words =
    "it wants 3750 MB of memory at once, of which it may have 64; raise memory_mb under [limits], or link it with less";
  expect(await componentProblems(component, { world: "stage", memory_mb: 64 })).toEqual([{ message: words }]);
  expect(await stage(component).catch((error) => error)).toBeInstanceOf(ProblemsError);
  expect(await componentProblems(component, { world: "stage", memory_mb: 4096 })).toEqual([]);
});

test("several memories share what there is, and a lower bound of the module's own stays", async () => {
  const { modules } = await prepare(await stageInText({ memory: "2 5" }), "stage");
  const bounded = boundMemories(modules, 64);
  expect([...bounded.values()].flatMap(memoriesOf)).toEqual([{ minimum: 2, maximum: 5 }]);
  for (const module of bounded.values()) expect(WebAssembly.validate(module as Uint8Array<ArrayBuffer>)).toBe(true);
  const own = [...modules.values()][0] as Uint8Array;
  const two = boundMemories(
    new Map([
      ["a", own],
      [
        "b",
        (await prepare(await stageInText({ memory: "10" }), "stage")).modules.get("component.core.wasm") as Uint8Array,
      ],
    ]),
    2,
  );
  expect([...two.values()].flatMap(memoriesOf)).toEqual([
    { minimum: 2, maximum: 5 },
    { minimum: 10, maximum: 20 },
  ]);
});

test.each(["1 2 shared", "i64 1"])("a memory of another kind is refused: %s", async (memory) => {
  const module = await parse(`(module (memory ${memory}))`);
  expect(() => boundMemories(new Map([["core.wasm", module]]), 64)).toThrow(/is shared, of 64 bits or of odd pages/);
});

test("nothing of a component runs while it is looked at: not its start function either", async () => {
  const component = await stageInText({ more: "(func $start unreachable) (start $start)" });
  expect(await componentProblems(component, { world: "stage", memory_mb: 64 })).toEqual([]);
  expect(await stage(component).catch((error) => error)).toBeInstanceOf(ComponentTrap);
});

describe.skipIf(!hasClang)("in C", () => {
  const sources = (body: string) => `
#include <stagebox-stage.h>
#include <stdlib.h>
static sb_format given;
static sb_failure init(sb_text type, const sb_setting *params, uint32_t count, const sb_format *in, sb_format *out) {
  (void)type, (void)params, (void)count, given = *in;
  ${body}
  return NULL;
}
static sb_failure process(const sb_block *in, float *out, uint32_t *frames) { (void)in, (void)out, (void)frames; return NULL; }
const sb_stage stagebox_stage = {.init = init, .process = process};
`;
  const FORMATS: [body: string, words: RegExp][] = [
    ["out->rate_hz = -1;", /rate-hz is -1/],
    ["out->rate_hz = 0.0 / 0.0;", /rate-hz is NaN/],
    ["out->max_frames = 0;", /its blocks have no frames/],
    ["out->max_frames = 1u << 31;", /not enough memory for a block/],
    ["out->channels.count = 0;", /it has no channel/],
    ["out->port = SB_PORT_FEATURES;", /it has no channel, or no value/],
    ['out->unit = (sb_text){"a\\nb", 3};', /"a\\nb" is no name/],
  ];
  test.each(FORMATS)("a format that cannot be is refused: %s", async (body, words) => {
    const made = await stage(await built(fresh(), "stage.c", sources(body)));
    expect(() => made.init("one", [], INPUT)).toThrow(words);
  });

  test("a stack that overflows traps, and spoils nothing below it", async () => {
    const made = await stage(
      await built(
        fresh(),
        "stage.c",
        sources(
          "volatile char much[300000]; for (uint32_t i = 0; i < sizeof much; i += in->channels.count) much[i] = 1; (void)out;",
        ),
      ),
    );
    expect(() => made.init("one", [], INPUT)).toThrow(ComponentTrap);
  });

  test("abort() is a trap", async () => {
    const made = await stage(await built(fresh(), "stage.c", sources("(void)out; abort();")));
    expect(() => made.init("one", [], INPUT)).toThrow(/^it fell over in init.*: Unreachable/i);
  });
});

test("an exception in JavaScript is a refusal with its words", async () => {
  const source = `export const processor = { init() { return null.x; }, process() {}, setParameter() {}, saveState() {},
    loadState() {}, latencyS() {}, shutdown() {} };`;
  const made = await stage(await built(fresh(), "stage.js", source));
  expect(() => made.init("one", [], INPUT)).toThrow(new ComponentRefusal("cannot read property 'x' of null"));
});
