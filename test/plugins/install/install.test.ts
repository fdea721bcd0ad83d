// SPDX-License-Identifier: Apache-2.0
import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { zipSync } from "fflate";
import { type InstallOptions, installPlugin, installTogether } from "../../../src/plugins/install/install.ts";
import { linkPlugin } from "../../../src/plugins/install/link.ts";
import { foldersOf, removePlugins } from "../../../src/plugins/install/remove.ts";
import { changeTogether, isChanging } from "../../../src/plugins/install/staging.ts";
import type { FoundPlugin } from "../../../src/plugins/plugin.ts";
import { hostTriple } from "../../../src/triple.ts";
import { namesIn, problemsOf, testFolders } from "../folders.fixture.ts";
import { LINK, zipOf } from "./zip.fixture.ts";

setDefaultTimeout(60_000);
const { fresh, gain } = testFolders();

function into(plugins: string, options: Partial<InstallOptions> = {}): InstallOptions {
  return { plugins, signal: new AbortController().signal, tell: () => {}, preflight: async () => {}, ...options };
}

function git(folder: string, ...args: string[]): void {
  const who = ["-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main"];
  const { exitCode, stderr } = Bun.spawnSync(["git", ...who, ...args], { cwd: folder });
  expect([exitCode, exitCode ? stderr.toString() : ""]).toEqual([0, ""]);
}

function repository(folder: string): string {
  git(folder, "init", "-q");
  git(folder, "add", "-A");
  git(folder, "commit", "-qm", "first");
  return `file://${folder}`;
}

const LIBRARY = `bin/${hostTriple}/libgain.so`;
const WHOLE = ["README.md", LIBRARY, "plugin.toml", "src/smooth_gain.c", "test/smooth_gain.yaml"];

test("from a folder: built where it has no library, and the folder itself is left alone", async () => {
  const [folder, plugins] = [gain(), fresh()];
  const before = namesIn(folder);
  const installed = await installPlugin(folder, into(plugins));
  expect(installed).toMatchObject({ folder: join(plugins, "gain/1.0.0"), replaced: false, built: true, warnings: [] });
  expect(namesIn(installed.folder)).toEqual(expect.arrayContaining(WHOLE));
  expect(namesIn(folder)).toEqual(before);
  expect(namesIn(plugins)).not.toContainEqual(expect.stringContaining("installing"));
  expect((await installPlugin(installed.folder, into(fresh()))).built).toBe(false);
});

test("what a stranger's sources include from elsewhere is not there for the compiler", async () => {
  const own = readFileSync(join(gain(), "src/smooth_gain.c"), "utf8");
  const secret = join(fresh(), "admin-token");
  writeFileSync(secret, "int secret;\n");
  for (const line of [`#include "${secret}"`, `__asm__(".incbin \\"${secret}\\"");`]) {
    const plugins = fresh();
    let said = "";
    const install = () =>
      installPlugin(
        gain({ "src/smooth_gain.c": `${own}\n${line}\n` }),
        into(plugins, { tell: (text) => (said += text) }),
      );
    expect(await problemsOf(install)).toEqual([expect.stringContaining("gcc ended with 1")]);
    expect(said).toMatch(/(file not found|Permission denied).*admin-token|admin-token.*Permission denied/);
    expect(namesIn(plugins)).toEqual([]);
  }
});

test("from a zip file, packed as it lies or in a folder of its own, by path and from the web", async () => {
  const folder = gain();
  const files = Object.fromEntries(
    namesIn(folder).flatMap((name) => {
      try {
        return [[name, new Uint8Array(readFileSync(join(folder, name)))]];
      } catch {
        return [];
      }
    }),
  );
  const flat = join(fresh(), "gain.zip");
  writeFileSync(flat, zipSync(files));
  const nested = zipSync({ "gain-1.0.0": files as never });
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response(nested) });
  try {
    for (const source of [flat, `http://127.0.0.1:${server.port}/gain.ZIP?token=1`]) {
      const { folder } = await installPlugin(source, into(fresh()));
      expect(namesIn(folder)).toEqual(expect.arrayContaining(WHOLE));
    }
  } finally {
    server.stop(true);
  }
});

