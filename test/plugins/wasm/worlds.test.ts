// SPDX-License-Identifier: Apache-2.0
//
// Which components fit which world, and what is said of those that do not.
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { formOf, Malformed } from "../../../src/plugins/wasm/binary.ts";
import { componentProblems, prepare } from "../../../src/plugins/wasm/prepare.ts";
import { readComponent } from "../../../src/plugins/wasm/read-component.ts";
import { makeComponent, TOOLCHAIN } from "../../../src/plugins/wasm/toolchain.ts";
import { functionWords } from "../../../src/plugins/wasm/types.ts";
import { fitOf, WORLDS, type World, witSource, worldType } from "../../../src/plugins/wasm/worlds.ts";
import { problemsOf } from "../folders.fixture.ts";
import { CORE } from "./components.fixture.ts";

const wit = witSource();

/** A component of a world that is written otherwise. */
async function changed(world: World, ...changes: [RegExp | string, string][]): Promise<Uint8Array> {
  const text = changes.reduce((text, [old, now]) => {
    const next = text.replace(old, now);
    expect(next).not.toBe(text);
    return next;
  }, wit);
  return makeComponent(text, world);
}

const problems = async (component: Uint8Array, world: World = "stage") =>
  (await componentProblems(component, { world, memory_mb: 64 })).map(({ message }) => message);

test("a component fits the world that it was made for, and no other", async () => {
  for (const world of WORLDS) {
    const type = readComponent(await makeComponent(wit, world));
    expect(await fitOf(type, world)).toEqual({
      problems: [],
      wants: {
        log: ["write"],
        config: ["get"],
        filesystem: ["grants", "list-dir", "read-metadata"],
        watch: ["subscribe", "unsubscribe"],
        relay: ["publish"],
        ...(world === "plugin" && { services: ["call", "answer", "refuse"] }),
      },
    });
  }
  expect(await problems(await makeComponent(wit, "stage"), "plugin")).toEqual([
    "it does not export stagebox:plugin/lifecycle@0.1.0; build it for the world plugin of plugins/wit",
  ]);
});

