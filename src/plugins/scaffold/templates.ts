// SPDX-License-Identifier: Apache-2.0
//
// What `stagebox plugin new` copies: plugins that come with Stagebox, so each is built and checked with it.
import type { RuntimeKind } from "../manifest/kinds.ts";
import type { PluginName } from "./plugin-name.ts";

export interface Template {
  /** Its folder in plugins/, and its id. */
  plugin: string;
  /** Its name as the sources, the stage type and the file names have it; `-` for `_` and `Smooth gain` go with it. */
  word: string;
  /** What somebody gets who takes it. */
  summary: string;
}

/** By the kind of runtime, and by the name that somebody chooses. */
export const TEMPLATES = {
  native: {
    gain: { plugin: "gain", word: "smooth_gain", summary: "a stage that changes a signal, with live parameters" },
    analysis: { plugin: "spectrogram", word: "sliding_spectrum", summary: "a stage that turns a signal into spectra" },
    source: { plugin: "tone", word: "test_tone", summary: "a source of a signal" },
    sink: { plugin: "level-log", word: "level_log", summary: "a sink that writes a file" },
  },
  python: {
    gain: { plugin: "plain-gain", word: "plain_gain", summary: "a stage that changes a signal, with a live parameter" },
  },
  script: {
    gain: {
      plugin: "script-gain",
      word: "script_gain",
      summary: "a stage that changes a signal, with a live parameter",
    },
  },
  wasm: {
    gain: { plugin: "wasm-gain", word: "wasm_gain", summary: "a stage in C, with a live parameter" },
    javascript: { plugin: "js-gain", word: "js_gain", summary: "a stage in JavaScript, with a live parameter" },
  },
  service: {
    gain: {
      plugin: "remote-gain",
      word: "remote_gain",
      summary: "a stage that a server computes, in Python and on any machine, with a live parameter",
    },
  },
} as const satisfies Partial<Record<RuntimeKind, Record<string, Template>>>;

/** What every new plugin of a kind gets besides its template's own. */
export const COMMON: Record<keyof typeof TEMPLATES, Template> = {
  native: { plugin: ".template", word: "plugin_name", summary: "" },
  python: { plugin: ".template-python", word: "plugin_name", summary: "" },
  script: { plugin: ".template-script", word: "plugin_name", summary: "" },
  service: { plugin: ".template-service", word: "plugin_name", summary: "" },
  wasm: { plugin: ".template-wasm", word: "plugin_name", summary: "" },
};

/** What becomes what in a copy: in file names, identifiers, the manifest and the prose. */
export function replacements(word: string, name: PluginName): [old: string, now: string][] {
  const spaced = word.replaceAll("_", " ");
  const title = spaced.charAt(0).toUpperCase() + spaced.slice(1);
  return [
    [word, name.snake],
    [word.replaceAll("_", "-"), name.kebab],
    [title, name.title],
    [spaced, name.title.toLowerCase()],
  ];
}
