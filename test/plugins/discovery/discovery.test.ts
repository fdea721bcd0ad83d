// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { mkdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { formatProblem } from "../../../src/pipeline/problem.ts";
import { type Discovery, discover } from "../../../src/plugins/discovery/discover.ts";
import { pluginFolders } from "../../../src/plugins/discovery/folders.ts";
import type { Origin } from "../../../src/plugins/plugin.ts";
import { hostTriple } from "../../../src/triple.ts";
import { temporaryFolders } from "../../store/temporary-folder.ts";
import { manifestText, writeTree } from "../manifest.fixture.ts";

const newFolder = temporaryFolders();

/** A box with the three folders. */
function newBox() {
  const { path: root } = newFolder();
  const folders = (["image", "box", "user"] as const).map((origin) => ({ origin, path: join(root, origin) }));
  for (const { path } of folders) mkdirSync(path);
  const at = (origin: Origin, ...names: string[]) => join(root, origin, ...names);
  return { root, at, scan: () => discover(folders) };
}

const foundIn = ({ found }: Discovery) => found.map(({ origin, manifest: it }) => `${origin} ${it.id} ${it.version}`);
const brokenIn = ({ broken }: Discovery, root: string) =>
  broken.map(({ id, problems }) => `${id}: ${problems.map(formatProblem).join("; ").replaceAll(`${root}/`, "")}`);

test("plugins in all three folders, alone and as versions side by side", () => {
  const { root, scan } = newBox();
  writeTree(root, {
    "image/gain/plugin.toml": manifestText(),
    "box/gain/1.1.0/plugin.toml": manifestText({ version: "1.1.0" }),
    "box/gain/latest/plugin.toml": manifestText({ version: "2.0.0-rc.1" }),
    "user/other-folder/plugin.toml": manifestText({ id: "filter" }),
    "user/README.md": "not a plugin",
    "user/.hidden/plugin.toml": manifestText({ id: "hidden" }),
    "user/.installing-x/plugin.toml": "half",
  });
  const all = scan();
  expect(foundIn(all)).toEqual(["image gain 1.0.0", "box gain 1.1.0", "box gain 2.0.0-rc.1", "user filter 1.0.0"]);
  expect(all.broken).toEqual([]);
});

test("folders that are not there hold nothing", () => {
  expect(discover([{ origin: "user", path: "/nowhere/at/all" }])).toEqual({ found: [], broken: [] });
});

test("one bad plugin never stops the rest, and is named as well as can be", () => {
  const { root, scan } = newBox();
  writeTree(root, {
    "box/a/plugin.toml": manifestText({ id: "good" }),
    "box/b/plugin.toml": "id = ",
    "box/c/plugin.toml": manifestText({ id: "named", version: "1.2.3", type: "x" }),
    "box/d/readme.txt": "",
    "box/e/1.0.0/readme.txt": "",
    "box/f/plugin.toml": "x".repeat(70_000),
    "box/g/plugin.toml/file": "",
  });
  writeTree(root, { "box/h/plugin.toml": "" });
  writeFileSync(join(root, "box/h/plugin.toml"), new Uint8Array([0xff]));
  const all = scan();
  expect(foundIn(all)).toEqual(["box good 1.0.0"]);
  expect(brokenIn(all, root)).toEqual([
    "b: box/b/plugin.toml:1:6: not TOML: invalid value",
    expect.stringMatching(/^named: box\/c\/plugin.toml:7:8: type: "x" is not a choice; choose /),
    "d: box/d: holds no plugin.toml; a plugin is a folder with one, or with folders of versions",
    "1.0.0: box/e/1.0.0/plugin.toml: is not there",
    "f: box/f/plugin.toml: has 70000 bytes; at most 65536 are allowed",
    "g: box/g/plugin.toml: is not a file",
    "h: box/h/plugin.toml: is not UTF-8 text; save it as UTF-8",
  ]);
  expect(all.broken[1]).toMatchObject({ origin: "box", id: "named", version: "1.2.3", folder: join(root, "box/c") });
});

test("what lies beside an image's plugins is none of them, and no mistake", () => {
  const { root, scan } = newBox();
  writeTree(root, { "image/gain/plugin.toml": manifestText(), "image/proto/stage.proto": "" });
  expect(scan()).toMatchObject({ found: [{ manifest: { id: "gain" } }], broken: [] });
});

