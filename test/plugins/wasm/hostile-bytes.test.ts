// SPDX-License-Identifier: Apache-2.0
//
// Whatever bytes are handed in: an answer in words, and nothing else.
import { beforeAll, expect, test } from "bun:test";
import fc from "fast-check";
import { ProblemsError } from "../../../src/pipeline/problem.ts";
import { Malformed } from "../../../src/plugins/wasm/binary.ts";
import { prepare } from "../../../src/plugins/wasm/prepare.ts";
import { readComponent } from "../../../src/plugins/wasm/read-component.ts";
import { makeComponent, translate } from "../../../src/plugins/wasm/toolchain.ts";
import { witSource } from "../../../src/plugins/wasm/worlds.ts";
import { problemsOf } from "../folders.fixture.ts";

let sound: Uint8Array;
beforeAll(async () => {
  sound = await makeComponent(witSource(), "stage");
});

/** Changes a few bytes. */
const spoilt = fc
  .array(fc.record({ at: fc.nat(), byte: fc.nat(255) }), { minLength: 1, maxLength: 8 })
  .map((changes) => {
    const bytes = sound.slice();
    for (const { at, byte } of changes) bytes[at % bytes.length] = byte;
    return bytes;
  });
const behindHeader = fc
  .uint8Array({ maxLength: 300 })
  .map((rest) => Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0, ...rest));

function reads(bytes: Uint8Array): void {
  try {
    readComponent(bytes);
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    expect(error.message).not.toBe("");
  }
}

test("a component that was cut off anywhere", () => {
  for (let length = 8; length < sound.length; length += 7) reads(sound.slice(0, length));
});

test("a component with other bytes in it, and bytes that never were one", () => {
  fc.assert(fc.property(spoilt, reads), { numRuns: 3000 });
  fc.assert(fc.property(behindHeader, reads), { numRuns: 3000 });
});

test.each<[string, string, string]>([
  ["an export", "cm32p2|stagebox:plugin/processor@0.1|init_post", "'+(globalThis.was_here=1)+'"],
  ["an import", "cm32p2|stagebox:plugin/filesystem@0.1", "':globalThis.was_here=1,'"],
  ["an export, by a backslash", "cm32p2|stagebox:plugin/processor@0.1|init_post", "\\"],
  ["an import, by a line's end", "cm32p2|stagebox:plugin/filesystem@0.1", "\n"],
])("no code comes in by the name of %s", async (_, name, code) => {
  const bytes = Buffer.from(sound);
  const evil = code.padEnd(name.length, "a");
  let count = 0;
  for (let at = bytes.indexOf(name); at >= 0; at = bytes.indexOf(name, at + 1), count++) bytes.write(evil, at);
  expect(count).toBeGreaterThan(1);
  expect(await problemsOf(() => prepare(bytes, "stage"))).toEqual([
    expect.stringContaining("with a quote, backslash or control character in it"),
  ]);
});

test("a component of a few kilobytes that would become megabytes of JavaScript", async () => {
  const large = `tuple<${Array(500).fill("u32").join()}>`;
  const functions = Array.from({ length: 150 }, (_, i) => `c${i}: func(a: ${large});`).join("\n");
  const wit = `${witSource().replace("world stage {", "world stage { export large;")}\ninterface large { ${functions} }`;
  expect(await problemsOf(async () => prepare(await makeComponent(wit, "stage"), "stage"))).toEqual([
    "its functions and types are too large; export those of its world alone",
  ]);
});

test("the translator, too, refuses in words", async () => {
  const translates = async (bytes: Uint8Array) => {
    try {
      await translate(bytes);
    } catch (error) {
      if (!(error instanceof ProblemsError)) throw error;
      for (const { message } of error.problems) expect(message).toMatch(/\w{3}/);
    }
  };
  await fc.assert(fc.asyncProperty(spoilt, translates), { numRuns: 200 });
  expect((await prepare(sound, "stage")).modules.size).toBeGreaterThan(0); // and has not suffered
}, 60_000);
