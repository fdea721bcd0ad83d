// SPDX-License-Identifier: Apache-2.0
//
// A new plugin: a copy of one that works, under another name, with what a repository of its own needs.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { assetPath } from "../../asset.ts";
import { ProblemsError } from "../../pipeline/problem.ts";
import { quote } from "../../pipeline/words.ts";
import type { PluginName } from "./plugin-name.ts";
import { COMMON, replacements, TEMPLATES, type Template } from "./templates.ts";

export interface ScaffoldOptions {
  runtime: keyof typeof TEMPLATES;
  template: Template;
  /** The folder that the new one is made in. */
  into: string;
  author: string;
  /** Stage types that are taken. */
  taken: ReadonlySet<string>;
}

const LEFT_OUT = new Set(["bin"]);

/** Makes the plugin's folder and returns it. Nothing that is there is touched. Throws ProblemsError. */
export function scaffold(name: PluginName, { runtime, template, into, author, taken }: ScaffoldOptions): string {
  const folder = join(into, name.id);
  const fault = existsSync(folder) ? `${folder} is there already` : typeFault(name, taken, template);
  if (fault) throw new ProblemsError([{ message: `${fault}; choose another name` }]);

  mkdirSync(into, { recursive: true });
  const work = mkdtempSync(join(into, ".new-plugin-"));
  try {
    for (const { plugin, word } of [template, COMMON[runtime]]) {
      const names = replacements(word, name);
      copyRenamed(templateFolder(plugin), work, (text) =>
        names.reduce((text, [old, now]) => text.replaceAll(old, now), text),
      );
    }
    const manifest = join(work, "plugin.toml");
    writeFileSync(manifest, ofItsOwn(readFileSync(manifest, "utf8"), name, author));
    chmodSync(work, 0o755); // mkdtemp makes it for its owner alone
    renameSync(work, folder);
  } catch (error) {
    rmSync(work, { recursive: true, force: true });
    throw error;
  }
  return folder;
}

/** Why there cannot be a stage of that name in a copy of `template`. */
function typeFault({ snake }: PluginName, taken: ReadonlySet<string>, { plugin }: Template): string | undefined {
  const words = Object.values(TEMPLATES).flatMap((kind) => Object.values(kind).map(({ word }): string => word));
  if (taken.has(snake) || words.includes(snake)) return `the stage ${quote(snake)} comes with Stagebox`;
  return identifiersIn(templateFolder(plugin)).has(snake)
    ? `${quote(snake)} is a name in the template's own code`
    : undefined;
}

function templateFolder(plugin: string): string {
  return assetPath(join("plugins", plugin));
}

function identifiersIn(folder: string): Set<string> {
  const files = (readdirSync(folder, { recursive: true }) as string[]).filter((file) => /\.(c|js|py|ts)$/.test(file));
  const texts = files.map((file) => readFileSync(join(folder, file), "utf8"));
  const code = texts.join("\n").replace(/\/\*.*?\*\/|(?:\/\/|#\s).*?$|"""(?:.*?)"""|"(?:\\.|[^"\\])*"/gms, "");
  return new Set(code.match(/[A-Za-z_]\w*/g));
}

function copyRenamed(from: string, to: string, rename: (text: string) => string): void {
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (LEFT_OUT.has(entry.name)) continue;
    const [source, target] = [join(from, entry.name), join(to, rename(entry.name))];
    if (!entry.isDirectory()) writeFileSync(target, rename(readFileSync(source, "utf8")), { flag: "wx" });
    else {
      mkdirSync(target, { recursive: true });
      copyRenamed(source, target, rename);
    }
  }
}

function ofItsOwn(manifest: string, { id }: PluginName, author: string): string {
  // Only one that asks for something is off, until that is granted.
  const isWaiting = /^\[permissions\]$/m.test(manifest);
  const awake = isWaiting ? manifest : manifest.replace(/^enabled = .*\n/m, "");
  return awake
    .replace(/^id = .*$/m, `id = ${JSON.stringify(id)}`)
    .replace(/^version = .*$/m, 'version = "0.1.0"')
    .replace(/^authors = .*$/m, () => `authors = [${JSON.stringify(author)}]`);
}
