// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { satisfies } from "semver";
import { dependencyOrder, findCycle } from "../../../src/plugins/discovery/dependency-order.ts";
import { ABI_MAJOR, ABI_MINOR, chooseVersions, thisMachine } from "../../../src/plugins/discovery/versions.ts";
import type { PluginChoice } from "../../../src/plugins/plugin.ts";
import { version as boxVersion } from "../../../src/version.ts";
import { temporaryFolders } from "../../store/temporary-folder.ts";
import { foundPlugin, writeTree } from "../manifest.fixture.ts";

const newFolder = temporaryFolders();
const TRIPLE = "aarch64-linux-gnu";
const MACHINE = { triple: TRIPLE, stagebox: "0.2.0" };

/** Plugins that need no library. */
const ui = (id: string, version: string, dependencies: Record<string, string> = {}, more: object = {}) =>
  foundPlugin(`/plugins/${id}/${version}`, { id, version, type: "ui", dependencies, ...more });

function choose(plugins: ReturnType<typeof ui>[], choices: Record<string, Partial<PluginChoice>> = {}) {
  const all = Object.entries(choices).map(([id, it]) => [id, { enabled: true, ...it }] as const);
  return chooseVersions(plugins, new Map(all), MACHINE);
}

/** `gain 1.0.0`, or `gain: why not`. */
const words = (chosen: ReturnType<typeof choose>) =>
  chosen.map(({ id, plugin, problem }) => (problem ? `${id}: ${problem}` : `${id} ${plugin.manifest.version}`));

test("the ABI is that of the headers, the triple that of the machine", () => {
  const header = readFileSync(join(import.meta.dir, "../../../native/include/stagebox/plugin.h"), "utf8");
  expect(header).toContain(`#define SB_ABI_MAJOR ${ABI_MAJOR}u\n#define SB_ABI_MINOR ${ABI_MINOR}u\n`);
  const { triple, stagebox } = thisMachine();
  expect(`${Bun.spawnSync(["gcc", "-dumpmachine"]).stdout}`.trim()).toBe(triple);
  expect(stagebox).toBe(boxVersion);
});

describe("of one plugin", () => {
  test("the newest release, and all versions in that order", () => {
    const [gain] = choose([ui("gain", "1.9.0"), ui("gain", "2.0.0-rc.1"), ui("gain", "1.10.0")]);
    expect(gain?.plugin.manifest.version).toBe("1.10.0");
    expect(gain?.versions.map(({ version, active }) => [version, active])).toEqual([
      ["1.10.0", true],
      ["1.9.0", false],
      ["2.0.0-rc.1", false],
    ]);
  });

  test("a pre-release where there is nothing else, or it is pinned", () => {
    expect(words(choose([ui("a", "1.0.0-rc.1"), ui("a", "1.0.0-rc.2")]))).toEqual(["a 1.0.0-rc.2"]);
    const both = [ui("a", "1.0.0"), ui("a", "2.0.0-rc.1")];
    expect(words(choose(both, { a: { pinned: "2.0.0-rc.1" } }))).toEqual(["a 2.0.0-rc.1"]);
  });

  test("a version that cannot run here gives way to one that can, and says why", () => {
    const [gain] = choose([
      ui("gain", "1.0.0"),
      ui("gain", "1.1.0", {}, { requires: { stagebox: ">=9" } }),
      ui("gain", "1.2.0", {}, { requires: { abi: "2.0" } }),
    ]);
    expect(gain?.plugin.manifest.version).toBe("1.0.0");
    expect(gain?.versions.map(({ problem }) => problem)).toEqual([
      "incompatible ABI 2 (core=1)",
      "needs Stagebox >=9; this is 0.2.0",
      undefined,
    ]);
  });

  test("a development version of the box counts as that version", () => {
    const plugins = [ui("a", "1.0.0", {}, { requires: { stagebox: ">=0.1.0" } })];
    const [a] = chooseVersions(plugins, new Map(), { triple: TRIPLE, stagebox: "0.2.0-dev" });
    expect(a?.problem).toBeUndefined();
  });

  test("pinned to what cannot run, or is not there", () => {
    const plugins = [ui("a", "1.0.0"), ui("a", "2.0.0", {}, { requires: { abi: "2.0" } })];
    expect(words(choose(plugins, { a: { pinned: "2.0.0" } }))).toEqual(["a: incompatible ABI 2 (core=1)"]);
    expect(words(choose(plugins, { a: { pinned: "3.0.0" } }))).toEqual([
      "a: pinned to 3.0.0, which is not there; unpin it, or pin it to what is: 2.0.0, 1.0.0",
    ]);
  });
});

