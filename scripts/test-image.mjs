// SPDX-License-Identifier: Apache-2.0
/**
 * npm run test:image: builds the card image and what belongs to it (a second version, updates, one that hangs, one that
 * panics), boots them in an emulator and does with them what people do. `-- --only NAME` runs one scenario of
 * test/image/NAME.scenario.ts, more with more of them; `-- --minutes N` leaves out those that N minutes have no room for.
 * Prints the time of each step, and in its last line how it went.
 *
 * What was built is kept in dist/test-image, by the hash of what it was made from. Needs root: image/build.sh does.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import {
  bun,
  crossCompiler,
  emulatorPackages,
  fail,
  imagePackages,
  installDebianPackages,
  installLine,
  run,
  setUp,
} from "./setup.mjs";

const folder = resolve("dist/test-image");
const sources = [
  "image",
  "native",
  "pipelines",
  "plugins",
  "src",
  "package.json",
  "package-lock.json",
  "scripts/build.mjs",
];
/** Of the second version: the same tree with another number. */
const SECOND = "0.2.0";
const MINUTE_MS = 60_000;
const TEST_MS = 25 * MINUTE_MS;
const SCENARIO_MS = 60 * MINUTE_MS;

const { values } = parseArgs({
  options: { only: { type: "string", multiple: true, default: [] }, minutes: { type: "string", default: "Infinity" } },
});
const deadline = Date.now() + Number(values.minutes) * MINUTE_MS;
/** The scenarios, what most depends on first, with what each takes on two cores. */
const minutes = {
  "first-boot": 5,
  setup: 4,
  "app-update": 12,
  link: 7,
  languages: 6,
  "data-lost": 5,
  "power-cuts": 11,
  "image-update": 15,
  raspi3b: 2,
  dockerfile: 8,
};
const all = Object.keys(minutes);
const forgotten = readdirSync("test/image").filter(
  (file) => file.endsWith(".scenario.ts") && !all.includes(file.replace(".scenario.ts", "")),
);
if (forgotten.length > 0) fail(`${forgotten.join(", ")}: say in scripts/test-image.mjs how long it takes`);
const unknown = values.only.filter((name) => !all.includes(name));
if (unknown.length > 0) fail(`--only ${unknown.join(", ")}: there are ${all.join(", ")}`);
const scenarios = values.only.length > 0 ? values.only : all;
const times = [];

if (process.getuid() !== 0) skip("it must run as root: image/build.sh makes files of several users");
setUp();
const missing = installDebianPackages([...imagePackages, ...emulatorPackages, ...crossCompiler]);
if (missing.length > 0) skip(`it needs Debian packages; as root: ${installLine(missing)}`);

const key = `${folder}/keys/update.pem`;
if (!existsSync(key)) run(bun, ["src/main.ts", "bundle", "key", key], { stdio: ["ignore", "ignore", "inherit"] });
const hash = hashOf(sources);
const updates = ["app-update", "image-update"];
const languages = ["python", "script", "wasm"];
/** What the scenarios are given, each from what stands before it, and which of them want it. */
const things = [
  ["stagebox-debian-ab.img", () => buildImage(".", "ab"), all],
  ["stagebox-debian-simple.img", () => buildImage(".", "simple"), ["raspi3b"]],
  ["my-gain.zip", () => makePlugin("my-gain", "native"), all],
  ...languages.map((it) => [`my-${it}.zip`, () => makePlugin(`my-${it}`, it), ["languages"]]),
  ["second/dist/stagebox-linux-arm64", makeSecond, updates],
  ["app-second.stagebox", () => bundle("app", "second/dist/stagebox-linux-arm64", "app-second", SECOND), updates],
  ["app-first.stagebox", () => bundle("app", "../stagebox-linux-arm64", "app-first"), ["app-update"]],
  ["app-hangs.stagebox", makeHanging, ["app-update"]],
  ["second/stagebox-debian-ab.img", () => buildImage("second", "ab"), ["image-update"]],
  ["image-second.stagebox", () => bundle("image", "second/stagebox-debian-ab.img", "image-second"), ["image-update"]],
  ["image-panics.stagebox", makePanicking, ["image-update"]],
];

const total = { passed: 0, failed: 0, skipped: 0 };
for (const name of scenarios) {
  if (Date.now() + minutes[name] * MINUTE_MS > deadline) {
    console.log(`skipped: ${name} takes ${minutes[name]} minutes: npm run test:image runs it`);
    total.skipped++;
    continue;
  }
  for (const [file, work, wantedBy] of things) if (wantedBy.includes(name)) make(file, work);
  const { passed, failed, skipped } = timed(name, () => runScenario(name));
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
}
console.log("\n  seconds  what");
for (const { what, seconds } of times) console.log(`${seconds.toFixed(1).padStart(9)}  ${what}`);
end(total);

