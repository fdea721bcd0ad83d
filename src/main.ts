// SPDX-License-Identifier: Apache-2.0
import { dlopen } from "bun:ffi";
import { version } from "../package.json";
import { bundledPipelines } from "./asset.ts";
import { symbols } from "./native/abi.generated.ts";
import { libraryPath } from "./native/library.ts";

const { symbols: library } = dlopen(libraryPath(), symbols);
console.log(`stagebox ${version}, library ${library.sb_version()} on ${library.sb_simd()}`);
console.log(`pipelines: ${[...bundledPipelines().keys()].join(", ") || "none"}`);
if (process.argv[2] === "run") {
  const running = setInterval(() => {}, 1 << 30);
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => clearInterval(running));
}
