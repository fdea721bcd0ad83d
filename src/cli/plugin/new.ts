// SPDX-License-Identifier: Apache-2.0
//
// stagebox plugin new.
import { userInfo } from "node:os";
import { ProblemsError } from "../../pipeline/problem.ts";
import { suggestion } from "../../pipeline/suggest.ts";
import { quote } from "../../pipeline/words.ts";
import { pluginName } from "../../plugins/scaffold/plugin-name.ts";
import { scaffold } from "../../plugins/scaffold/scaffold.ts";
import { TEMPLATES, type TemplateName } from "../../plugins/scaffold/templates.ts";
import { loadCatalog } from "../../runtime/catalog.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import type { Output } from "../output.ts";
import { shownPath } from "./folders.ts";

export interface NewOptions {
  name: string;
  template: string;
  into: string;
  output: Output;
}

export async function newPlugin({ name: typed, template, into, output }: NewOptions): Promise<ExitCode> {
  if (!isTemplate(template)) {
    const remedy = suggestion(template, Object.keys(TEMPLATES));
    throw new ProblemsError([{ message: `--template ${quote(template)} is not there; ${remedy}` }]);
  }
  const name = pluginName(typed);
  const { sources, stages, sinks } = loadCatalog();
  const taken = new Set([...sources.keys(), ...stages.keys(), ...sinks.keys()]);
  const folder = scaffold(name, { template, into, author: author(), taken });
  const { summary } = TEMPLATES[template];
  output.write(`${shownPath(folder)} holds the plugin ${name.id}: ${summary}, of the type ${name.snake}

Next:
  cd ${shownPath(folder)}
  stagebox plugin build
  stagebox plugin check
  stagebox plugin install . --link
`);
  return EXIT.ok;
}

function isTemplate(name: string): name is TemplateName {
  return Object.hasOwn(TEMPLATES, name);
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
