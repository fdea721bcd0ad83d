// SPDX-License-Identifier: Apache-2.0
/**
 * npm test: everything that can be checked on one machine, each suite by its own runner, added up in the last line.
 * `npm test -- --quick` leaves out what takes minutes: sanitizers, arm64, the executables, the card's image, most tests
 * of whole boxes, and of others what reads STAGEBOX_QUICK.
 */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import {
  bun,
  emulatorPackages,
  imagePackages,
  installDebianPackages,
  installLine,
  setUp,
  testPackages,
} from "./setup.mjs";

/** A run that has gone on for so long begins nothing of which it is not known that it ends soon. */
const MINUTES = 75;
/** What the image and its scenarios may take, the most telling ones first; `npm run test:image` runs them all. */
const IMAGE_MINUTES = 30;
const SUITE_MINUTES = 45;

const quick = process.argv.includes("--quick");
const cores = availableParallelism();
const native = (...args) => ["make", "-C", "native", "-s", `-j${cores}`, "test", ...args];

/** Folders of test/ in which whole boxes run for seconds and minutes, and files there that always count. */
const WHOLE = ["arm64", "chaos", "conformance", "image", "system"];
const ALWAYS = ["./test/system/alpha.test.ts", "./test/system/api.test.ts"];
const folders = readdirSync("test", { withFileTypes: true }).filter(
  (it) => it.isDirectory() && it.name !== "artefacts",
);
const parts = folders.filter(({ name }) => !WHOLE.includes(name)).map(({ name }) => `./test/${name}/`);
const bunTest = (...paths) => [bun, "test", "--timeout=120000", `--parallel=${quick ? 2 * cores : cores}`, ...paths];

const suites = [
  {
    name: "Biome",
    command: [process.execPath, "node_modules/.bin/biome", "check", "--colors=off", "."],
    summary: checked,
  },
  { name: "TypeScript", command: [process.execPath, "node_modules/.bin/tsc", "--noEmit"], summary: checked },
  { name: "native", command: native(), summary: printedSummary },
  {
    name: "native, address and undefined behaviour sanitizers",
    command: native("SANITIZE=address,undefined"),
    summary: printedSummary,
    slow: true,
  },
  {
    name: "native, thread sanitizer",
    // The engine is where threads meet. The sanitizer's shadow memory does not fit around every randomised layout.
    command: native("SANITIZE=thread", "RUN=setarch -R", "ONLY=engine"),
    summary: printedSummary,
    slow: true,
  },
  {
    name: "native, aarch64 under qemu",
    // The emulator itself comes to a stand now and then, where threads and signals meet.
    command: ["timeout", "--verbose", "--kill-after=10s", "15m", ...native("TARGET=aarch64-linux-gnu")],
    onceMoreIf: /: it hangs$|^timeout: sending signal.*/m,
    summary: printedSummary,
    slow: true,
    needs: ["gcc-aarch64-linux-gnu", "libc6-dev-arm64-cross", "qemu-user-static"],
  },
  {
    name: "executables",
    command: [process.execPath, "scripts/build.mjs"],
    summary: checked,
    slow: true,
    needs: ["gcc-aarch64-linux-gnu", "libc6-dev-arm64-cross"],
  },
  // Most of a quick test's time is spent waiting, so that more files than processors can be under way.
  {
    name: "bun test",
    command: bunTest("./test/architecture.test.ts", ...parts, ...ALWAYS),
    summary: bunSummary,
  },
  {
    name: "bun test, whole boxes",
    command: bunTest(
      ...WHOLE.map((name) => `./test/${name}/`),
      ...ALWAYS.map((file) => `--path-ignore-patterns=${file.slice(2)}`),
    ),
    summary: bunSummary,
    slow: true,
  },
  {
    name: "the card's image in the emulator",
    command: [process.execPath, "scripts/test-image.mjs", `--minutes=${IMAGE_MINUTES}`],
    summary: printedSummary,
    slow: true,
    minutes: IMAGE_MINUTES,
  },
];