test("a world's functions are read as the WIT has them", async () => {
  const type = (await worldType("stage")).exports.get("stagebox:plugin/processor@0.1.0");
  if (type?.kind !== "instance") throw new Error("no interface");
  const words = [...type.exports].map(([name, it]) => it.kind === "function" && `${name}: ${functionWords(it)}`);
  expect(words.filter(Boolean)).toEqual([
    expect.stringMatching(
      /^init: func\(stage: string, params: list<record \{ id: …, value: … \}>, input: record \{ port: enum/,
    ),
    expect.stringMatching(
      /^process: func\(samples: list<f32>, info: record \{ sequence: u64.*\) -> result<list<f32>, string>$/,
    ),
    expect.stringMatching(
      /^set-parameter: func\(id: string, value: variant \{ number\(f64\), .*\) -> result<_, string>$/,
    ),
    "save-state: func() -> list<u8>",
    "load-state: func(state: list<u8>) -> result<_, string>",
    "latency-s: func() -> f64",
    "shutdown: func()",
  ]);
});

const DIFFERENCES: [what: string, change: [RegExp | string, string], words: string][] = [
  [
    "an element",
    ["process: func(samples: list<f32>", "process: func(samples: list<f64>"],
    "it exports stagebox:plugin/processor@0.1.0, of another type: process: parameter samples, element: expected f32, found f64",
  ],
  [
    "a parameter's name",
    ["load-state: func(state:", "load-state: func(bytes:"],
    "load-state: expected func(state: list<u8>) -> result<_, string>, found func(bytes: list<u8>) -> result<_, string>",
  ],
  ["a result", ["latency-s: func() -> f64", "latency-s: func()"], "latency-s: result: expected f64, found _"],
  ["a missing function", [/ +latency-s: func\(\) -> f64;/, ""], "latency-s is missing: expected func() -> f64"],
  [
    "a field deep inside",
    ["lost-before: u32", "lost-before: u16"],
    "process: parameter info, field lost-before: expected u32, found u16",
  ],
  [
    "a case",
    ["names(list<string>)", "names(string)"],
    "parameter value, case names: expected list<string>, found string",
  ],
  [
    "an import",
    ["write: func(level: level, message: string)", "write: func(message: string)"],
    "it imports stagebox:plugin/log@0.1.0, of another type: write: expected func(level: enum { debug, info, warning, error }, message: string), found func(message: string)",
  ],
  [
    "an import that does not exist",
    ["write: func(level: level, message: string);", "write: func(level: level, message: string); shout: func();"],
    'of another type: there is no function "shout"',
  ],
];
test.each(DIFFERENCES)("another type is told with its place: %s", async (_, change, words) => {
  const told = await problems(await changed("stage", change));
  expect(told.join("\n")).toContain(words);
});

test("all that is wrong is told at once", async () => {
  const component = await changed(
    "stage",
    ["latency-s: func() -> f64", "latency-s: func()"],
    ["state: list<u8>", "state: string"],
  );
  expect(await problems(component)).toHaveLength(2);
});

test("what a box does not have is named, and what it has instead", async () => {
  const sockets = "package wasi:sockets@0.2.0 { interface tcp { connect: func(); } }\n";
  const component = await makeComponent(
    `${wit}\n${sockets}`.replace(/import relay;/g, "import relay; import wasi:sockets/tcp@0.2.0;"),
    "stage",
  );
  expect(await problems(component)).toEqual([
    'it imports "wasi:sockets/tcp@0.2.0", and no plugin is given WASI: a plugin can be given log, config, filesystem, watch, relay or services of stagebox:plugin; build it without WASI, or with its imports stubbed',
  ]);
  const newer = await makeComponent(wit.replace("plugin@0.1.0", "plugin@0.2.0"), "stage");
  const told = await problems(newer);
  expect(told).toContain(
    'it imports "stagebox:plugin/log@0.2.0", of another version than 0.1.0; build it against plugins/wit',
  );
  expect(told).toContain(
    'it does not export stagebox:plugin/processor@0.1.0, but "stagebox:plugin/processor@0.2.0"; build it for the world stage of plugins/wit',
  );
});

test("what is no component says so", async () => {
  expect(formOf(CORE)).toBe("module");
  expect(await problems(CORE)).toEqual([
    "it is a core module, not a component; make one of it with stagebox plugin build",
  ]);
  for (const bytes of [new Uint8Array(), Buffer.from("MZ"), Buffer.from("\x7fELF")])
    expect(await problems(bytes)).toEqual(["it is no WebAssembly; make it with stagebox plugin build"]);
  expect(await problems(new Uint8Array(33 * 2 ** 20))).toEqual([
    "it has more than 32 MB; link it without what it does not use",
  ]);
});

test("a component of the right type with a broken module is refused by its validator", async () => {
  const component = await makeComponent(wit, "stage");
  const broken = component.slice();
  const code = Buffer.from(broken).indexOf(CORE);
  broken[code + 9] = 0xff;
  expect((await problemsOf(() => prepare(broken, "stage"))).join()).toMatch(/^failed to /);
});

test("components in components end somewhere", () => {
  let bytes = Buffer.from([0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0]);
  for (let i = 0; i < 20; i++) {
    const length = [(bytes.length & 0x7f) | 0x80, bytes.length >> 7];
    bytes = Buffer.concat([Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0, 4, ...length), bytes]);
  }
  expect(() => readComponent(bytes)).toThrow(Malformed);
});

test("the version that what is kept depends on is that of the tools", () => {
  const { dependencies } = JSON.parse(readFileSync(join(import.meta.dir, "../../../package.json"), "utf8"));
  expect(TOOLCHAIN).toBe(`jco-transpile ${dependencies["@bytecodealliance/jco-transpile"]}`);
});
