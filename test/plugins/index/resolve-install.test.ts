// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import fc from "fast-check";
import { satisfies } from "semver";
import { ProblemsError } from "../../../src/pipeline/problem.ts";
import type { IndexedPlugin, IndexedVersion } from "../../../src/plugins/index/index-file.ts";
import { type Present, resolveInstall } from "../../../src/plugins/index/resolve-install.ts";

const HERE = { triple: "x86_64-linux-gnu", stagebox: "1.0.0" };

type Versions = Record<string, Record<string, string>>;

/** `{ a: { "1.0.0": { b: "^1" } } }` as an index. */
function indexOf(plugins: Record<string, Versions>, more: Partial<IndexedVersion> = {}): Map<string, IndexedPlugin> {
  return new Map(
    Object.entries(plugins).map(([id, versions]) => [
      id,
      {
        ...{ id, name: id, description: id, authors: ["A"], license: "MIT", type: "effect", category: "c" },
        capabilities: [],
        versions: Object.entries(versions).map(([version, dependencies]) => ({
          ...{ version, dependencies, address: `${id}-${version}.zip`, bytes: 1, sha256: "0".repeat(64) },
          ...{ kind: "native", machines: [HERE.triple], builds: false, ...more },
        })),
      } as IndexedPlugin,
    ]),
  );
}

/** `installed` runs; `more`: what else is known of the box. */
function planned(
  id: string,
  range: string,
  index: Map<string, IndexedPlugin>,
  installed: Present["installed"] = [],
  more: Partial<Present> = {},
) {
  const present = { installed: installed.map((it) => ({ ...it, kept: true })), ...more };
  return resolveInstall({ id, range }, index, present, HERE).map((step) => `${step.id} ${step.version.version}`);
}

function refusal(...given: Parameters<typeof planned>): string {
  try {
    planned(...given);
  } catch (error) {
    if (error instanceof ProblemsError) return error.message;
    throw error;
  }
  throw new Error("it was not refused");
}

test("the newest that fits, what it needs before it", () => {
  const index = indexOf({
    app: { "1.0.0": {}, "2.0.0": { codec: "^1.0.0", filters: ">=1" }, "3.0.0-beta.1": {} },
    codec: { "1.0.0": {}, "1.4.0": { filters: "^1.0.0" }, "2.0.0": {} },
    filters: { "1.0.0": {}, "1.9.0": {}, "2.0.0": {} },
  });
  expect(planned("app", "*", index)).toEqual(["filters 1.9.0", "codec 1.4.0", "app 2.0.0"]);
  expect(planned("app", "^1", index)).toEqual(["app 1.0.0"]);
  expect(planned("app", "3.0.0-beta.1", index)).toEqual(["app 3.0.0-beta.1"]);
});

test("an older one is taken where the newest would lead into a conflict", () => {
  const index = indexOf({
    app: { "1.0.0": { a: "*", b: "*" } },
    a: { "1.0.0": { c: "^1.0.0" }, "2.0.0": { c: "^2.0.0" } },
    b: { "1.0.0": { c: "^1.0.0" } },
    c: { "1.0.0": {}, "2.0.0": {} },
  });
  expect(planned("app", "*", index)).toEqual(["c 1.0.0", "a 1.0.0", "b 1.0.0", "app 1.0.0"]);
});

test("what is installed is kept where it does, replaced where it does not, and spared what it cannot do with", () => {
  const index = indexOf({
    app: { "1.0.0": { c: "^1.0.0" }, "2.0.0": { c: "^2.0.0" } },
    c: { "1.5.0": {}, "2.0.0": {} },
  });
  const c = { id: "c", version: "1.0.0", dependencies: {} };
  expect(planned("app", "^1", index, [c])).toEqual(["app 1.0.0"]);
  expect(planned("app", "*", index, [c])).toEqual(["c 2.0.0", "app 2.0.0"]);
  const old = { id: "old", version: "1.0.0", dependencies: { c: "^1.0.0" } };
  expect(planned("app", "*", index, [c, old])).toEqual(["app 1.0.0"]);
  expect(refusal("app", "^2", index, [c, old])).toBe(
    "app ^2: needs c ^2.0.0, but c 1.0.0 runs, as old 1.0.0 wants ^1.0.0",
  );
  expect(planned("c", "*", index, [{ ...c, version: "2.0.0" }])).toEqual([]);
});