test("from a git repository, and from one of its tags", async () => {
  const folder = gain();
  const url = repository(folder);
  git(folder, "tag", "v1.0.0");
  writeFileSync(
    join(folder, "plugin.toml"),
    readFileSync(join(folder, "plugin.toml"), "utf8").replace("1.0.0", "2.0.0"),
  );
  git(folder, "commit", "-qam", "second");
  const plugins = fresh();
  for (const [source, version] of [
    [`git+${url}#v1.0.0`, "1.0.0"],
    [url, "2.0.0"],
  ] as const) {
    const { manifest, built } = await installPlugin(source, into(plugins));
    expect([manifest.version, built]).toEqual([version, true]);
  }
  expect(existsSync(join(plugins, "gain/1.0.0", LIBRARY))).toBe(true); // side by side
  expect(namesIn(join(plugins, "gain/2.0.0"))).not.toContain(".git");
  expect(await problemsOf(() => installPlugin(`${url}#nothing`, into(plugins)))).toEqual([
    expect.stringContaining("git says: "),
  ]);
  expect(await problemsOf(() => installPlugin(`git+file://${fresh()}/none.git`, into(plugins)))).toEqual([
    expect.stringMatching(/none.git: git says: .*does not (appear|exist)/),
  ]);
});

test("nothing in a repository is run, and no link comes along", async () => {
  const folder = gain({ ".gitattributes": "*.c filter=evil\n" });
  symlinkSync("/etc/passwd", join(folder, "passwd"));
  const url = repository(folder);
  const proof = join(fresh(), "proof");
  git(folder, "config", "filter.evil.smudge", `touch ${proof}`);
  writeFileSync(join(folder, ".git/hooks/post-checkout"), `#!/bin/sh\ntouch ${proof}\n`, { mode: 0o755 });
  expect(await problemsOf(() => installPlugin(url, into(fresh())))).toEqual([
    `${url}: "passwd" is a link; a packed plugin holds files and folders only`,
  ]);
  expect(existsSync(proof)).toBe(false);
});

test.each([
  ["ext::sh -c touch% x", "is no folder, zip file"],
  ["--upload-pack=touch x", "is no folder, zip file"],
  ["/nowhere", "is no folder, zip file"],
  ["ftp://example.org/x.zip", "is no folder, zip file"],
])("%s is nothing to install", async (source, words) => {
  expect(await problemsOf(() => installPlugin(source, into(fresh())))).toEqual([expect.stringContaining(words)]);
});

test("what is refused leaves nothing behind, and what was there as it was", async () => {
  const plugins = fresh();
  await installPlugin(gain(), into(plugins));
  const before = namesIn(plugins);
  const link = join(fresh(), "link.zip");
  writeFileSync(
    link,
    zipOf([
      { name: "plugin.toml", content: "id" },
      { name: "x", content: "/etc", mode: LINK },
    ]),
  );
  const empty = join(fresh(), "empty.zip");
  writeFileSync(empty, zipOf([{ name: "a/x" }, { name: "b/x" }]));
  const refusals: [string, RegExp][] = [
    [link, /"x" is a link/],
    [empty, /holds no plugin.toml/],
    [gain({}, [['id = "gain"', 'id = "../gain"']]), /gain\/plugin.toml:2:6: /],
    [gain({}, [['version = "1.0.0"', 'version = "../../x"']]), /plugin.toml:4:11: /],
    [gain({}, [['">=0.1.0"', '">=9.0.0"']]), /gain 1.0.0: needs Stagebox >=9.0.0; this is /],
    [gain({}, [['abi = "1.0"', 'abi = "7.0"']]), /incompatible ABI 7 \(core=1\)/],
    [gain({ "src/smooth_gain.c": "int x = ;" }), /gcc ended with 1/],
    [gain({ "src/smooth_gain.c": "int x;" }), /stagebox_(register|abi_version) is not there: a plugin has SB_PLUGIN/],
    [
      gain({}, [["[test]", '[build]\nflags = ["-fplugin=/tmp/evil.so"]\n[test]']]),
      /"-fplugin=\/tmp\/evil.so" is not for/,
    ],
  ];
  for (const [source, words] of refusals) {
    const problems = await problemsOf(() => installPlugin(source, into(plugins)));
    expect(problems).toContainEqual(expect.stringMatching(words));
    expect(problems.join()).not.toContain("installing");
  }
  const preflight = () => Promise.reject(new Error("it crashes"));
  await expect(installPlugin(gain(), into(plugins, { preflight }))).rejects.toThrow("it crashes");
  await expect(installPlugin(gain(), into(plugins, { signal: AbortSignal.abort(new Error("stop")) }))).rejects.toThrow(
    "stop",
  );
  expect(namesIn(plugins)).toEqual(before);
});

test("what the preflight sees is what is put in place, out of sight until then", async () => {
  const plugins = fresh();
  let seen: string[] = [];
  await installPlugin(
    gain(),
    into(plugins, {
      async preflight({ folder, manifest: { id } }) {
        expect([id, existsSync(join(plugins, "gain"))]).toEqual(["gain", false]);
        expect(folder).toStartWith(join(plugins, ".installing-"));
        seen = namesIn(folder);
      },
    }),
  );
  expect(namesIn(join(plugins, "gain/1.0.0"))).toEqual(seen);
});

