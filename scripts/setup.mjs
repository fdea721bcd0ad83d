// SPDX-License-Identifier: Apache-2.0
/**
 * What Stagebox needs before it runs, from a fresh Debian on: each step is skipped at once when already done.
 * Plain modules without packages, because nothing is installed yet; they run under Node and under Bun.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));

/** The pinned Bun of package.json, whichever other Bun the machine has. */
export const bun = `${process.cwd()}/node_modules/bun/bin/bun.exe`;

/** The triple of this machine's native code, as native/Makefile has it. */
export const host = `${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu`;

const compiler = ["gcc", "libc6-dev", "make"];
const wasmCompiler = ["clang", "lld", "wasi-libc", "libclang-rt-dev-wasm32"];
export const crossCompiler = host.startsWith("x86_64") ? ["gcc-aarch64-linux-gnu", "libc6-dev-arm64-cross"] : [];
export const testPackages = [
  ...[
    "g++",
    "libedf-dev",
    "libfftw3-dev",
    "minisign",
    "protobuf-compiler",
    "python3-grpcio",
    "python3-jsonschema",
    "python3-mne",
    "python3-numpy",
    "python3-protobuf",
    "python3-scipy",
    "qemu-user-static",
    "rt-tests",
    "strace",
  ],
  ...wasmCompiler,
  ...crossCompiler,
  ...(crossCompiler.length > 0 ? ["g++-aarch64-linux-gnu"] : []),
];

/** What image/build.sh works with. */
export const imagePackages = [
  ...["mmdebstrap", "arch-test", "binfmt-support", "qemu-user-static", "debian-archive-keyring", "zstd", "xz-utils"],
  ...["squashfs-tools", "mtools", "dosfstools", "e2fsprogs", "fdisk", "device-tree-compiler", "shellcheck"],
];

/** And what its tests start it with. */
export const emulatorPackages = ["qemu-system-arm", "qemu-utils", "device-tree-compiler", "openssh-client"];

/** Of plugins/, what only some machines can build. */
const pluginNeeds = { "fftw-backend": ["libfftw3-dev"], "wasm-gain": wasmCompiler, "hello-world": wasmCompiler };

/** npm's packages, a compiler, and native/ and plugins/ built for this machine. */
export function setUp() {
  installNpmPackages();
  requireDebianPackages(compiler);
  buildNative(host);
  buildPlugins();
}

export function buildNative(triple) {
  if (!existsSync(`native/build/${triple}/libstagebox.so`)) console.log(`Building native/ for ${triple}`);
  run("make", ["-C", "native", "-s", `-j${availableParallelism()}`, `TARGET=${triple}`]);
}

/** The first-party plugins that are compiled, where what was made is missing or older than what it is made of. */
export function buildPlugins() {
  const headers = newest("native/include/stagebox");
  for (const name of readdirSync("plugins").filter((name) => existsSync(`plugins/${name}/src`))) {
    const folder = `plugins/${name}`;
    const component = `${folder}/bin/${name.replaceAll("-", "_")}.wasm`;
    const built = Math.max(newest(`${folder}/bin/${host}`), newest(component));
    const sources = Math.max(headers, newest(`${folder}/src`), newest(`${folder}/plugin.toml`));
    if (built > sources || missingDebianPackages(pluginNeeds[name] ?? []).length > 0) continue;
    run(bun, ["src/main.ts", "plugin", "build", folder]);
  }
}

/** When a file, or the youngest of a folder's, was changed; 0 where there is none. */
function newest(path) {
  if (!existsSync(path)) return 0;
  if (!statSync(path).isDirectory()) return statSync(path).mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => newest(`${path}/${name}`)));
}

export function requireDebianPackages(names) {
  const missing = installDebianPackages(names);
  if (missing.length > 0) fail(`Missing Debian packages. As root, type:\n\n    ${installLine(missing)}\n`);
}

/** Returns those it could not install, because only root may or because they cannot be had. */
export function installDebianPackages(names) {
  const missing = missingDebianPackages(names);
  if (missing.length === 0 || process.getuid() !== 0) return missing;
  console.log(`Installing from Debian: ${missing.join(" ")}`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const { status, stderr } = spawnSync("sh", ["-c", installLine(missing)], {
    encoding: "utf8",
    env,
    maxBuffer: Infinity,
  });
  if (status !== 0) console.error(stderr);
  return missingDebianPackages(missing);
}

export function installLine(names) {
  return `apt-get update && apt-get install -y --no-install-recommends ${names.join(" ")}`;
}

/** None on a system that is not Debian's: there the compiler's own message has to do. */
function missingDebianPackages(names) {
  if (names.length === 0) return [];
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own placeholders
  const { stdout, error } = spawnSync("dpkg-query", ["-W", "-f=${db:Status-Abbrev}${Package}\n", ...names], {
    encoding: "utf8",
  });
  return error ? [] : names.filter((name) => !stdout.includes(`ii ${name}\n`));
}

function installNpmPackages() {
  const wanted = readFileSync("package-lock.json", "utf8");
  const stamp = "node_modules/.installed-lock.json";
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  console.log("Installing the npm packages of package-lock.json");
  if (process.versions.bun) run(process.execPath, ["install", "--frozen-lockfile", "--silent"]);
  else run("npm", ["ci", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"]);
  // The package `bun` puts its executable in place in an install script, which not every package manager runs.
  if (statSync(bun).size < 1e6) run(process.execPath, ["install.js"], { cwd: "node_modules/bun" });
  writeFileSync(stamp, wanted);
}

export function run(command, args, options = {}) {
  const { status, signal, error } = spawnSync(command, args, { stdio: ["ignore", "inherit", "inherit"], ...options });
  if (status !== 0) fail(`${command} ${args.join(" ")}: ${error?.message ?? signal ?? `ended with ${status}`}`);
}

export function fail(message) {
  console.error(message);
  process.exit(1);
}
