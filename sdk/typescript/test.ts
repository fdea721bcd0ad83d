// SPDX-License-Identifier: Apache-2.0
//
// "stagebox/test": plugins at a desk, under `bun test` and without a box.
export { type MainOptions, type ManifestLike, type OpenMain, openMain } from "./main-bench.ts";
export { type ConsoleOptions, type DeskConsole, deskConsole } from "./panel-bench.ts";
export { problems, type Ran, type RunOptions, read, run } from "./stage-bench.ts";