test("the same version again takes the place of the first", async () => {
  const plugins = fresh();
  await installPlugin(gain({ "old.txt": "" }), into(plugins));
  const { replaced, folder } = await installPlugin(gain({ "new.txt": "" }), into(plugins));
  expect(replaced).toBe(true);
  expect(namesIn(folder)).toContain("new.txt");
  expect(namesIn(folder)).not.toContain("old.txt");
});

test("what belongs together is put in place together, or not at all", async () => {
  const plugins = fresh();
  const second = (version: string) => gain({}, [[/version = ".*"/, `version = "${version}"`]]);
  const folders = (...paths: string[]) => paths.map((path) => ({ kind: "folder", path }) as const);
  await installPlugin(gain({ "old.txt": "" }), into(plugins));
  const before = namesIn(plugins);
  const preflight = async ({ manifest }: FoundPlugin) => {
    if (manifest.version === "1.1.0") throw new Error("it crashes");
  };
  const together = (options: Partial<InstallOptions> = {}) =>
    installTogether(folders(gain({ "new.txt": "" }), second("1.1.0")), into(plugins, options));
  await expect(together({ preflight })).rejects.toThrow("it crashes");
  expect(namesIn(plugins)).toEqual(before);

  /* The second one finds a file where it shall lie. */
  writeFileSync(join(plugins, "gain/1.1.0"), "");
  await expect(together()).rejects.toThrow("ENOTDIR");
  rmSync(join(plugins, "gain/1.1.0"));
  expect(namesIn(plugins)).toEqual(before);

  const seen: string[][] = [];
  const account = async (place: () => Promise<void>) => {
    seen.push(namesIn(join(plugins, "gain")).filter((name) => /^[\d.]+$/.test(name)));
    await place();
    seen.push(namesIn(join(plugins, "gain")).filter((name) => /^[\d.]+$/.test(name)));
  };
  expect((await together({ account })).map(({ folder }) => folder)).toEqual(
    ["1.0.0", "1.1.0"].map((version) => join(plugins, "gain", version)),
  );
  expect(seen).toEqual([["1.0.0"], ["1.0.0", "1.1.0"]]);
});

test("somebody who changes several things is seen to be at it, until they are done or gone", async () => {
  const plugins = fresh();
  expect(isChanging(plugins)).toBe(false);
  await changeTogether(plugins, async () => expect(isChanging(plugins)).toBe(true));
  await expect(changeTogether(plugins, () => Promise.reject(new Error("stop")))).rejects.toThrow("stop");
  expect(isChanging(plugins)).toBe(false);
  mkdirSync(join(plugins, ".installing-1-2-gone/changing"), { recursive: true });
  expect(isChanging(plugins)).toBe(false);
});

test("what somebody put there by hand, or linked in, is not written into", async () => {
  const plugins = fresh();
  mkdirSync(join(plugins, "gain"));
  writeFileSync(join(plugins, "gain/plugin.toml"), "mine");
  expect(await problemsOf(() => installPlugin(gain(), into(plugins)))).toEqual([
    `${plugins}/gain: was put there by hand; first take it away: stagebox plugin remove gain`,
  ]);
  expect(readFileSync(join(plugins, "gain/plugin.toml"), "utf8")).toBe("mine");

  const [links, work] = [fresh(), gain()];
  await linkPlugin(work, into(links));
  expect(existsSync(join(links, "gain", LIBRARY))).toBe(true);
  const before = namesIn(work);
  expect(await problemsOf(() => installPlugin(gain(), into(links)))).toEqual([
    `${links}/gain: is a link; first take it away: stagebox plugin remove gain`,
  ]);
  expect((await linkPlugin(work, into(links))).replaced).toBe(true);
  removePlugins(links, foldersOf(links, "gain"));
  expect([namesIn(links), namesIn(work)]).toEqual([[], before]);
});

test("versions are removed one by one or all together, even those that cannot be used", async () => {
  const plugins = fresh();
  for (const version of ["1.0.0", "1.1.0"]) {
    await installPlugin(gain({}, [[/version = ".*"/, `version = "${version}"`]]), into(plugins));
  }
  writeFileSync(join(plugins, "gain/1.1.0/plugin.toml"), 'id = "gain"\nversion = "1.1.0"\n');
  expect(foldersOf(plugins, "gain").map((path) => basename(path))).toEqual(["1.0.0", "1.1.0"]);
  expect(foldersOf(plugins, "other")).toEqual([]);
  removePlugins(plugins, foldersOf(plugins, "gain", "1.0.0"));
  expect(namesIn(plugins).filter((name) => dirname(name) === "gain")).toEqual(["gain/1.1.0"]);
  removePlugins(plugins, foldersOf(plugins, "gain"));
  expect(namesIn(plugins)).toEqual([]);
});
