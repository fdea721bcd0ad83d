// SPDX-License-Identifier: Apache-2.0
import { parse } from "yaml";
import { LIMITS } from "../pipeline/limits.ts";
import { fileRefusal, messageOf } from "../pipeline/problem.ts";
import { suggestion } from "../pipeline/suggest.ts";
import { quote } from "../pipeline/words.ts";
import { NotFoundError } from "../runtime/box.ts";
import { readTextIn } from "./discovery/plugin-files.ts";
import type { PluginView } from "./plugin.ts";

/** The actions of a preset, a patch for the graph; not checked yet. Throws NotFoundError, ProblemsError. */
export function readPreset({ id, folder, presets }: PluginView, name: string): unknown {
  const preset = presets.find((it) => it.id === name);
  const names = presets.map((it) => it.id);
  if (!preset) throw new NotFoundError(`${id} has no preset ${quote(name)}; ${suggestion(name, names)}`);
  return readPresetFile(folder, preset.file);
}

/** The same of a file, relative to the plugin's folder. Throws ProblemsError. */
export function readPresetFile(folder: string, file: string): unknown {
  const text = readTextIn(folder, file, LIMITS.yaml_chars);
  try {
    return parse(text, { maxAliasCount: 0 });
  } catch (error) {
    const message = messageOf(error).split("\n", 1)[0];
    throw fileRefusal(file, `not YAML: ${message}`);
  }
}
