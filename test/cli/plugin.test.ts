// SPDX-License-Identifier: Apache-2.0
//
// The plugin commands as a user types them: without a box, and with one that runs.
import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "smol-toml";
import { newLines } from "../../src/cli/plugin/log.ts";
import { hostTriple } from "../../src/triple.ts";
import { manifestText } from "../plugins/manifest.fixture.ts";
import { Service, until } from "../system/service.ts";
import { type Outcome, stagebox, testFolder } from "./stagebox.ts";

setDefaultTimeout(120_000);

const folder = testFolder();
/** No plugins but those of the data folder. */
const env = { STAGEBOX_PLUGINS: "" };
const call = (...args: string[]) => stagebox(["plugin", ...args], env);

async function good(...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await call(...args);
  expect([stderr, exitCode]).toEqual(["", 0]);
  return stdout;
}

async function bad(...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr }: Outcome = await call(...args);
  expect([exitCode, stdout]).toEqual([1, ""]);
  return stderr;
}

/** A plugin that was made and built, in a folder of the test's own. */
async function made(name: string, place: string, manifest?: (text: string) => string): Promise<string> {
  mkdirSync(folder.path(place));
  await good("new", name, "--into", folder.path(place));
  const plugin = join(folder.path(place), name);
  const file = join(plugin, "plugin.toml");
  if (manifest) writeFileSync(file, manifest(readFileSync(file, "utf8")));
  return plugin;
}

test("new, build, check, install, and it is there", async () => {
  const data = folder.path("story");
  const said = await good("new", "my_gain", "--into", folder.path("work"));
  const plugin = join(folder.path("work"), "my_gain");
  expect(said).toStartWith(`${plugin} holds the plugin my_gain: a stage that changes a signal`);
  expect(said.match(/^ {2}.*$/gm)).toEqual([
    `  cd ${plugin}`,
    "  stagebox plugin build",
    "  stagebox plugin check",
    "  stagebox plugin install . --link",
  ]);
  expect(await good("build", plugin)).toMatch(/^\S+\/libmy_gain.so: my_gain 0.1.0, \d+ KB\n$/);
  expect(await good("check", plugin, "--quick")).toContain(" 0 failed");
  expect(await good("install", plugin, "--data", data)).toBe(
    `my_gain 0.1.0 installed: ${data}/plugins/my_gain/0.1.0\nNo box runs on ${data} now; the next that does has it\nIts stage: my_gain\n`,
  );
  expect(await good("list", "--data", data)).toMatch(
    /^my_gain {2}0.1.0 {2}enabled {2}box {2}unsigned {2}Multiplies a signal;.*\n$/,
  );
  expect(await good("info", "my_gain", "--data", data)).toMatch(/^is granted {3}nothing$/m);
  const { running, plugins, broken } = JSON.parse(await good("list", "--json", "--data", data));
  expect([running, broken]).toEqual([false, []]);
  expect(plugins).toMatchObject([{ id: "my_gain", state: "enabled", stages: [{ type: "my_gain" }] }]);
  expect(await good("remove", "my_gain", "--data", data)).toBe(`removed ${data}/plugins/my_gain/0.1.0\n`);
  expect(await good("list", "--data", data)).toBe("no plugins; begin one with: stagebox plugin new my-gain\n");
});

test("what is granted is asked for, written down, and gone with the plugin", async () => {
  const data = folder.path("grants");
  const asks = '\n[permissions]\nnetwork = true\nread = ["recordings:", "/etc/hosts"]\n';
  const plugin = await made("asking", "asking", (text) => text + asks);
  const { stdout, stderr } = await call("install", plugin, "--data", data);
  expect(stderr).toEndWith(
    "note: asking is not tried, since it asks for network, read=recordings:, read=/etc/hosts: stagebox plugin check tries it with that\n",
  );
  expect(stdout).toContain(
    "It asks for network, read=recordings:, read=/etc/hosts: stagebox plugin enable asking --grant all\n",
  );
  const at = ["asking", "--data", data];
  expect(await bad("enable", ...at, "--grant", "threads", "--grant", "read=/etc")).toBe(
    `--grant "threads" is not what asking asks for; it asks for network, read=recordings:, read=/etc/hosts or all
--grant "read=/etc" is not what asking asks for; it asks for network, read=recordings:, read=/etc/hosts or all
`,
  );
  const words = await good("enable", ...at, "--grant", "network", "--grant", "read=recordings:", "--trust");
  expect(words).toBe(
    'asking 0.1.0 is enabled\nIt stays in a process of its own: plugin.toml does not say isolation = "in-process"\nIt may: network, read=recordings:\nIt asks for read=/etc/hosts, too: stagebox plugin enable asking --grant all\n',
  );
  const kept = () => keptIn(data, "asking");
  expect(kept()).toMatchObject({ enabled: true, trusted: true, granted: { network: true, read: ["recordings:"] } });
  await good("disable", ...at);
  expect(kept()).toMatchObject({ enabled: false, granted: { network: true } });
  await good("enable", ...at, "--grant", "none", "--distrust");
  expect(kept()).toMatchObject({ enabled: true, trusted: false, granted: { network: false, read: [] } });
  const own = join(data, "plugin-data/asking");
  mkdirSync(own, { recursive: true });
  expect(await good("remove", ...at, "--purge")).toContain(`\nremoved ${own}\nremoved ${data}/plugins/.kept/`);
  expect([kept(), existsSync(own)]).toEqual([undefined, false]);
});