describe("the library for this machine", () => {
  const gain = (files: Record<string, string>, more: object = {}) => {
    const { path } = newFolder();
    writeTree(path, files);
    return words(choose([foundPlugin(path, { id: "my-gain", ...more })]));
  };

  test("is there, or it is said what to do", () => {
    expect(gain({ [`bin/${TRIPLE}/libmy_gain.so`]: "" })).toEqual(["my-gain 1.0.0"]);
    expect(gain({ "bin/x86_64-linux-gnu/libmy_gain.so": "" })).toEqual([
      `my-gain: there is no bin/${TRIPLE}/libmy_gain.so: build it with stagebox plugin build`,
    ]);
    expect(gain({ [`bin/${TRIPLE}/libmy_gain.so/x`]: "" })).toEqual([
      `my-gain: bin/${TRIPLE}/libmy_gain.so is not a file: build it with stagebox plugin build`,
    ]);
  });

  test("is not needed by what has no code: unless it brings stages", () => {
    expect(gain({}, { type: "workflow" })).toEqual(["my-gain 1.0.0"]);
    expect(gain({}, { type: "workflow", stages: { gain: { name: "G" } } })[0]).toContain("there is no bin/");
  });
});

describe("dependencies", () => {
  test("come first", () => {
    const chosen = choose([ui("a", "1.0.0", { b: "^1.0.0" }), ui("b", "1.2.0", { c: "*" }), ui("c", "0.1.0")]);
    expect(words(chosen)).toEqual(["c 0.1.0", "b 1.2.0", "a 1.0.0"]);
  });

  test("decide which version of them runs", () => {
    expect(words(choose([ui("a", "1.0.0", { b: "^1.0.0" }), ui("b", "1.2.0"), ui("b", "2.0.0")]))).toEqual([
      "b 1.2.0",
      "a 1.0.0",
    ]);
  });

  test("and an older version runs if that one's dependencies can be met", () => {
    const [, a] = choose([ui("a", "1.0.0", { b: "^1.0.0" }), ui("a", "2.0.0", { b: "^2.0.0" }), ui("b", "1.0.0")]);
    expect(a?.plugin.manifest.version).toBe("1.0.0");
    expect(a?.versions[0]?.problem).toBe("needs b ^2.0.0, but b 1.0.0 runs");
  });

  test("that are not there, are off, or cannot run", () => {
    const plugins = [
      ui("a", "1.0.0", { gone: "*", off: "^1.0.0" }),
      ui("b", "1.0.0", { bad: "*" }),
      ui("bad", "1.0.0", {}, { requires: { abi: "2.0" } }),
      ui("off", "1.0.0"),
    ];
    const chosen = words(choose(plugins, { off: { enabled: false } }));
    expect(chosen.toSorted()).toEqual([
      "a: needs gone *, which is not installed; needs off ^1.0.0, which is disabled; enable it",
      "b: needs bad *, which cannot run: incompatible ABI 2 (core=1)",
      "bad: incompatible ABI 2 (core=1)",
      "off 1.0.0",
    ]);
  });

  test("in conflict: who wants what", () => {
    const plugins = [
      ui("a", "1.0.0", { shared: "^1.0.0" }),
      ui("b", "1.5.0", { shared: "^2.0.0" }),
      ui("c", "1.0.0", { shared: ">=2" }),
      ...["1.0.0", "2.0.0", "3.0.0"].map((version) => ui("shared", version)),
    ];
    expect(words(choose(plugins)).toSorted()).toEqual([
      "a: needs shared ^1.0.0, but shared 2.0.0 runs, as b 1.5.0 wants ^2.0.0, c 1.0.0 wants >=2",
      "b 1.5.0",
      "c 1.0.0",
      "shared 2.0.0",
    ]);
  });

  test("who cannot run for another reason is in nobody's way", () => {
    const plugins = [
      ui("a", "1.0.0", { shared: "^1.0.0" }),
      ui("b", "1.0.0", { shared: "^2.0.0", gone: "*" }),
      ui("shared", "1.0.0"),
      ui("shared", "2.0.0"),
    ];
    expect(words(choose(plugins))).toEqual([
      "shared 1.0.0",
      "a 1.0.0",
      "b: needs shared ^2.0.0, but shared 1.0.0 runs, as a 1.0.0 wants ^1.0.0; needs gone *, which is not installed",
    ]);
  });

  test("in a circle: named, while the rest runs", () => {
    const plugins = [
      ui("a", "1.0.0", { b: "*" }),
      ui("b", "1.0.0", { c: "*" }),
      ui("c", "1.0.0", { b: "*" }),
      ui("d", "1.0.0"),
      ui("self", "1.0.0", { self: "*" }),
    ];
    expect(words(choose(plugins)).toSorted()).toEqual([
      "a: needs b *, which cannot run: depends on itself: b -> c -> b",
      "b: depends on itself: b -> c -> b",
      "c: depends on itself: c -> b -> c",
      "d 1.0.0",
      "self: depends on itself: self -> self",
    ]);
  });

  test("pre-releases are wanted by name, as semver has it", () => {
    const b = [ui("b", "1.0.0"), ui("b", "2.0.0-rc.1")];
    expect(words(choose([ui("a", "1.0.0", { b: ">=1" }), ...b]))).toContain("b 1.0.0");
    expect(words(choose([ui("a", "1.0.0", { b: "^2.0.0-rc.1" }), ...b]))).toContain("b 2.0.0-rc.1");
  });
});