test("a conflict is told with the chains that led there", () => {
  const index = indexOf({
    app: { "1.0.0": { a: "^1.0.0", b: "^1.0.0" } },
    a: { "1.0.0": { c: "^1.0.0" } },
    b: { "1.0.0": { c: "^2.0.0" } },
    c: { "1.0.0": {}, "2.0.0": {} },
  });
  expect(refusal("app", "*", index)).toBe(
    "app: does not go together with the rest: c is wanted ^1.0.0 by a 1.0.0 and ^2.0.0 by b 1.0.0",
  );
  const loop = indexOf({ a: { "1.0.0": { b: "*" } }, b: { "1.0.0": { a: "*" } } });
  expect(refusal("a", "*", loop)).toBe("a: depends on itself: a -> b -> a");
  expect(refusal("a", "*", indexOf({ a: { "1.0.0": { gone: "^1" } } }))).toBe("a: needs gone ^1, which is in no index");
  expect(refusal("filtres", "*", indexOf({ filters: { "1.0.0": {} } }))).toBe(
    '"filtres" is in no index; did you mean "filters"?',
  );
  expect(refusal("filters", "^2", indexOf({ filters: { "1.0.0": {} } }))).toBe(
    "filters ^2: ^2 is wanted, and there is 1.0.0",
  );
});

test.each<[Partial<IndexedVersion>, string]>([
  [{ stagebox: ">=2" }, "needs Stagebox >=2; this is 1.0.0"],
  [{ abi: "9.0" }, "incompatible ABI 9 (core=1)"],
  [{ machines: ["aarch64-linux-gnu"] }, "brings nothing that runs on x86_64-linux-gnu, nor sources"],
  [{ kind: "python", machines: [] }, "brings nothing that runs on x86_64-linux-gnu, nor sources"],
  [{ kind: "quantum" }, 'runtime kind "quantum" is not supported by this version'],
  [{ kind: "constructor" }, 'runtime kind "constructor" is not supported by this version'],
])("what cannot run here is not chosen: %j", (more, words) => {
  expect(refusal("a", "*", indexOf({ a: { "1.0.0": {} } }, more))).toBe(`a: ${words}`);
});

test("a pin counts for what an index has, unless a version is asked for by name", () => {
  const index = indexOf({
    app: { "1.0.0": { c: "^1.0.0" }, "2.0.0": { c: "^2.0.0" } },
    c: { "1.0.0": {}, "1.5.0": {}, "2.0.0": {} },
  });
  const choices = new Map([["c", { pinned: "1.5.0" }]]);
  expect(planned("app", "*", index, [], { choices })).toEqual(["c 1.5.0", "app 1.0.0"]);
  expect(refusal("app", "^2", index, [], { choices })).toBe(
    "app ^2: needs c ^2.0.0, which cannot run: c is pinned to 1.5.0",
  );
  expect(planned("c", "*", index, [], { choices })).toEqual(["c 1.5.0"]);
  expect(refusal("c", "^2", index, [], { choices })).toBe("c ^2: c is pinned to 1.5.0");
});

test("nobody depends on what is disabled, and what is disabled can be installed all the same", () => {
  const index = indexOf({ app: { "1.0.0": { c: "*" } }, c: { "1.0.0": {}, "2.0.0": {} } });
  const more = {
    installed: [{ id: "c", version: "1.0.0", dependencies: {} }],
    blocked: new Map([["c", "is disabled; enable it"]]),
  };
  expect(refusal("app", "*", index, [], more)).toBe("app: needs c *, which is disabled; enable it");
  expect(planned("c", "*", index, [], more)).toEqual(["c 2.0.0"]);
});

test("what is compiled in is depended on like any plugin, and what the wanted one does not need stays as it is", () => {
  const index = indexOf({
    app: { "1.0.0": { stagebox: "^1.0.0" }, "2.0.0": { stagebox: "^2.0.0" }, "3.0.0": { c: "^2.0.0" } },
    c: { "2.0.0": {} },
    old: { "9.0.0": { c: "*" } },
  });
  const c = { id: "c", version: "1.0.0", dependencies: {} };
  const old = { id: "old", version: "1.0.0", dependencies: { c: "^1.0.0" } };
  expect(planned("app", "*", index, [c, old])).toEqual(["app 1.0.0"]);
  expect(planned("app", "*", index, [c])).toEqual(["c 2.0.0", "app 3.0.0"]);
  expect(planned("old", "*", index, [c, old])).toEqual(["old 9.0.0"]);
});