test("sets of plugins come back in one command, and the audit log knows who did what", async () => {
  const data = folder.path("sets");
  const at = ["--data", data];
  const plugin = await made("set-gain", "sets", (text) => text);
  await good("install", plugin, ...at);
  const manifest = join(plugin, "plugin.toml");
  const asks = "\n[permissions]\nnetwork = true\n";
  writeFileSync(manifest, `${readFileSync(manifest, "utf8").replace('version = "0.1.0"', 'version = "0.2.0"')}${asks}`);
  const { stdout } = await call("install", plugin, "--unchecked", ...at);
  expect(stdout).toContain("It asks for more than it is granted: + network\n");
  expect(await good("list", ...at, "--capability", "stage")).toContain("set-gain  0.2.0");
  expect(await good("list", ...at, "--capability", "backend")).toBe("");
  expect(await good("generations", ...at)).toMatch(
    /^ {2}1 .* box: as it was found\n {2}2 .* command line: set-gain 0.1.0 installed\n {2}3 .* command line: set-gain 0.2.0 installed, beside 0.1.0 {2}\(in use\)\n$/,
  );
  expect(await good("rollback", ...at)).toContain("generation 2 again, set-gain 0.2.0 removed\n");
  expect(JSON.parse(await good("info", "set-gain", "--json", ...at)).version).toBe("0.1.0");
  expect(await bad("rollback", "9", ...at)).toContain("there is no generation 9; choose 1, 2 or 3");
  expect(await bad("rollback", "x", ...at)).toContain('"x" is no number of a generation');
  await good("rollback", "3", ...at);
  await good("enable", "set-gain", "--grant", "network", ...at);

  const stick = folder.path("stick");
  expect(await good("lock", stick, ...at)).toStartWith("set-gain 0.1.0\nset-gain 0.2.0\n");
  const other = ["--data", folder.path("other-box")];
  const moved = await call("install", "--locked", stick, "--unchecked", ...other);
  expect([moved.exitCode, moved.stdout]).toEqual([0, expect.stringContaining("set-gain 0.2.0 installed")]);
  const info = JSON.parse(await good("info", "set-gain", "--json", ...other));
  expect([info.version, info.versions.length, info.permissions.missing]).toEqual(["0.2.0", 2, ["+ network"]]);
  const sets = (await good("generations", ...other)).trim().split("\n");
  expect(sets.map((line) => line.split("Z  ")[1])).toEqual([
    "box: as it was found",
    "command line: set-gain 0.1.0 installed, set-gain 0.2.0 installed  (in use)",
  ]);
  expect(keptIn(other[1] as string, "set-gain")).toEqual({ id: "set-gain", enabled: true });
  writeFileSync(join(stick, "set-gain-0.1.0/README.md"), "changed");
  const changed = await bad("install", "--locked", stick, "--data", folder.path("third-box"));
  expect(changed).toBe(`${stick}/set-gain-0.1.0: is not what was locked\n`);

  const log = await stagebox(["audit", ...at], env);
  expect(log.stdout.split("\n").map((line) => line.split("  ")[2]?.split(" {")[0])).toEqual(
    expect.arrayContaining([
      "command line: install set-gain",
      "command line: update set-gain",
      "command line: roll-back plugins",
      "command line: enable set-gain",
      "command line: grant set-gain",
    ]),
  );
  const kept = () => readdirSync(join(data, "plugins/.kept")).length;
  await good("remove", "set-gain", ...at);
  expect(kept()).toBe(2);
  expect((await good("remove", "set-gain", "--purge", ...at)).match(/^removed .*\.kept/gm)).toHaveLength(2);
  expect(kept()).toBe(0);
  expect(await bad("rollback", ...at)).toContain("set-gain 0.1.0 is not as it was any more; install it again");
  expect(await bad("remove", "set-gain", "--purge", ...at)).toContain('"set-gain" is not the id of a plugin here');
});

