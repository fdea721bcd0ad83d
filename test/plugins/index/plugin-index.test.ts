// SPDX-License-Identifier: Apache-2.0
import { expect, setDefaultTimeout, test } from "bun:test";
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { ProblemsError } from "../../../src/pipeline/problem.ts";
import { parseIndex } from "../../../src/plugins/index/index-file.ts";
import { makeIndex } from "../../../src/plugins/index/make-index.ts";
import { PluginIndex } from "../../../src/plugins/index/plugin-index.ts";
import { exportRatings, foldRatings, type Rating } from "../../../src/plugins/index/ratings.ts";
import { search } from "../../../src/plugins/index/search.ts";
import { wantedPlugin } from "../../../src/plugins/index/wanted-plugin.ts";
import type { SecretKey } from "../../../src/plugins/signature/secret-key.ts";
import { DataFolder } from "../../../src/store/folder.ts";
import { TRIPLES } from "../../../src/triple.ts";
import { problemsOf, testFolders } from "../folders.fixture.ts";
import { writeTree } from "../manifest.fixture.ts";
import { newKey, trust } from "../signature/signed.fixture.ts";
import { presetPlugin, putBundle, putIndex } from "./index.fixture.ts";

setDefaultTimeout(60_000);
const { fresh } = testFolders();
const NEVER = new AbortController().signal;
const STAGEBOX_PLUGINS = process.env.STAGEBOX_PLUGINS;
process.env.STAGEBOX_PLUGINS = "";
process.on("exit", () => {
  process.env.STAGEBOX_PLUGINS = STAGEBOX_PLUGINS ?? "";
});

/** A folder with these bundles and their index, and a box that asks nobody yet. */
async function kept(...plugins: [id: string, version: string, more?: object][]) {
  const [folder, secret, data] = [fresh(), await newKey(), new DataFolder(fresh())];
  for (const [id, version, more] of plugins)
    putBundle(folder, presetPlugin(join(fresh(), id), id, version, more), secret);
  putIndex(folder, secret);
  return { folder, secret, data, box: new PluginIndex(data, () => {}) };
}

function into(data: DataFolder) {
  return { plugins: data.plugins, signal: NEVER, tell() {}, preflight: async () => {} };
}

async function install(box: PluginIndex, data: DataFolder, name: string): Promise<string[]> {
  const offers = await box.look(NEVER);
  const steps = await box.plan(wantedPlugin(name) ?? { id: "", range: "" }, offers);
  const installed = await box.install(steps, offers, into(data));
  return installed.map(({ manifest }) => `${manifest.id} ${manifest.version}`);
}

const APP = ["app", "1.0.0", { dependencies: { base: "^1.0.0" } }] as [string, string, object];

test("by path: what is wanted comes with what it needs, signed as its author left it", async () => {
  const { folder, secret, data, box } = await kept(APP, ["base", "1.2.0"], ["base", "2.0.0"]);
  await box.sources.add(folder, secret.public.line);
  expect(await install(box, data, "app")).toEqual(["base 1.2.0", "app 1.0.0"]);
  expect(existsSync(join(data.plugins, "base/1.2.0/SHA256SUMS.minisig"))).toBe(true);
  expect(await install(box, data, "app")).toEqual([]);
  expect(await problemsOf(() => install(box, data, "base@^2"))).toEqual(["base ^2: app 1.0.0 wants ^1.0.0"]);
});

test("by web, below whatever address, and only from there", async () => {
  const { folder, secret, data, box } = await kept(APP, ["base", "1.2.0"]);
  const asked: string[] = [];
  const server = Bun.serve({
    ...{ port: 0, hostname: "127.0.0.1" },
    fetch(request) {
      const { pathname } = new URL(request.url);
      asked.push(pathname);
      return new Response(Bun.file(join(folder, pathname.replace("/some/where/", ""))));
    },
  });
  try {
    await box.sources.add(`http://127.0.0.1:${server.port}/some/where`, secret.public.line);
    expect(await install(box, data, "app")).toEqual(["base 1.2.0", "app 1.0.0"]);
    expect(asked.every((path) => path.startsWith("/some/where/"))).toBe(true);
  } finally {
    server.stop(true);
  }
});

test("an index is taken from its own key, or from one that the box trusts, and from nobody else", async () => {
  const { folder, secret, data, box } = await kept(["base", "1.0.0"]);
  const problems = async () => (await box.look(NEVER)).problems.map(({ message }) => message);
  await box.sources.add(folder);
  expect(await problems()).toEqual([expect.stringContaining("is signed by nobody whom this box trusts")]);
  trust(data.trusted_keys, "keeper", secret);
  expect(await problems()).toEqual([]);
  const other = await newKey();
  await box.sources.add(folder, other.public.line);
  expect(await problems()).toEqual([expect.stringContaining("not with the key that was given for it")]);
});