describe("two of the same version", () => {
  test("the folder that comes first wins, and the other is told of both", () => {
    const { root, scan } = newBox();
    writeTree(root, {
      "box/gain/plugin.toml": manifestText(),
      "user/mine/plugin.toml": manifestText({ name: "Mine" }),
    });
    const all = scan();
    expect(foundIn(all)).toEqual(["box gain 1.0.0"]);
    expect(brokenIn(all, root)).toEqual([
      "gain: user/mine/plugin.toml:1:6: gain 1.0.0 is in box/gain too, which comes first; remove one of the two, or give it another id or version",
    ]);
  });

  test("one that is built comes before one that is not", () => {
    const { root, scan } = newBox();
    writeTree(root, {
      "box/gain/plugin.toml": manifestText(),
      "user/gain/plugin.toml": manifestText(),
      [`user/gain/bin/${hostTriple}/libgain.so`]: "",
    });
    const all = scan();
    expect(foundIn(all)).toEqual(["user gain 1.0.0"]);
    expect(all.broken.map(({ origin, folder }) => [origin, folder])).toEqual([["box", join(root, "box/gain")]]);
    expect(all.broken[0]?.problems[0]?.message).toStartWith("is not built for this machine, and gain 1.0.0 in ");
  });

  test("within one folder too, by name", () => {
    const { root, scan } = newBox();
    writeTree(root, { "box/b/plugin.toml": manifestText(), "box/a/1.0.0/plugin.toml": manifestText() });
    const { found, broken } = scan();
    expect(found.map(({ folder }) => folder)).toEqual([join(root, "box/a/1.0.0")]);
    expect(broken.map(({ folder }) => folder)).toEqual([join(root, "box/b")]);
  });

  test("one folder by two ways is one plugin", () => {
    const { path } = newFolder();
    writeTree(path, { "gain/plugin.toml": manifestText() });
    const both = discover([
      { origin: "box", path },
      { origin: "user", path },
    ]);
    expect(foundIn(both)).toEqual(["box gain 1.0.0"]);
    expect(both.broken).toEqual([]);
  });
});

test("the same id from somebody else, or a version in another version's folder, is worth a word", () => {
  const { root, scan } = newBox();
  writeTree(root, {
    "image/gain/plugin.toml": manifestText(),
    "user/gain/2.0.0/plugin.toml": manifestText({ version: "2.1.0", authors: ["Mallory"] }),
  });
  expect(scan().found[1]?.warnings.map(({ message }) => message.replaceAll(root, ""))).toEqual([
    '"gain" is the id of what Stagebox made too, in /image/gain; if they are two plugins, give one another id',
    "version is 2.1.0, but the folder is called 2.0.0; rename one of the two",
  ]);
});

