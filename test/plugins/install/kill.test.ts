// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type InstallOptions, installPlugin } from "../../../src/plugins/install/install.ts";
import { Staging, sweep } from "../../../src/plugins/install/staging.ts";
import { namesIn, testFolders } from "../folders.fixture.ts";

const { fresh, gain } = testFolders();
const ROUNDS = process.env.STAGEBOX_QUICK ? 8 : 40;
const PARTS = 40;

function options(plugins: string): InstallOptions {
  return { plugins, signal: new AbortController().signal, tell: () => {}, preflight: async () => {} };
}

/** A plugin that says in many files which one it is. */
async function saying(word: string): Promise<string> {
  const parts = Array.from({ length: PARTS }, (_, i) => [`parts/${i}`, word]);
  return (await installPlugin(gain(Object.fromEntries(parts)), options(fresh()))).folder;
}

test("whenever an installation is killed, what was there is there, whole, and the next one tidies up", async () => {
  const [a, b, plugins] = [await saying("a"), await saying("b"), fresh()];
  await installPlugin(a, options(plugins));
  const whole = namesIn(join(plugins, "gain"));
  const found = new Set<string>();
  let left = 0;
  // On a busy machine it takes longer until an installation comes to its end.
  for (let round = 0; round < ROUNDS || (found.size < 2 && round < 10 * ROUNDS); round++) {
    const child = Bun.spawn([process.execPath, join(import.meta.dir, "kill-install.ts"), plugins, a, b], {
      stdout: "pipe",
      stderr: "inherit",
    });
    await child.stdout.getReader().read(); // it has begun
    await Bun.sleep(Math.random() * (60 + 5 * round));
    child.kill("SIGKILL");
    await child.exited;
    expect(namesIn(join(plugins, "gain"))).toEqual(whole);
    const words = new Set(
      Array.from({ length: PARTS }, (_, i) => readFileSync(join(plugins, `gain/1.0.0/parts/${i}`), "utf8")),
    );
    expect(words.size).toBe(1);
    for (const word of words) found.add(word);
    left += readdirSync(plugins).length - 1;
  }
  expect(left).toBeGreaterThan(0); // else it was never killed in the middle
  expect([...found].sort()).toEqual(["a", "b"]);
  await installPlugin(a, options(plugins));
  expect(readdirSync(plugins)).toEqual(["gain"]);
}, 120_000);

test("of two that install at once, both come through, and neither sweeps the other's work", async () => {
  const [a, b, plugins] = [await saying("a"), await saying("b"), fresh()];
  await Promise.all([a, b, a, b].map((source) => installPlugin(source, options(plugins))));
  expect(readdirSync(plugins)).toEqual(["gain"]);
  expect(namesIn(join(plugins, "gain/1.0.0/parts"))).toHaveLength(PARTS);
});

test("what was set aside when the power went is put back; what is new stays", () => {
  const plugins = fresh();
  const staging = new Staging(plugins);
  const dead = join(plugins, ".installing-999999999-1-abc");
  for (const version of ["1.0.0", "2.0.0"]) {
    mkdirSync(join(staging.folder, "old/gain", version), { recursive: true });
    writeFileSync(join(staging.folder, "old/gain", version, "plugin.toml"), `old ${version}`);
  }
  mkdirSync(join(plugins, "gain/2.0.0"), { recursive: true });
  writeFileSync(join(plugins, "gain/2.0.0/plugin.toml"), "new 2.0.0");
  sweep(plugins);
  expect(readdirSync(plugins)).toContainEqual(expect.stringMatching(/^\.installing-/)); // we still run
  renameSync(staging.folder, dead);
  sweep(plugins);
  expect(namesIn(plugins)).toEqual([
    "gain",
    "gain/1.0.0",
    "gain/1.0.0/plugin.toml",
    "gain/2.0.0",
    "gain/2.0.0/plugin.toml",
  ]);
  expect(readFileSync(join(plugins, "gain/1.0.0/plugin.toml"), "utf8")).toBe("old 1.0.0");
  expect(readFileSync(join(plugins, "gain/2.0.0/plugin.toml"), "utf8")).toBe("new 2.0.0");
});