test("an index from before, or one that was touched, is not taken; other indexes still are", async () => {
  const { folder, secret, data, box } = await kept(["base", "1.0.0"]);
  const old = fresh();
  for (const name of ["index.json", "index.json.minisig"]) copyFileSync(join(folder, name), join(old, name));
  putIndex(folder, secret);
  await box.sources.add(folder, secret.public.line);
  expect((await box.look(NEVER)).plugins.size).toBe(1);
  for (const name of ["index.json", "index.json.minisig"]) copyFileSync(join(old, name), join(folder, name));
  const second = await kept(["other", "1.0.0"]);
  await box.sources.add(second.folder, second.secret.public.line);
  const { plugins, problems } = await box.look(NEVER);
  expect([...plugins.keys()]).toEqual(["other"]);
  expect(problems[0]?.message).toMatch(/^was made .* was seen there: somebody may be holding back what is new/);
  // A new box, or somebody who means it, takes it.
  await box.sources.remove(folder);
  await box.sources.add(folder, secret.public.line);
  expect((await box.look(NEVER)).plugins.size).toBe(2);
  writeFileSync(join(folder, "index.json"), readFileSync(join(folder, "index.json"), "utf8").replace("1.0.0", "1.0.1"));
  expect((await new PluginIndex(data, () => {}).look(NEVER)).problems[0]?.message).toContain("not with the key");
});

test("a later index cannot take over what an earlier one has", async () => {
  const first = await kept(["base", "1.0.0"]);
  const second = await kept(["base", "9.0.0"]);
  await first.box.sources.add(first.folder, first.secret.public.line);
  await first.box.sources.add(second.folder, second.secret.public.line);
  expect(await install(first.box, first.data, "base")).toEqual(["base 1.0.0"]);
});

test.each<[string, (folder: string, secret: SecretKey) => void, RegExp]>([
  [
    "another bundle",
    (folder) => writeFileSync(join(folder, "base-1.0.0.zip"), "x"),
    /is not the bundle that the index/,
  ],
  [
    "a longer bundle",
    (folder) => writeFileSync(join(folder, "base-1.0.0.zip"), Buffer.alloc(2 ** 20)),
    /has 1048576 bytes; at most/,
  ],
  ["no bundle", (folder) => rmSync(join(folder, "base-1.0.0.zip")), /is not there/],
  [
    "another plugin's bundle",
    (folder, secret) => putIndex(folder, secret, (text) => text.replace('"version":"1.0.0"', '"version":"1.0.7"')),
    /is base 1.0.0, though the index says base 1.0.7/,
  ],
])("%s is not installed", async (_, change, words) => {
  const { folder, secret, data, box } = await kept(["base", "1.0.0"]);
  change(folder, secret);
  await box.sources.add(folder, secret.public.line);
  expect((await problemsOf(() => install(box, data, "base"))).join()).toMatch(words);
  expect(existsSync(join(data.plugins, "base"))).toBe(false);
});

test.each(["../x.zip", "/etc/x.zip", "http://example.org/x.zip", "a//b.zip", "C:x.zip"])(
  "no bundle lies at %s",
  async (address) => {
    const { folder } = await kept(["base", "1.0.0"]);
    const text = readFileSync(join(folder, "index.json"), "utf8").replace("base-1.0.0.zip", address);
    expect((await problemsOf(() => parseIndex(Buffer.from(text), "i"))).join()).toContain("versions/0/address");
  },
);

test("all that is wrong with a folder of bundles is told at once", async () => {
  const { folder, secret } = await kept(["base", "1.0.0"]);
  mkdirSync(join(folder, "more"));
  copyFileSync(join(folder, "base-1.0.0.zip"), join(folder, "more/again.zip"));
  writeFileSync(join(folder, "broken.zip"), "x");
  const problems = await problemsOf(() => putIndex(folder, secret));
  expect(problems).toEqual([
    expect.stringMatching(/broken.zip: is not a zip file/),
    expect.stringMatching(/again.zip: is base 1.0.0, and so is base-1.0.0.zip; remove one/),
  ]);
});

test("an index never is older than the one before it, whatever the clock says", async () => {
  const { folder } = await kept(["base", "1.0.0"]);
  const before = parseIndex(readFileSync(join(folder, "index.json")), "i").made;
  expect(makeIndex(folder, new Date(0)).index.made > before).toBe(true);
});