// biome-ignore lint/suspicious/noExplicitAny: an entry as it stands in the file
function keptIn(data: string, plugin: string): any {
  const { plugins } = parse(readFileSync(join(data, "stagebox.toml"), "utf8")) as {
    plugins?: { entries?: { id: string }[] };
  };
  return plugins?.entries?.find(({ id }) => id === plugin);
}

test("what fails its check stays out, unless somebody wants it in", async () => {
  const data = folder.path("unchecked");
  const plugin = await made("liar", "liar", (text) => text.replace("maximum = 60\n", "maximum = 61\n"));
  const said = await call("install", plugin, "--data", data);
  expect([said.exitCode, said.stdout]).toEqual([1, ""]);
  expect(said.stderr).toContain("plugin.toml and library agree");
  expect(said.stderr).toContain("it stays out");
  expect(await good("list", "--data", data)).toStartWith("no plugins");
  expect(await good("install", plugin, "--unchecked", "--data", data)).toStartWith("liar 0.1.0 built and installed");
});

test("all plugins of a folder are built, one that cannot be built among them, and only what changed", async () => {
  const plugins = folder.path("all");
  for (const name of ["one-gain", "two-gain"]) await good("new", name, "--into", await existing(plugins));
  await good("new", "three-gain", "--into", plugins);
  writeFileSync(join(plugins, "two-gain/src/two_gain.c"), "int x = ;");
  const { exitCode, stdout, stderr } = await call("build", plugins, "--all");
  expect(exitCode).toBe(1);
  expect(stdout.match(/^\S+/gm)?.map((file) => file.split("/").at(-1))).toEqual([
    "libone_gain.so:",
    "libthree_gain.so:",
  ]);
  expect(stderr).toContain("src/two_gain.c:1:9: error:");
  expect(stderr).toMatch(/all\/two-gain: \S*gcc ended with 1;/);
  expect((await call("build", plugins, "--all")).stdout).toMatch(/^one-gain 0.1.0 for \S+ is up to date\nthree-gain /);

  const library = (name: string) => join(plugins, `${name}-gain/bin/${hostTriple}/lib${name}_gain.so`);
  const bytes = readFileSync(library("one"));
  bytes[bytes.indexOf("Stagebox\0") + 13] = 9; // the minor version in the note
  writeFileSync(library("one"), bytes);
  writeFileSync(library("three"), "no library");
  const bare = manifestText({ id: "bare", type: "workflow" });
  writeFileSync(join(await existing(join(plugins, "bare")), "plugin.toml"), bare);
  const again = await call("build", plugins, "--all");
  expect(again.exitCode).toBe(1);
  expect(again.stdout).toMatch(/^bare 1.0.0 has nothing to build\none-gain 0.1.0 for \S+ is up to date\n$/);
  expect(again.stderr).toContain("libone_gain.so: was compiled for ABI 1.9, this Stagebox has 1.0");
  expect(again.stderr).toMatch(/all\/three-gain: bin\/\S+: is no ELF library/);
});

async function existing(path: string): Promise<string> {
  mkdirSync(path, { recursive: true });
  return path;
}

const mistakes: [args: string[], words: string][] = [
  [["new", "x", "--template", "sauce"], '--template "sauce" is not there; choose gain, analysis, source or sink\n'],
  [["new", "recorder"], 'the stage "recorder" comes with Stagebox; choose another name\n'],
  [["build", "--target", "arm64"], '--target "arm64" is not known; '],
  [["build", "/proc/self"], "/proc/self: holds no plugin.toml; go to a plugin's folder, or name it\n"],
  [["build", "--all", "/proc/self/fdinfo"], "/proc/self/fdinfo: holds no plugins; name a folder whose folders do\n"],
  [["install", "/nowhere"], '"/nowhere" is no folder, zip file, http(s) address of a zip file, or git repository\n'],
  [["install", "https://x.invalid/y.zip", "--link"], "https://x.invalid/y.zip: is no folder, and only to a folder"],
  [["info", "nobody"], '"nobody" is not the id of a plugin here; there is none\n'],
  [["enable", "nobody"], '"nobody" is not the id of a plugin here; there is none\n'],
  [["disable", "nobody"], '"nobody" is not the id of a plugin here; there is none\n'],
  [["remove", "../../etc"], '"../../etc" is not the id of a plugin here; there is none\n'],
  [["log", "nobody"], ": no box runs there, and a log is only kept while one does; stagebox run\n"],
];
for (const [args, words] of mistakes) {
  test(`plugin ${args.join(" ")}: ${words.trim()}`, async () => {
    const data = ["build", "new"].includes(args[0] ?? "") ? [] : ["--data", folder.path("mistakes")];
    expect(await bad(...args, ...data)).toContain(words);
  });
}