function checked(_output, succeeded) {
  return { passed: succeeded ? 1 : 0, failed: 0, skipped: 0 };
}

function printedSummary(output) {
  const [, passed, failed, skipped] = output.match(/^(?:native: )?(\d+) passed, (\d+) failed, (\d+) skipped$/m) ?? [];
  return { passed: Number(passed ?? 0), failed: Number(failed ?? 0), skipped: Number(skipped ?? 0) };
}

function bunSummary(output) {
  const count = (word) => Number(output.match(new RegExp(`^ *(\\d+) ${word}$`, "m"))?.[1] ?? 0);
  return { passed: count("pass"), failed: count("fail") + count("errors?"), skipped: count("skip") + count("todo") };
}

/** Runs a suite and says how it went. One that ends badly, or runs nothing, has at least one failure. */
function runSuite(suite) {
  const { name, command, summary, onceMoreIf } = suite;
  const [program, ...args] = command;
  const reason = reasonToSkip(suite);
  if (reason) {
    console.log(`${name}: skipped, ${reason}`);
    return { passed: 0, failed: 0, skipped: 1 };
  }
  const started = Date.now();
  const { status, signal, stdout, stderr, error } = spawnSync(program, args, {
    encoding: "utf8",
    env: { STAGEBOX_TEST_DATA: resolve("../shared/data"), ...process.env, ...(quick && { STAGEBOX_QUICK: "1" }) },
    maxBuffer: Infinity,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: SUITE_MINUTES * 60_000,
  });
  const output = `${stdout ?? ""}${stderr ?? ""}`;
  if (onceMoreIf?.test(output)) {
    console.log(`${name}: once more, after this:\n${failures(output)}`);
    return runSuite({ ...suite, onceMoreIf: undefined });
  }
  const counts = summary(output, status === 0);
  const ran = counts.passed + counts.failed + counts.skipped > 0;
  if (counts.failed === 0 && (status !== 0 || !ran)) counts.failed = 1;
  console.log(`${name}: ${sentence(counts)} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  if (counts.failed > 0) console.log(failures(output), error?.message ?? signal ?? `ended with ${status}`);
  else for (const notice of notices(output)) console.log(`  ${notice}`);
  return counts;
}

function reasonToSkip({ slow, needs = [], minutes = 0 }) {
  const lacking = needs.filter((name) => unavailable.includes(name));
  const gone = performance.now() / 60_000;
  if (quick && slow) return "--quick";
  if (lacking.length > 0) return `needs ${lacking.join(", ")}`;
  if (gone + minutes > MINUTES) return `${gone.toFixed(0)} minutes have gone, and it takes up to ${minutes}`;
}

/** The lines that name a failure, with what stands before them and says why, and the end of the output. */
function failures(output) {
  const before = 40;
  const tail = 80;
  const lines = output.trimEnd().split("\n");
  const named = lines.flatMap((line, at) => (/FAILED|\(fail\)|: error:/.test(line) ? [at] : []));
  const told = (at) => at >= lines.length - tail || named.some((failure) => at <= failure && at > failure - before);
  return lines.filter((line, at) => told(at) && !line.startsWith("(pass)")).join("\n");
}

/** What was skipped, and why, and how many seconds what took. */
function notices(output) {
  return [...new Set(output.split("\n").filter((line) => /^(skipped\b|\(skip\)|\(todo\)| +\d+\.\d {2})/.test(line)))];
}

function sentence({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

setUp();
const unavailable = installDebianPackages([...testPackages, ...imagePackages, ...emulatorPackages]);
if (unavailable.length > 0) console.log(`Some tests will be skipped. To run all, as root: ${installLine(unavailable)}`);

const total = { passed: 0, failed: 0, skipped: 0 };
for (const suite of suites) {
  const counts = runSuite(suite);
  for (const key of Object.keys(total)) total[key] += counts[key];
}
console.log(`\n${sentence(total)}`);
process.exit(total.failed > 0 ? 1 : 0);
