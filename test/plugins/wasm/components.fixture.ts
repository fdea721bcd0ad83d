// SPDX-License-Identifier: Apache-2.0
//
// Components for tests: made of sources as an author's would be, or of text that no author would write.

import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "@bytecodealliance/jco-transpile/wasm-tools";
import { buildComponent } from "../../../src/plugins/build/component.ts";
import type { LoadedComponent } from "../../../src/plugins/wasm/instantiate.ts";
import { prepare } from "../../../src/plugins/wasm/prepare.ts";
import { type BlockFormat, type BlockInfo, StageComponent } from "../../../src/plugins/wasm/stage-component.ts";
import { makeComponent } from "../../../src/plugins/wasm/toolchain.ts";
import { type World, witSource } from "../../../src/plugins/wasm/worlds.ts";
import { manifest } from "../manifest.fixture.ts";

export const hasClang = Bun.which("clang") !== null && Bun.which("wasm-ld") !== null;
if (!hasClang) console.log("skipped: components in C: there is no clang, lld or wasi-libc");

/** An empty core module. */
export const CORE = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

/** A component of one source, `stage.c` or `stage.js`, whose manifest declares a stage. */
export async function built(folder: string, file: string, source: string, change: object = {}): Promise<Uint8Array> {
  const work = mkdtempSync(join(folder, "component-"));
  mkdirSync(join(work, "src"));
  writeFileSync(join(work, "src", file), source);
  let said = "";
  const { file: component } = await buildComponent(
    work,
    stageManifest({ build: { sources: [`src/${file}`] }, ...change }),
    {
      signal: new AbortController().signal,
      tell: (text) => (said += text),
    },
  );
  if (said !== "") throw new Error(said);
  return readFileSync(component);
}

export function stageManifest(change: object = {}) {
  return manifest({
    runtime: { kind: "wasm", component: "bin/stage.wasm" },
    stages: { one: { name: "One", description: "One." } },
    ...change,
  });
}

/** Functions of the world stage in WAT. What is left out does nothing. */
export async function stageInText(functions: {
  process?: string;
  more?: string;
  memory?: string;
}): Promise<Uint8Array> {
  const { process = "unreachable", more = "", memory = "1" } = functions;
  const id = "stagebox:plugin/processor@0.1.0#";
  const format = "i32 i32 i32 i32 i32 f64 i32 i32 i32 i32 i32 f64 i32 i32 i32";
  const core = await parse(`(module
    (memory (export "memory") ${memory})
    (global $free (mut i32) (i32.const 4096))
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
      global.get $free
      (global.set $free (i32.and (i32.add (global.get $free) (i32.add (local.get 3) (i32.const 15))) (i32.const -16))))
    (func (export "${id}init") (param ${format}) (result i32)
      ;; ok, with the format that came, laid down at 512
      (i32.store (i32.const 512) (i32.const 0)) (i32.store (i32.const 520) (local.get 4))
      (f64.store (i32.const 528) (local.get 5))
      (i32.store (i32.const 536) (local.get 6)) (i32.store (i32.const 540) (local.get 7))
      (i32.store (i32.const 568) (local.get 12)) (i32.store (i32.const 572) (local.get 13))
      (i32.store (i32.const 576) (local.get 14))
      i32.const 512)
    (func $process (export "${id}process") (param i32 i32 i64 i64 i64 i32 i32 i32) (result i32) ${process})
    (func (export "${id}set-parameter") (param i32 i32 i32 i64 i32 i32 i32) (result i32) unreachable)
    (func (export "${id}save-state") (result i32) unreachable)
    (func (export "${id}load-state") (param i32 i32) (result i32) unreachable)
    (func (export "${id}latency-s") (result f64) f64.const nan)
    (func (export "${id}shutdown"))
    ${more})`);
  return makeComponent(witSource(), "stage", core);
}

export const INPUT: BlockFormat = {
  ...{ port: "signal", unit: "uV", channel_names: ["C3", "C4"], rate_hz: 250, channels: 2, values: 1 },
  ...{ max_frames: 64, bin_hz: 0 },
};

export const block = (frames: number, flags = 0): BlockInfo => ({
  ...{ sequence: 3n, first_frame: 96n, time_ns: -5n, frames, lost_before: 7, flags },
});

export async function loaded(component: Uint8Array, world: World): Promise<LoadedComponent> {
  const { glue, ...prepared } = await prepare(component, world);
  return { ...prepared, ...(await import(`data:text/javascript;base64,${Buffer.from(glue).toString("base64")}`)) };
}

export async function stage(component: Uint8Array, capabilities = {}, memory_mb = 64): Promise<StageComponent> {
  return StageComponent.create(await loaded(component, "stage"), { memory_mb, capabilities });
}