test("the commands that begin with plugin are told together", async () => {
  const said = await good("--help");
  expect(said).toMatch(/^stagebox plugin new\|build\|check\|install/);
  expect(said).toMatch(/^ {2}plugin log {9,}print what a plugin wrote/m);
  expect((await stagebox(["help", "plugin"])).stdout).toBe(said);
  const mistyped = await call("instal", ".");
  expect([mistyped.exitCode, mistyped.stderr]).toEqual([
    2,
    expect.stringContaining('"plugin instal" is not a command; did you mean plugin install?\n'),
  ]);
});

test("folders that hold no plugin are told, with what is wrong with them", async () => {
  const data = folder.path("broken");
  mkdirSync(join(data, "plugins/half"), { recursive: true });
  writeFileSync(join(data, "plugins/half/plugin.toml"), 'id = "half"\n');
  symlinkSync("/nowhere", join(data, "plugins/gone"));
  const said = await good("list", "--data", data);
  expect(said).toContain(`${data}/plugins/half holds no plugin that could be used:\n  `);
  expect(said).toContain("is a link to nothing; remove it");
  expect(await bad("info", "half", "--data", data)).toContain("version");
  expect(await good("remove", "half", "--data", data)).toBe(`removed ${data}/plugins/half\n`);
});

test("a box that runs is told at once, and answers for its plugins", async () => {
  const service = await Service.start();
  try {
    const at = ["--data", service.data];
    const setting = '\n[config.depth]\nkind = "integer"\ndefault = 1\ndescription = "How deep."\n';
    const plugin = await made("live-gain", "live", (text) => text + setting);
    await good("build", plugin);
    const said = await good("install", plugin, "--link", ...at);
    expect(said).toContain("live-gain 0.1.0 linked: ");
    expect(said).toContain("In the box that runs, live-gain 0.1.0 is ready\nIts stage: live_gain\n");
    const action = { action: "insert", after: "board", stage: { id: "loud", type: "live_gain", gain_db: 6 } };
    expect((await service.call("POST", "/api/graph/patch", action)).status).toBe(200);
    const { running, plugins } = JSON.parse(await good("list", "--json", ...at));
    expect(running).toBe(true);
    expect(plugins).toContainEqual(expect.objectContaining({ id: "live-gain", state: "ready" }));

    // A new build takes over while it runs.
    const view = async () => JSON.parse(await good("info", "live-gain", "--json", ...at));
    const { library_sha256 } = await view();
    const source = join(plugin, "src/live_gain.c");
    writeFileSync(source, readFileSync(source, "utf8").replaceAll("new gain is reached", "new gain is come to"));
    await good("build", plugin);
    await until("the new build runs", async () => (await view()).library_sha256 !== library_sha256, 30_000);
    expect(await view()).toMatchObject({ state: "ready", statistics: { crashes: 0 } });
    expect(await good("log", "live-gain", ...at)).toMatch(/^\S+Z box {4}ready$/m);

    expect(await good("disable", "live-gain", ...at)).toContain("live-gain 0.1.0 is disabled\n");
    const enabled = await good("enable", "live-gain", ...at);
    expect(enabled).toMatch(/^live-gain 0.1.0 is ready\nIts stage loud is still bypassed: POST \/api\/graph\/patch {/);

    // What was decided about it goes with it, and its stage in the graph is told.
    const choice = { pinned: "0.1.0", config: { depth: 3 } };
    expect((await service.call("POST", "/api/plugins/live-gain/enable", choice)).status).toBe(200);
    expect(await good("info", "live-gain", ...at)).toMatch(/^setting {6}depth = 3: How deep\.$/m);
    expect(await good("remove", "live-gain", ...at)).toContain(
      'POST /api/graph/patch {"action":"remove","id":"loud"}\n',
    );
    await until("it is gone", async () => (await service.get("/api/plugins/live-gain")).status === 404, 30_000);
    expect(keptIn(service.data, "live-gain")).toBeUndefined();
    const remove = { action: "remove", id: "loud" };
    expect((await service.call("POST", "/api/graph/patch", remove)).status).toBe(200);
    expect(await bad("info", "live-gain", ...at)).toContain("live-gain");
    expect(existsSync(source)).toBe(true);
  } finally {
    await service.discard();
  }
});

test("of a log that goes on, each line is printed once", () => {
  const line = (text: string) => ({ time: "t", from: "plugin" as const, text });
  const lines = ["a", "b", "c", "d"].map(line);
  expect(newLines([], lines.slice(0, 2))).toEqual(lines.slice(0, 2));
  expect(newLines(lines.slice(0, 2), lines)).toEqual(lines.slice(2));
  expect(newLines(lines.slice(0, 3), lines.slice(1))).toEqual(lines.slice(3)); // the oldest is gone
  expect(newLines(lines, lines)).toEqual([]);
});
