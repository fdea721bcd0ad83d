// SPDX-License-Identifier: Apache-2.0
//
// The way of a plugin from its author to a stranger's box, as both type it: packed, signed, indexed, found, installed,
// trusted.
import { expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatPublicKey } from "../../src/plugins/signature/public-key.ts";
import { presetPlugin, putBundle, putIndex } from "../plugins/index/index.fixture.ts";
import { newKey } from "../plugins/signature/signed.fixture.ts";
import { Service, until } from "../system/service.ts";
import { stagebox, testFolder } from "./stagebox.ts";

setDefaultTimeout(120_000);
const folder = testFolder();
const GAIN = join(import.meta.dir, "../../plugins/gain");

async function call(env: Record<string, string>, ...args: string[]) {
  return stagebox(["plugin", ...args], { STAGEBOX_PLUGINS: "", ...env });
}

/** What was built for this machine alone. */
const NOT_FOR_ALL = /^warning: plugin\.toml: there is no library for .*\n/m;

async function good(...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await call({}, ...args);
  expect([stderr.replace(NOT_FOR_ALL, ""), exitCode]).toEqual(["", 0]);
  return stdout;
}

/** gain, in a folder of its own, wanting to run inside the service. */
function source(name: string, version: string): string {
  const path = folder.path(name);
  cpSync(GAIN, path, { recursive: true });
  const file = join(path, "plugin.toml");
  const inside = readFileSync(file, "utf8")
    .replace('version = "1.0.0"', `version = "${version}"`)
    .replace('late = "dry"', 'late = "dry"\nisolation = "in-process"');
  writeFileSync(file, inside);
  return path;
}

test("from an author to a stranger's box, by an index on a stick", async () => {
  const [stick, data, key] = [folder.path("stick"), folder.path("data"), folder.path("anna.key")];
  await Bun.$`mkdir ${stick}`.quiet();
  expect(await good("key", key, "--plain")).toContain("plugin trust");
  for (const version of ["1.0.0", "1.1.0"]) {
    await good("pack", source(`gain-${version}`, version), "--into", stick);
    expect(await good("sign", join(stick, `gain-${version}.zip`), "--key", key)).toMatch(
      /is signed with the key \w{16}\n/,
    );
  }
  expect(await good("index", stick, "--key", key)).toContain("1 plugins, 2 versions, signed");

  const pub = folder.path("anna.pub");
  expect(await good("source", stick, "--key", pub, "--data", data)).toContain("1 plugins to choose from");
  expect(await good("search", "smooth", "--data", data)).toMatch(/^gain {2}1.1.0 {2}not rated {2}Multiplies/);
  expect(await good("install", "gain@1.0", "--unchecked", "--data", data)).toContain("gain 1.0.0 installed");
  expect(await good("list", "--data", data)).toMatch(/^gain {2}1.0.0 {2}enabled {2}box {2}unknown-key {2}/);
  const unknown = await call({}, "enable", "gain", "--trust", "--data", data);
  expect([unknown.exitCode, unknown.stderr]).toEqual([
    1,
    expect.stringMatching(
      /^gain 1.0.0 is signed with the key \w{16}, which this box does not trust, so it may not run/,
    ),
  ]);

  const service = await Service.start({ data, environment: { STAGEBOX_PLUGINS: "" } });
  try {
    const plugin = async () => (await service.get("/api/plugins/gain")).body;
    await until("it to be ready", async () => (await plugin()).state === "ready");
    expect((await service.post("/api/plugins/gain/enable", { trust: true })).status).toBe(422);
    await good("trust", pub, "--data", data);
    await until("the key to be seen", async () => (await plugin()).signature?.state === "trusted");
    expect(await good("enable", "gain", "--trust", "--data", data)).toBe("gain 1.0.0 is ready\n");
    expect((await plugin()).isolation).toBe("in-process");

    const found = await service.get("/api/plugins/index?q=gain");
    expect(found.body.plugins).toMatchObject([{ id: "gain", versions: [{ version: "1.1.0" }, { version: "1.0.0" }] }]);
    const { body: ines } = await service.post("/api/users", { name: "ines", role: "admin" });
    const as = { authorization: `Bearer ${ines.token}` };
    const installed = await service.post("/api/plugins/index/install", { name: "gain" }, as);
    expect([installed.status, installed.body]).toMatchObject([
      200,
      { installed: [{ id: "gain", version: "1.1.0", replaced: false, built: false }] },
    ]);
    await until("the new version inside", async () => {
      const { version, isolation } = await plugin();
      return version === "1.1.0" && isolation === "in-process";
    });
    const { body: sets } = await service.get("/api/plugins/generations");
    expect(sets.generations.at(-1)).toMatchObject({
      by: "ines",
      changes: ["gain 1.1.0 installed, beside 1.0.0, signed by anna"],
    });
    const path = { name: join(stick, "gain-1.0.0.zip") };
    expect((await service.post("/api/plugins/index/install", path)).status).toBe(422);
    expect((await service.post("/api/plugins/gain/rating", { stars: 4 })).body).toMatchObject({ stars: 4 });

    writeFileSync(join(data, "plugins/gain/1.1.0/README.md"), "changed");
    await until("a wall", async () => (await plugin()).isolation === "process");
    const verified = await call({}, "verify", "gain", "--data", data);
    expect([verified.exitCode, verified.stdout]).toEqual([1, expect.stringContaining("\n  changed: README.md\n")]);
    expect(await good("info", "gain", "--data", data)).toMatch(/signature +changed: gain is not what was signed/);
    expect(await good("rate", "--data", data)).toMatch(/^gain {2}1.1.0 {2}4 of 5/);
    const { stdout } = await stagebox(["audit", "--data", data], {});
    const acts = stdout.split("\n").flatMap((line) => /Z {2}(.*?)(?: {2}|$)/.exec(line)?.[1] ?? []);
    expect(acts.slice(0, 7)).toEqual([
      ...[`command line: add index ${stick}/index.json`, "command line: install gain", "command line: trust key anna"],
      ...["admin: enable gain", "admin: trust gain", "ines: update gain", "admin: rate gain"],
    ]);
  } finally {
    await service.discard();
  }
});