test("what is said to run can: one version each, dependencies met and first, no circle", () => {
  const id = fc.constantFrom("a", "b", "c", "d");
  const version = fc.constantFrom("1.0.0", "1.1.0", "2.0.0", "2.0.0-rc.1");
  const range = fc.constantFrom("*", "^1.0.0", "^2.0.0", ">=1.1.0", "^2.0.0-rc.1", "9.x");
  const plugin = fc
    .tuple(id, version, fc.dictionary(id, range, { maxKeys: 2, noNullPrototype: true }))
    .map((it) => ui(...it));
  const plugins = fc.uniqueArray(plugin, { maxLength: 10, selector: ({ folder }) => folder });
  const choices = fc.dictionary(
    id,
    fc.record({ enabled: fc.boolean(), pinned: version }, { requiredKeys: ["enabled"] }),
    {
      noNullPrototype: true,
    },
  );
  let runs = 0;
  fc.assert(
    fc.property(plugins, choices, (plugins, choices) => {
      const chosen = choose(plugins, choices);
      expect(chosen.map(({ id }) => id).toSorted()).toEqual(
        [...new Set(plugins.map((it) => it.manifest.id))].toSorted(),
      );
      const before = new Map<string, string>();
      for (const { id, plugin, problem, versions } of chosen) {
        const { version, dependencies } = plugin.manifest;
        expect(versions.filter(({ active }) => active).map((it) => it.version)).toEqual(problem ? [] : [version]);
        expect(problem).not.toBe("");
        if (problem || choices[id]?.enabled === false) continue;
        if (choices[id]?.pinned) expect(version).toBe(choices[id].pinned);
        for (const [other, range] of Object.entries(dependencies))
          expect(satisfies(before.get(other) ?? "", range)).toBe(true);
        before.set(id, version);
        runs++;
      }
    }),
    { numRuns: 1000 },
  );
  expect(runs).toBeGreaterThan(500);
}, 60_000);

describe("a chain longer than the stack", () => {
  const chain = Array.from({ length: 3000 }, (_, i) => i);
  const links = (i: number): [string, string[]] => [`${i}`, [`${i + 1}`]];

  test("is put in order", () => {
    expect(findCycle(chain, links)).toBeUndefined();
    expect(dependencyOrder(chain, links)).toEqual(chain.toReversed());
  });

  test("or found to be a circle", () => {
    expect(findCycle(chain, (i) => [`${i}`, [`${(i + 1) % 3000}`]])).toHaveLength(3001);
  });
});
