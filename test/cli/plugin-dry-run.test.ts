// SPDX-License-Identifier: Apache-2.0
//
// A dry run reads plugins and runs nothing of them, as the kernel sees it: strace's word, and canaries that sing in
// whatever is loaded, imported or picked up on the way.
import { beforeAll, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { stringify } from "smol-toml";
import { hostTriple } from "../../src/triple.ts";
import { buildBadPlugins } from "../plugins/bad-plugins.fixture.ts";
import { testFolders } from "../plugins/folders.fixture.ts";
import { LEAST, writeTree } from "../plugins/manifest.fixture.ts";
import { libraryBytes } from "../plugins/odometer.fixture.ts";

const MINUTE = 60_000;
const root = join(import.meta.dir, "../..");
const plugins = join(root, "test/plugins");
const strace = Bun.which("strace");
const { fresh } = testFolders();

/** As the alias of the documentation starts it. */
const command = [process.execPath, "--no-env-file", `--config=${root}/bunfig.toml`, join(root, "src/main.ts")];
/** Every folder of bad plugins, one for each kind. */
const families = readdirSync(plugins, { withFileTypes: true })
  .filter((it) => it.isDirectory() && /^bad(-|$)/.test(it.name))
  .map(({ name }) => name);

beforeAll(() => buildBadPlugins(), MINUTE);

const WATCHED = [
  ...["execve", "execveat", "open", "openat", "openat2", "creat", "mmap", "mprotect", "socket", "connect", "bind"],
  ...["unlink", "unlinkat", "rename", "renameat", "renameat2", "mkdir", "mkdirat", "link", "linkat"],
  ...["symlink", "symlinkat", "chmod", "fchmod", "fchmodat", "truncate", "ftruncate"],
];

/** What a run did that no reader has to do: lines of strace. */
async function misdeeds(folder: string, ...words: string[]): Promise<string[]> {
  const data = fresh();
  const trace = join(data, "trace");
  const watch = ["-f", "-y", "-qq", "-s", "512", "-o", trace, "-e", `trace=${WATCHED.join(",")}`];
  const run = Bun.spawn([strace as string, ...watch, ...command, "plugin", "check", ...words, folder], {
    ...{ stdin: "ignore", stdout: "pipe", stderr: "pipe", cwd: data },
    env: { ...process.env, STAGEBOX_DATA: join(data, "box"), BUN_RUNTIME_TRANSPILER_CACHE_PATH: "0" },
  });
  const [out, err] = await Promise.all([new Response(run.stdout).text(), new Response(run.stderr).text(), run.exited]);
  expect([err, out.trim().split("\n").length > 0]).toEqual(["", true]);
  const lines = readFileSync(trace, "utf8").trim().split("\n").slice(1); // the first starts stagebox itself
  expect(lines.some((line) => line.includes(`${folder}/`) && line.includes("plugin.toml"))).toBe(true);
  return lines.filter((line) => isMisdeed(line, folder));
}

function isMisdeed(line: string, folder: string): boolean {
  const [, call = "", given = ""] = /^\d+ +(\w+)\((.*)$/s.exec(line) ?? []; // else the end of one that stands above
  if (/ = -1 E/.test(line) && !/^exec/.test(call)) return false;
  /* Debian's Python compiles, and gets the plugin's files as data. */
  if (/^exec/.test(call)) return !/^"\/usr\/bin\/python3", \["\/usr\/bin\/python3", "-I", "-S", "-B", "-c"/.test(given);
  if (/^mmap|^mprotect/.test(call))
    return given.includes("PROT_EXEC") && (given.includes(folder) || given.includes("memfd:"));
  if (/^open/.test(call))
    return /O_WRONLY|O_RDWR|O_CREAT|O_TRUNC/.test(given) && !/"\/(dev\/(null|tty)|proc\/)/.test(given);
  return call !== "";
}

test.skipIf(!strace).each(families)(
  "%s: nothing of them is executed, loaded or written, and nobody is called",
  async (family) => {
    expect(await misdeeds(join(plugins, family), "--all", "--dry-run", "--json")).toEqual([]);
  },
  MINUTE,
);

test.skipIf(!strace)(
  "a real check does what a dry run does not",
  async () => {
    const seen = await misdeeds(join(plugins, "bad/abort"), "--quick", "--json");
    expect(seen.some((line) => /^\d+ +execve.*stagebox-plugin-check/.test(line))).toBe(true);
    expect(seen.some((line) => /mmap.*PROT_EXEC.*memfd:/.test(line))).toBe(true);
  },
  MINUTE,
);
if (!strace) console.log("skipped: what the kernel sees of a dry run: apt-get install strace");

test(
  "no canary sings: not in code, nor in what its language, or Bun, would pick up beside it",
  async () => {
    const folder = fresh();
    const song = join(folder, "sung");
    const manifest = (id: string, more: object) =>
      stringify({ ...LEAST, id, main: {}, stages: { [id]: { name: id, description: "Sings." } }, ...more });
    const ts = `import { writeFileSync } from "fs"; writeFileSync("${song}", "ts"); export function process() {}\n`;
    const py = `open("${song}", "w").write("py")\ndef process(samples): return samples\n`;
    writeTree(folder, {
      "a/plugin.toml": manifest("a", { runtime: { kind: "script", script: "stage.ts" } }),
      "b/plugin.toml": manifest("b", { runtime: { kind: "python", script: "stage.py" } }),
      "c/plugin.toml": manifest("c", {}),
      ...{
        "a/stage.ts": ts,
        "a/bunfig.toml": 'preload = ["./stage.ts"]\n',
        "a/.env": `BUN_OPTIONS=--preload=./stage.ts\n`,
      },
      "a/tsconfig.json": '{ "compilerOptions": { "plugins": [{ "transform": "./stage.ts" }] } }',
      "a/package.json": '{ "imports": { "#x": "./stage.ts" }, "scripts": { "postinstall": "touch sung" } }',
      ...{ "b/stage.py": py, "b/sitecustomize.py": py, "b/usercustomize.py": py, "b/json.py": py, "b/sys.py": py },
    });
    const library = join(folder, "c/bin", hostTriple, "libc.so");
    mkdirSync(dirname(library), { recursive: true });
    await Bun.write(library, await libraryBytes({ CANARY: `"${song}"` }, "canary.c"));
    for (const id of ["a", "b", "c"]) {
      const words = ["plugin", "check", "--dry-run", "--json"];
      const run = Bun.spawnSync([...command, ...words], {
        cwd: join(folder, id),
        env: { ...process.env, STAGEBOX_DATA: join(folder, "data"), PYTHONPATH: join(folder, "b") },
      });
      const { plugin, results } = JSON.parse(run.stdout.toString());
      expect([plugin, results.find((it: { case: string }) => it.case === "library")?.result]).toEqual([
        id,
        id === "a" ? "failed" : "passed", // it imports what it may not
      ]);
      expect([id, existsSync(song)]).toEqual([id, false]);
    }
    expect(Bun.spawnSync(["/usr/bin/python3", "stage.py"], { cwd: join(folder, "b") }).success).toBe(true);
    expect(readFileSync(song, "utf8")).toBe("py");
  },
  MINUTE,
);
