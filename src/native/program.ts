// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { assetPath, isCompiled } from "../asset.ts";
import { hostTriple } from "../triple.ts";
import { cstring, lib } from "./engine.ts";

const held = new Map<string, string>();

/**
 * Where a native program (`stagebox-plugin-host`) can be executed from, or a library opened. What the executable carries
 * inside is put into memory first, and stays there, so nothing is written to a disk and nothing can be put in its place.
 */
export function programPath(name: string): string {
  const file = assetPath(`native/build/${hostTriple}/${name}`);
  if (!isCompiled) return file;
  const known = held.get(name);
  if (known) return known;
  const bytes = readFileSync(file);
  const descriptor = lib.sb_program_file(cstring(name), bytes, bytes.length);
  if (descriptor < 0) throw new Error(`${name} cannot be run: ${lib.sb_last_error()}`);
  const path = `/proc/${process.pid}/fd/${descriptor}`;
  held.set(name, path);
  return path;
}

/** How it is started: a machine that is emulated (engine/process.c) needs its emulator for others too. */
export function programCommand(name: string): string[] {
  return [...(process.env.STAGEBOX_EMULATOR ?? "").split(" ").filter(Boolean), programPath(name)];
}
