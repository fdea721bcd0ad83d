// SPDX-License-Identifier: Apache-2.0
/** npm run build: dist/stagebox for this machine and dist/stagebox-linux-arm64 for the Pi, everything inside. */
import { cpSync, rmSync, statSync } from "node:fs";
import { basename } from "node:path";
import { buildNative, bun, crossCompiler, host, requireDebianPackages, run, setUp } from "./setup.mjs";

const executables = [
  { file: "dist/stagebox", triple: host, target: process.arch === "arm64" ? "bun-linux-arm64" : "bun-linux-x64" },
  { file: "dist/stagebox-linux-arm64", triple: "aarch64-linux-gnu", target: "bun-linux-arm64" },
];

/** What `stagebox plugin new` copies; src/plugins/scaffold. */
const templates = [
  ...["gain", "spectrogram", "tone", "level-log", ".template"],
  ...["plain-gain", ".template-python", "script-gain", ".template-script", "wasm-gain", "js-gain", ".template-wasm"],
  ...["remote-gain", ".template-service"],
];

/** What makes and translates WebAssembly components; src/plugins/wasm/toolchain.ts. */
const tools = ["js-component-bindgen-component", "wasm-tools"].flatMap((tool) =>
  ["core", "core2"].map((core) => `node_modules/@bytecodealliance/jco-transpile/vendor/${tool}.${core}.wasm`),
);

/** Files and folders that travel inside the executable, where src/asset.ts finds them by the last part of their name. */
const assets = (triple) => [
  ...[
    "libstagebox.so",
    "stagebox-plugin-host",
    "stagebox-plugin-check",
    "libnop_plugin.so",
    "libstagebox_python.so",
    "libstagebox_script.so",
  ].map((file) => `native/build/${triple}/${file}`),
  ...["pipelines", "native/include", "plugins/wit", wasmHost, ...tools],
  ...templates.map((name) => `${templateFolder}/${name}`),
];

/** As they are in the repository, without what was built in them. */
const templateFolder = "dist/templates";
function copyTemplates() {
  rmSync(templateFolder, { recursive: true, force: true });
  for (const name of templates)
    cpSync(`plugins/${name}`, `${templateFolder}/${name}`, {
      recursive: true,
      filter: (path) => basename(path) !== "bin",
    });
}

/** What is put around a component; src/plugins/wasm/program.ts makes the same in a checkout. */
const wasmHost = "dist/wasm-host.js";
const hostSource = "src/plugins/wasm/hosted.ts";

setUp();
requireDebianPackages(crossCompiler);
copyTemplates();
run(bun, [
  ...["build", hostSource, `--outfile=${wasmHost}`, "--target=bun", "--format=cjs"],
  ...["--minify-whitespace", "--minify-syntax"],
]);
for (const { file, triple, target } of executables) {
  buildNative(triple);
  run(bun, [
    ...["build", "src/main.ts", "--compile", `--target=${target}`, `--outfile=${file}`, "--sourcemap"],
    // Less source is less memory; names stay, so that an error still names what it met.
    ...["--minify-whitespace", "--minify-syntax"],
    // Parsed here and not at each start: a command takes 20 ms and not 80.
    ...["--bytecode", "--format=esm"],
    // The executable obeys its own configuration, not files that lie where it is called.
    ...["--no-compile-autoload-dotenv", "--no-compile-autoload-bunfig"],
    ...assets(triple).flatMap((asset) => ["--asset", asset]),
  ]);
  console.log(`${file}: ${(statSync(file).size / 1e6).toFixed(0)} MB`);
}
