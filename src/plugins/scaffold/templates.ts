// SPDX-License-Identifier: Apache-2.0
//
// What `stagebox plugin new` copies: plugins that come with Stagebox, so each is built and checked with it.
import type { PluginName } from "./plugin-name.ts";

export interface Template {
  /** Its folder in plugins/, and its id. */
  plugin: string;
  /** Its name as the sources, the stage type and the file names have it; `-` for `_` and `Smooth gain` go with it. */
  word: string;
  /** What somebody gets who takes it. */
  summary: string;
}

export const TEMPLATES = {
  gain: { plugin: "gain", word: "smooth_gain", summary: "a stage that changes a signal, with live parameters" },
  analysis: { plugin: "spectrogram", word: "sliding_spectrum", summary: "a stage that turns a signal into spectra" },
  source: { plugin: "tone", word: "test_tone", summary: "a source of a signal" },
  sink: { plugin: "level-log", word: "level_log", summary: "a sink that writes a file" },
} as const satisfies Record<string, Template>;
export type TemplateName = keyof typeof TEMPLATES;

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