test("what is installed together goes together: one generation, and one step back", async () => {
  const [stick, data] = [folder.path("two"), folder.path("together")];
  const secret = await newKey();
  for (const [id, dependencies] of [
    ["base", {}],
    ["app", { base: "^1.0.0" }],
  ] as const)
    putBundle(stick, presetPlugin(folder.path(`together-${id}`), id, "1.0.0", { dependencies }), secret);
  putIndex(stick, secret);
  writeFileSync(folder.path("keeper.pub"), formatPublicKey(secret.public));
  await good("source", stick, "--key", folder.path("keeper.pub"), "--data", data);
  const ids = async () =>
    JSON.parse(await good("list", "--json", "--data", data)).plugins.map(({ id }: { id: string }) => id);
  expect(await good("install", "app", "--unchecked", "--data", data)).toMatch(
    /^base 1.0.0 installed(.|\n)*\napp 1.0.0 installed/,
  );
  expect(await ids()).toEqual(["app", "base"]);
  expect(await good("rollback", "--data", data)).toContain("generation 1 again, app 1.0.0 removed, base 1.0.0 removed");
  expect(await ids()).toEqual([]);
  expect(await good("rollback", "2", "--data", data)).toMatch(
    /app 1.0.0 installed, signed with the key \w{16}, which is/,
  );

  const service = await Service.start({ data, environment: { STAGEBOX_PLUGINS: "" } });
  try {
    await good("remove", "app", "--data", data);
    await good("remove", "base", "--data", data);
    await good("install", "app", "--unchecked", "--data", data);
    const { generations } = (await service.get("/api/plugins/generations")).body;
    const words = expect.stringMatching(/^(app|base) 1.0.0 installed, signed with/);
    expect(generations.at(-1)).toMatchObject({ by: "admin", changes: [words, words] });
    await good("rollback", "--data", data);
    expect(await ids()).toEqual([]);
  } finally {
    await service.discard();
  }
});

test("one's own folder runs inside when that is said, and a copy does not", async () => {
  const data = folder.path("own");
  const plugin = source("mine", "1.0.0");
  await good("install", plugin, "--link", "--unchecked", "--data", data);
  const refused = await call({}, "enable", "gain", "--trust", "--data", data);
  expect(refused.stderr).toContain("for a folder of your own: stagebox plugin enable gain --trust --unsigned");
  expect(await good("enable", "gain", "--trust", "--unsigned", "--data", data)).toContain("gain 1.0.0 is enabled");
  await good("remove", "gain", "--data", data);
  await good("install", plugin, "--unchecked", "--data", data);
  const copy = await call({}, "enable", "gain", "--trust", "--unsigned", "--data", data);
  expect([copy.exitCode, copy.stderr]).toEqual([
    1,
    expect.stringContaining("install a signed bundle, or link your own"),
  ]);
});

test("a password comes from the environment or a terminal, and a key is never overwritten", async () => {
  const key = folder.path("bert.key");
  const none = await call({}, "key", key);
  expect([none.exitCode, none.stderr]).toEqual([1, expect.stringContaining("put it into STAGEBOX_KEY_PASSWORD")]);
  const made = await call({ STAGEBOX_KEY_PASSWORD: "words" }, "key", key);
  expect(made.exitCode).toBe(0);
  expect((await call({ STAGEBOX_KEY_PASSWORD: "words" }, "key", key)).stderr).toContain("is there already");
  await good("pack", source("for-bert", "1.0.0"), "--into", folder.path("."));
  const sign = (env: Record<string, string>) => call(env, "sign", folder.path("gain-1.0.0.zip"), "--key", key);
  expect((await sign({ STAGEBOX_KEY_PASSWORD: "other" })).stderr).toContain("has another password");
  expect((await sign({})).stderr).toContain("no terminal to ask at");
  expect((await sign({ STAGEBOX_KEY_PASSWORD: "words" })).exitCode).toBe(0);
});
