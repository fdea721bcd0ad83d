// SPDX-License-Identifier: Apache-2.0
//
// Every plugin of test/plugins/bad, bad-script and bad-wasm fails, for the reason that it is bad for.
import { beforeAll, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkPlugin } from "../../src/cli/plugin-check/check-plugin.ts";
import { readPlugin } from "../../src/plugins/discovery/read-plugin.ts";
import { BAD_FOLDERS, BAD_PYTHON, buildBadComponents, buildBadPlugins } from "../plugins/bad-plugins.fixture.ts";
import { buildConformance } from "./compile.ts";
import { failuresOf, wordsOf } from "./suite.ts";

const evidence = join(mkdtempSync(join(tmpdir(), "stagebox-bad-")), "evidence");

beforeAll(async () => {
  buildConformance();
  buildBadPlugins();
  await buildBadComponents();
  process.env.STAGEBOX_BAD_FILE = evidence;
}, 300_000);

/** What must be among its failures. */
const REASONS: Record<string, RegExp[]> = {
  abort: [/^shape: aborts in process/],
  allocate: [/^allocation: process calls malloc \(libbad_allocate.so\+0x/],
  crash: [/^shape: crashes in process \(libbad_crash.so\+0x.*: Segmentation fault at address 0x10/],
  divide: [/^shape: crashes in process.*: Floating point exception/],
  exception: [/^shape: throws a C\+\+ exception \(St13runtime_error\) in process/],
  exit: [/^shape: calls exit\(0\) in process/],
  "file-writer": [
    new RegExp(`^permissions: openat of ${evidence} for writing needs permission write`),
    /^blocking: makes the system call openat/,
  ],
  "fork-bomb": [/^permissions: clone of a process needs permission processes/, /^blocking: /],
  hang: [/^cost: hangs: process does not return within/],
  leak: [
    /^allocation: process calls malloc/,
    /^leaks: (uses up all the memory that its limits allow|crashes in process)/,
  ],
  lying: [
    /^in place: in place, other numbers come out/,
    /^shape: process changes the output's shape: 7 channels/,
    /^plugin.toml and library agree: \[stages.bad_lying\] has a parameter \w+, which the library lacks/,
  ],
  nan: [/^silence: on a clean signal, -?nan comes out/],
  overrun: [/^memory bounds: writes beyond its output, 0 bytes behind its end, in process/],
  slow: [/^cost: .*does not fit/],
  "socket-opener": [/^permissions: socket needs permission network/, /^blocking: makes the system call socket/],
  stack: [/^shape: crashes in process.*: Segmentation fault/],
  "script-exception": [/^parameters: process fails: RangeError: always \(stage\.ts:\d+\)/],
  "script-exit": [/^cost: calls exit\(0\) in process/],
  "script-flood": [/^blocking: makes the system call write \(\d+\) in process/],
  "script-fork-bomb": [/^permissions: .* needs permission processes/],
  "script-garbage": [/^parameters: process fails: TypeError: BadScriptGarbage\.process returns .*no Float32Array/],
  "script-hang": [/^cost: hangs: process does not return within/],
  // Where filling that much takes longer than the signal, it goes no further.
  "script-hog": [/^shape: (process fails: RangeError: Out of memory|uses up all the memory)|^cost: .* does not fit/],
  "script-native": [/^cost: crashes in process: /],
  "script-objects": [/(process fails: RangeError: Out of memory|uses up all the memory|crashes)/],
  "script-prototypes": [/^shape: (process fails: it has changed what JavaScript|process leaves its output unwritten)/],
  "script-reader": [/^permissions: openat of \/etc\/passwd needs permission read/],
  "script-socket": [/^permissions: socket needs permission network/, /^blocking: makes the system call socket/],
  "script-workers": [/^shape: (crashes|uses up all the memory|process fails)/],
  "script-writer": [/^permissions: openat of \S+ for writing needs permission write/],
  "wasm-flood": [/^blocking: makes the system call write \(\d+\) in process|^cost: .* does not fit/],
  "wasm-garbage": [
    /^shape: process fails: (process returned \d+ numbers, not \d+ frames|.*more frames than max_frames)/,
  ],
  "wasm-hang": [/^cost: hangs: process does not return within/],
  "wasm-hog": [/^shape: process fails: it fell over in process|^cost: .* does not fit/],
  "wasm-reader": [/^shape: process fails: it called read-metadata of filesystem, which it was not granted/],
  "wasm-socket": [/^library: it imports "wasi:sockets\/tcp@0\.2\.0", and no plugin is given WASI/],
  "wasm-stack": [/^shape: process fails: it fell over in process.*: Out of bounds memory access/],
  "wasm-trap": [/^shape: process fails: it fell over in process.*: Out of bounds memory access/],
  "wasm-ungranted": [/^shape: process fails: it called get of config, which it was not granted; ask for config/],
  "wasm-writer": [/^library: it imports "wasi:filesystem\/types@0\.2\.0", and no plugin is given WASI/],
  "wrong-abi": [/^library: incompatible ABI 2 \(core=1\)/],
  "wrong-size": [/^shape: process puts out 1001 frames for a block of 1; at most 64 were promised/],
};

const plugins = BAD_FOLDERS.filter((folder) => folder !== BAD_PYTHON).flatMap((folder) =>
  readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory()),
);
/** Waiting for these takes longer than all others together. */
const SLOW = ["hang", "script-hang", "script-flood", "script-workers", "script-objects", "wasm-hang", "wasm-flood"];
const isTried = ({ name }: { name: string }) => !process.env.STAGEBOX_QUICK || !SLOW.includes(name);
if (process.env.STAGEBOX_QUICK) console.log(`skipped: conformance of the bad plugins ${SLOW.join(", ")}: --quick`);

test.each(plugins.filter(isTried).map(({ name, parentPath }) => [name, parentPath] as const))(
  "%s",
  async (name, folder) => {
    const { signal } = new AbortController();
    const results = await Array.fromAsync(
      checkPlugin(readPlugin(join(folder, name), "user"), { seed: 3, quick: true, signal }),
    );
    const words = wordsOf(failuresOf(results)).join("\n");
    for (const { source } of REASONS[name] ?? [/^a reason of its own/]) expect(words).toMatch(new RegExp(source, "m"));
    expect(existsSync(evidence)).toBe(false);
  },
  120_000,
);

test("the evidence would have been seen", () => {
  rmSync(join(evidence, ".."), { recursive: true });
  expect(Object.keys(REASONS)).toEqual(expect.arrayContaining(plugins.map(({ name }) => name)));
});
