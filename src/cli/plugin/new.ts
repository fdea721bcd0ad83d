// SPDX-License-Identifier: Apache-2.0
//
// stagebox plugin new.
import { userInfo } from "node:os";
import { ProblemsError } from "../../pipeline/problem.ts";
import { suggestion } from "../../pipeline/suggest.ts";
import { quote } from "../../pipeline/words.ts";
import { pluginName } from "../../plugins/scaffold/plugin-name.ts";
import { scaffold } from "../../plugins/scaffold/scaffold.ts";
import { TEMPLATES, type Template } from "../../plugins/scaffold/templates.ts";
import { loadCatalog } from "../../runtime/catalog.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import type { Output } from "../output.ts";
import { shownPath } from "./folders.ts";

/** Where the first step is another one than to build. */
const NEXT: Record<string, string> = { service: "  python3 server.py &\n" };

export interface NewOptions {
  name: string;
  runtime: string;
  template: string;
  into: string;
  output: Output;
}

export async function newPlugin({ name: typed, runtime, template, into, output }: NewOptions): Promise<ExitCode> {
  const templates: Record<string, Template> = chosen("--runtime", runtime, TEMPLATES);
  const copied = chosen("--template", template, templates);
  const name = pluginName(typed);
  const { sources, stages, sinks } = loadCatalog();
  const taken = new Set([...sources.keys(), ...stages.keys(), ...sinks.keys()]);
  const folder = scaffold(name, {
    ...{ runtime: runtime as keyof typeof TEMPLATES, template: copied },
    ...{ into, author: author(), taken },
  });
  output.write(`${shownPath(folder)} holds the plugin ${name.id}: ${copied.summary}, of the type ${name.snake}

Next:
  cd ${shownPath(folder)}
${NEXT[runtime] ?? "  stagebox plugin build\n"}  stagebox plugin check
  stagebox plugin install . --link
`);
  return EXIT.ok;
}

function chosen<T>(option: string, name: string, all: Readonly<Record<string, T>>): T {
  const found = Object.hasOwn(all, name) ? all[name] : undefined;
  if (found !== undefined) return found;
  throw new ProblemsError([
    { message: `${option} ${quote(name)} is not there; ${suggestion(name, Object.keys(all))}` },
  ]);
}

/** As git knows them, else by their account. */
function author(): string {
  const said = (program: string, ...words: string[]) =>
    Bun.which(program)
      ? Bun.spawnSync([program, ...words])
          .stdout.toString()
          .trim()
      : "";
  return said("git", "config", "user.name") || said("id", "-un") || userInfo().username;
}