test("a plugin of a language is for every machine, and nothing of it is compiled", async () => {
  const [folder, secret, plugin] = [fresh(), await newKey(), join(fresh(), "plain-gain")];
  cpSync(join(import.meta.dir, "../../../plugins/plain-gain"), plugin, { recursive: true });
  writeTree(plugin, { "src/fast.c": "" });
  putBundle(folder, plugin, secret);
  const [made] = makeIndex(folder, new Date()).index.plugins;
  const { kind, machines, builds } = made?.versions[0] ?? {};
  expect({ kind, machines, builds }).toEqual({ kind: "python", machines: [...TRIPLES], builds: false });
});

test("ratings: the latest of each key, only what it signed, whichever way the files are called", async () => {
  const [anna, bert] = [await newKey(), await newKey()];
  const { folder, secret, box } = await kept(["base", "1.0.0"], ["other", "1.0.0"]);
  const rated = (id: string, stars: number, day: number): Rating => ({
    ...{ id, version: "1.0.0", stars },
    time: `2030-01-0${day}T00:00:00.000Z`,
  });
  mkdirSync(join(folder, "ratings"));
  const put = (name: string, key: SecretKey, ratings: Rating[], change = (text: string) => text) => {
    const { text, signature } = exportRatings(ratings, key);
    writeFileSync(join(folder, "ratings", `${name}.json`), change(text));
    writeFileSync(join(folder, "ratings", `${name}.json.minisig`), signature);
  };
  put("anna", anna, [rated("base", 1, 1)]);
  put("anna-again", anna, [rated("base", 5, 2)]);
  put("bert", bert, [rated("base", 4, 1), rated("other", 2, 1)]);
  put("forged", bert, [rated("base", 1, 3)], (text) => text.replace(bert.public.line, anna.public.line));
  put("stuffed", bert, [rated("base", 3, 3)], (text) => text.replace('"stars": 3', '"stars": 7'));
  const { ratings, problems } = foldRatings(join(folder, "ratings"));
  expect(Object.fromEntries(ratings)).toEqual({ base: { mean: 4.5, count: 2 }, other: { mean: 2, count: 1 } });
  expect(problems).toHaveLength(2);
  putIndex(folder, secret);
  await box.sources.add(folder, secret.public.line);
  const { plugins } = await box.look(NEVER);
  expect(search(plugins.values(), "").map(({ plugin }) => plugin.id)).toEqual(["base", "other"]);
  expect(search(plugins.values(), "MULTIPLIES other").map(({ plugin }) => [plugin.id, plugin.rating?.mean])).toEqual([
    ["other", 2], // by name, and "base" by its category
    ["base", 4.5],
  ]);
  expect(search(plugins.values(), "nothing")).toEqual([]);
});

test("an index from a stranger is read or refused in words, and what is read is as it should be", async () => {
  const { folder } = await kept(APP, ["base", "1.0.0"]);
  const good = JSON.parse(readFileSync(join(folder, "index.json"), "utf8"));
  const value = fc.oneof(fc.jsonValue(), fc.constantFrom("__proto__", "../x", 1e308, -1, "9".repeat(300)));
  const places = [["made"], ["plugins"], ["plugins", 0, "id"], ["plugins", 0, "versions"], ["plugins", 0, "rating"]];
  const inside = ["version", "address", "bytes", "sha256", "dependencies", "machines"].map((key) => [
    "plugins",
    0,
    "versions",
    0,
    key,
  ]);
  fc.assert(
    fc.property(fc.constantFrom(...places, ...inside), value, (place, odd) => {
      const index = structuredClone(good);
      const last = place.at(-1) as string;
      const around = place.slice(0, -1).reduce<Record<string, unknown>>((it, key) => it[key] as never, index);
      around[last] = odd;
      try {
        const { plugins } = parseIndex(Buffer.from(JSON.stringify(index)), "i");
        for (const { versions } of plugins) for (const { address } of versions) expect(address).not.toContain("..");
      } catch (error) {
        if (!(error instanceof ProblemsError)) throw error;
      }
    }),
    { numRuns: 500 },
  );
  for (const text of ["", "[]", "null", "{", '{"schema":2}'])
    expect((await problemsOf(() => parseIndex(Buffer.from(text), "i"))).length).toBeGreaterThan(0);
});

test.each<[string, object | undefined]>([
  ["gain", { id: "gain", range: "*" }],
  ["gain@^1.2", { id: "gain", range: "^1.2" }],
  ["gain@>=1 <2", { id: "gain", range: ">=1 <2" }],
  ["./gain", undefined],
  ["gain.zip", undefined],
  ["git@example.org:gain", undefined],
  ["https://example.org/gain", undefined],
])("%s as the name of a plugin", (typed, wanted) => {
  if (typed.startsWith("git@")) expect(() => wantedPlugin(typed)).toThrow("is not a range of versions");
  else expect(wantedPlugin(typed)).toEqual(wanted as never);
});