test("what lies here and cannot run is taken from the index again; an early version comes to those who ask for it", () => {
  const broken = { id: "a", version: "1.0.0", dependencies: {}, problem: "there is no stage.py: write it" };
  const index = indexOf({ a: { "1.0.0": {} }, b: { "2.0.0-beta.1": {} } });
  expect(planned("a", "*", index, [], { installed: [broken] })).toEqual(["a 1.0.0"]);
  expect(planned("b", "2.0.0-beta.1", index)).toEqual(["b 2.0.0-beta.1"]);
  expect(refusal("b", "*", index)).toBe("b: is a pre-release; ask for it as b@2.0.0-beta.1");
});

const IDS = ["a", "b", "c", "d", "e"];
const version = fc
  .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 2 }))
  .map((it) => `${it.join(".")}.0`);
const range = fc.oneof(fc.constantFrom("*", "^1.0.0", "^2.0.0", ">=1.1.0 <3", "3.x"), version);
const dependencies = fc.dictionary(fc.constantFrom(...IDS), range, { maxKeys: 3, noNullPrototype: true });
const market = fc.dictionary(
  fc.constantFrom(...IDS),
  fc.dictionary(version, dependencies, { minKeys: 1, maxKeys: 4, noNullPrototype: true }),
  {
    minKeys: 1,
    noNullPrototype: true,
  },
);

test("whatever is planned holds together; whatever does not is refused, and in time", () => {
  fc.assert(
    fc.property(market, fc.constantFrom(...IDS), range, (plugins, id, wanted) => {
      const index = indexOf(plugins);
      let steps: ReturnType<typeof resolveInstall>;
      try {
        steps = resolveInstall({ id, range: wanted }, index, { installed: [] }, HERE);
      } catch (error) {
        if (error instanceof ProblemsError) return;
        throw error;
      }
      const chosen = new Map(steps.map((step) => [step.id, step.version]));
      expect(chosen.size).toBe(steps.length);
      expect(satisfies(chosen.get(id)?.version ?? "", wanted)).toBe(true);
      for (const [at, step] of steps.entries())
        for (const [needed, of] of Object.entries(step.version.dependencies)) {
          expect(satisfies(chosen.get(needed)?.version ?? "", of)).toBe(true);
          expect(steps.findIndex((it) => it.id === needed)).toBeLessThan(at);
        }
    }),
    { numRuns: 1000 },
  );
});

test("a market in which one way works is never refused, compared with trying all", () => {
  const small = fc.dictionary(
    fc.constantFrom("a", "b", "c"),
    fc.dictionary(version, dependencies, { minKeys: 1, maxKeys: 2, noNullPrototype: true }),
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(small, (plugins) => {
      fc.pre("a" in plugins);
      let isPlanned = true;
      try {
        resolveInstall({ id: "a", range: "*" }, indexOf(plugins), { installed: [] }, HERE);
      } catch {
        isPlanned = false;
      }
      expect(isPlanned).toBe(works(plugins));
    }),
    { numRuns: 500 },
  );
});

/** Every way to choose one version or none of each. */
function works(plugins: Record<string, Versions>): boolean {
  const ids = Object.keys(plugins);
  const ways = ids.reduce<Record<string, string>[]>(
    (all, id) =>
      all.flatMap((way) => [way, ...Object.keys(plugins[id] as Versions).map((it) => ({ ...way, [id]: it }))]),
    [{}],
  );
  return ways.some((way) => way.a !== undefined && Object.keys(way).every((id) => holds(id, way, plugins, [])));
}

function holds(id: string, way: Record<string, string>, plugins: Record<string, Versions>, above: string[]): boolean {
  if (above.includes(id) || way[id] === undefined) return false;
  const needs = plugins[id]?.[way[id]] ?? {};
  return Object.entries(needs).every(
    ([other, of]) => satisfies(way[other] ?? "", of) && holds(other, way, plugins, [...above, id]),
  );
}

test("an index that is made to take for ever is given up on", () => {
  const ids = Array.from({ length: 26 }, (_, at) => String.fromCharCode(97 + at));
  const plugins = Object.fromEntries(
    ids.map((id, at) => [
      id,
      Object.fromEntries(
        Array.from({ length: 8 }, (_, minor) => [
          `1.${minor}.0`,
          ids[at + 1] ? { [ids[at + 1] as string]: "*" } : { nowhere: "*" },
        ]),
      ),
    ]),
  );
  expect(refusal("a", "*", indexOf(plugins))).toMatch(/^a: needs b \*, which cannot run: .* needs what is not there$/);
});