describe("links", () => {
  function linked(origin: Origin) {
    const box = newBox();
    writeTree(box.root, { "workshop/plugin.toml": manifestText() });
    symlinkSync(join(box.root, "workshop"), box.at(origin, "gain"));
    return box;
  }

  test.each(["box", "user"] as const)("an operator's, into the %s's folder, is followed", (origin) => {
    const { root, scan } = linked(origin);
    expect(scan().found).toMatchObject([{ origin, folder: join(root, "workshop") }]);
  });

  test("not in an image", () => {
    const { root, scan } = linked("image");
    expect(brokenIn(scan(), root)).toEqual(["gain: image/gain: is a link; put the plugin itself into the image"]);
  });

  test("nor inside of a plugin, if they lead out of it", () => {
    const { root, at, scan } = newBox();
    writeTree(root, {
      "secret/plugin.toml": manifestText(),
      "secret/loud.yaml": "[]",
      "box/b/1.0.0/plugin.toml": manifestText({ id: "b" }),
      "box/c/plugin.toml": manifestText({ id: "c", presets: [{ id: "p", name: "P", file: "p/loud.yaml" }] }),
    });
    mkdirSync(at("box", "a"));
    symlinkSync(join(root, "secret/plugin.toml"), at("box", "a", "plugin.toml"));
    symlinkSync("1.0.0", at("box", "b", "current"));
    symlinkSync(join(root, "secret"), at("box", "b", "2.0.0"));
    symlinkSync(join(root, "secret"), at("box", "c", "p"));
    const all = scan();
    expect(foundIn(all)).toEqual(["box b 1.0.0"]);
    expect(brokenIn(all, root)).toEqual([
      'a: box/a/plugin.toml: "plugin.toml" is a link that leads out of the folder',
      expect.stringMatching(/: box\/b\/2.0.0: is a link that leads out of the plugin's folder; copy the version in$/),
      expect.stringMatching(/^c: box\/c\/plugin.toml:\d+:8: "p\/loud.yaml" is a link that leads out of the folder$/),
    ]);
  });

  test("in circles, to nothing, to a file", () => {
    const { root, at, scan } = newBox();
    symlinkSync("loop", at("box", "loop"));
    symlinkSync("nothing", at("box", "dangling"));
    symlinkSync("/etc/hostname", at("box", "file"));
    symlinkSync(".", at("box", "self"));
    expect(brokenIn(scan(), root)).toEqual([
      "dangling: box/dangling: is a link to nothing; remove it",
      "loop: box/loop: is a link that leads round in circles; remove it",
      expect.stringContaining("self: box/self: holds no plugin.toml"),
    ]);
  });
});

test("what a manifest names and is not there is worth a word", () => {
  const { root, scan } = newBox();
  const ui = { bundle: "ui/bundle.js", component_name: "Panel", icon: "ui/icon.svg" };
  writeTree(root, { "box/gain/plugin.toml": manifestText({ ui }), "box/gain/ui/icon.svg": "" });
  expect(scan().found[0]?.warnings).toMatchObject([
    { field: "/ui/bundle", line: 10, message: "there is no ui/bundle.js; add it" },
  ]);
});

test("a newer minor version of the ABI is worth a word, and no more", () => {
  const { root, scan } = newBox();
  writeTree(root, { "box/gain/plugin.toml": manifestText({ requires: { abi: "1.9" } }) });
  const { found, broken } = scan();
  expect(broken).toEqual([]);
  expect(found[0]?.warnings).toMatchObject([
    {
      field: "/requires/abi",
      line: 10,
      message: expect.stringContaining("was written for ABI 1.9, this Stagebox has 1.0"),
    },
  ]);
});

test("folders that come and go meanwhile harm nobody", async () => {
  const { root, at, scan } = newBox();
  writeTree(root, { "box/steady/plugin.toml": manifestText({ id: "steady" }) });
  const churn = Bun.spawn(
    [
      "sh",
      "-c",
      'while :; do mkdir -p "$0/v/1.0.0" && echo "id = 1" >"$0/v/1.0.0/plugin.toml"; rm -rf "$0/v"; done',
      at("box"),
    ],
    { stderr: "ignore" },
  );
  try {
    for (let turn = 0; turn < 300; turn++) expect(foundIn(scan())).toEqual(["box steady 1.0.0"]);
  } finally {
    churn.kill();
    await churn.exited;
    rmSync(at("box", "v"), { recursive: true, force: true });
  }
}, 60_000);

test("hostile trees are looked at without an error", () => {
  const name = fc.constantFrom("a", "b", "1.0.0", "2.0.0", "plugin.toml", ".x", "ui");
  const entry = fc.oneof(
    fc
      .constantFrom(manifestText(), manifestText({ id: "b" }), manifestText({ version: "2.0.0" }), "id = [", "")
      .map((text) => ({ text })),
    fc
      .constantFrom(".", "..", "../..", "/", "/etc", "a", "b/1.0.0", "../a/plugin.toml", "1.0.0", "nothing")
      .map((link) => ({ link })),
  );
  const tree = fc.array(fc.tuple(fc.array(name, { minLength: 1, maxLength: 4 }), entry), { maxLength: 12 });
  fc.assert(
    fc.property(tree, (entries) => {
      const { root, at, scan } = newBox();
      for (const [path, it] of entries) {
        try {
          // At the top, by whatever way one comes there, the operator's links may lead anywhere.
          const isTop = () => realpathSync(at("box", ...path.slice(0, -1))) === realpathSync(at("box"));
          if ("link" in it && /^(\.\.|\/)/.test(it.link) && isTop()) continue;
          if ("link" in it) symlinkSync(it.link, at("box", ...path));
          else writeTree(at("box"), { [path.join("/")]: it.text });
        } catch {
          // Something else stands there already.
        }
      }
      const { found, broken } = scan();
      const versions = found.map(({ manifest: { id, version } }) => `${id} ${version}`);
      expect(new Set(versions).size).toBe(versions.length);
      for (const { folder } of found) expect(folder).toStartWith(join(root, "box"));
      for (const { problems } of broken) expect(problems.length).toBeGreaterThan(0);
    }),
    { numRuns: 200 },
  );
}, 60_000);

test("STAGEBOX_PLUGINS stands in for the image's and the user's folders", () => {
  const data = newFolder();
  const before = process.env.STAGEBOX_PLUGINS;
  try {
    process.env.STAGEBOX_PLUGINS = "/a:/b";
    expect(pluginFolders(data)).toEqual([
      { origin: "box", path: data.plugins },
      { origin: "user", path: "/a" },
      { origin: "user", path: "/b" },
    ]);
    delete process.env.STAGEBOX_PLUGINS;
    expect(pluginFolders(data).map(({ origin }) => origin)).toEqual(["image", "box", "user"]);
  } finally {
    if (before === undefined) delete process.env.STAGEBOX_PLUGINS;
    else process.env.STAGEBOX_PLUGINS = before;
  }
});