/** Runs a file of tests, which says what it does while it does it, and leaves its times and sums in files. */
function runScenario(name) {
  console.log(`\n${name}`);
  const timesFile = `${folder}/times`;
  const sums = `${folder}/sums.xml`;
  for (const file of [timesFile, sums]) rmSync(file, { force: true });
  const report = ["--reporter=junit", `--reporter-outfile=${sums}`];
  const { status } = spawnSync(bun, ["test", `--timeout=${TEST_MS}`, ...report, `./test/image/${name}.scenario.ts`], {
    env: { ...process.env, STAGEBOX_TEST_IMAGES: folder, STAGEBOX_TIMES: timesFile },
    stdio: ["ignore", "inherit", "inherit"],
    timeout: SCENARIO_MS,
    killSignal: "SIGKILL",
  });
  for (const [, seconds, what] of textOf(timesFile).matchAll(/^([\d.]+)\t(.*)$/gm))
    times.push({ what: `  ${what}`, seconds: Number(seconds) });
  const all = textOf(sums).match(/<testsuites .*>/)?.[0] ?? "";
  const count = (word) => Number(all.match(new RegExp(` ${word}="(\\d+)"`))?.[1] ?? 0);
  const [ran, failed, skipped] = ["tests", "failures", "skipped"].map(count);
  // One that ends badly, or runs nothing, has at least one failure.
  const isBad = failed === 0 && (status !== 0 || ran === 0);
  return { passed: ran - failed - skipped, failed: failed + (isBad ? 1 : 0), skipped };
}

function textOf(file) {
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

/** Makes a file if it is not there already, made from the same. */
function make(file, work) {
  const path = `${folder}/${file}`;
  const stamp = `${folder}/.made-${file.replaceAll("/", "-")}`;
  if (existsSync(path) && existsSync(stamp) && readFileSync(stamp, "utf8") === hash) return;
  console.log(`Making ${file}`);
  rmSync(stamp, { force: true });
  timed(`making ${file}`, work);
  if (!existsSync(path)) fail(`${path} was not made`);
  writeFileSync(stamp, hash);
}

function timed(what, work) {
  const began = performance.now();
  const place = times.push({ what, seconds: 0 }) - 1;
  const result = work();
  times[place].seconds = (performance.now() - began) / 1000;
  return result;
}

function buildImage(tree, layout) {
  const root = tree === "." ? "." : `${folder}/${tree}`;
  const output = tree === "." ? folder : `${folder}/${tree}`;
  const options = ["--base", "debian", "--layout", layout, "--update-key", key.replace(".pem", ".pub.pem")];
  run(`${root}/image/build.sh`, [...options, "--output", output]);
}

/** A copy of the tree that says another version of itself. */
function makeSecond() {
  const tree = `${folder}/second`;
  rmSync(tree, { recursive: true, force: true });
  mkdirSync(tree, { recursive: true });
  run("sh", [
    "-c",
    'git ls-files -co --exclude-standard -z | xargs -0 cp -a --parents -t "$0" 2>/dev/null || true',
    tree,
  ]);
  run("cp", ["-a", "native/build", `${tree}/native/`]);
  run("ln", ["-s", resolve("node_modules"), `${tree}/node_modules`]);
  const about = readFileSync("package.json", "utf8");
  writeFileSync(`${tree}/package.json`, about.replace(/"version": ".*"/, `"version": "${SECOND}"`));
  run(process.execPath, ["scripts/build.mjs"], { cwd: tree });
}

/** A service that never comes to do anything. */
function makeHanging() {
  const source = `${folder}/hangs.ts`;
  writeFileSync(source, "await Bun.sleep(1e9);\n");
  run(bun, ["build", source, "--compile", "--target=bun-linux-arm64", `--outfile=${folder}/hangs`]);
  bundle("app", "hangs", "app-hangs", "0.3.0");
}

/** An image whose kernel finds nothing to start. */
function makePanicking() {
  const image = `${folder}/panics.img`;
  run("cp", ["--sparse=always", `${folder}/second/stagebox-debian-ab.img`, image]);
  run(bun, ["test/image/break-image.ts", image]);
  bundle("image", "panics.img", "image-panics");
  rmSync(image);
}

function makePlugin(id, runtime) {
  const plugin = `${folder}/${id}`;
  rmSync(plugin, { recursive: true, force: true });
  run(bun, [resolve("src/main.ts"), "plugin", "new", id, "--runtime", runtime], { cwd: folder });
  run(bun, ["src/main.ts", "plugin", "build", plugin, "--target", "aarch64-linux-gnu"]);
  rmSync(`${plugin}.zip`, { force: true });
  run("python3", ["-m", "zipfile", "-c", `${plugin}.zip`, plugin]);
}

function bundle(kind, from, name, release) {
  const options = ["--key", key, "--out", `${folder}/${name}.stagebox`, ...(release ? ["--release", release] : [])];
  run(bun, ["src/main.ts", "bundle", kind, `${folder}/${from}`, ...options]);
}

function hashOf(paths) {
  const { stdout } = spawnSync("git", ["ls-files", "-co", "--exclude-standard", "-z", ...paths], { encoding: "utf8" });
  const sum = createHash("sha256");
  for (const file of stdout.split("\0").filter((file) => file !== "" && existsSync(file)))
    sum.update(`${file}\0`).update(readFileSync(file));
  return sum.digest("hex");
}

function skip(reason) {
  console.log(`skipped: ${reason}`);
  end({ passed: 0, failed: 0, skipped: 1 });
}

function end({ passed, failed, skipped }) {
  console.log(`\n${passed} passed, ${failed} failed, ${skipped} skipped`);
  process.exit(failed > 0 ? 1 : 0);
}
