// SPDX-License-Identifier: Apache-2.0
import { version } from "../version.ts";
import type { Command, Option } from "./command.ts";
import { EXIT_CODES } from "./exit-code.ts";

const WIDTH = 96;

/** `stagebox --help`. */
export function overview(commands: readonly Command[]): string {
  return sections([
    `Stagebox ${version} acquires signals, passes them through a graph of stages, streams and records the result.`,
    "stagebox COMMAND [ARGUMENTS]",
    columns(commands.filter(({ isInternal }) => !isInternal).map(({ name, summary }) => [name, summary])),
    columns([
      ["stagebox COMMAND --help", "what a command does and takes"],
      ["stagebox --version", "versions of Stagebox and its library, and what machine this is"],
    ]),
    `Exit codes:\n${columns(EXIT_CODES)}`,
  ]);
}

/** `stagebox plugin --help`: the commands that begin with that word. */
export function familyHelp(word: string, family: readonly Command[]): string {
  return sections([
    `stagebox ${word} ${family.map(({ name }) => name.slice(word.length + 1)).join("|")} [ARGUMENTS]`,
    columns(family.map(({ name, summary }) => [name, summary])),
    columns([[`stagebox ${word} COMMAND --help`, "what a command does and takes"]]),
  ]);
}

/** `stagebox COMMAND --help`. */
export function commandHelp(command: Command): string {
  const { operand, options, examples } = command;
  return sections([
    synopsis(command),
    ...command.description.split("\n\n").map((paragraph) => wrap(paragraph, 0)),
    columns([
      ...(operand ? [[operand.placeholder, operand.description] as const] : []),
      ...Object.entries(options).map(([name, option]) => [optionWords(name, option), option.description] as const),
      ["--help", "this text"],
    ]),
    ...(examples.length > 0 ? [`Examples:\n${examples.map((example) => `  ${example}`).join("\n")}`] : []),
  ]);
}

/** `stagebox process PIPELINE [--input FILE] [--json]` */
function synopsis({ name, operand, options }: Command): string {
  const words = Object.entries(options).map(
    ([option, spec]) => `[${optionWords(option, spec)}]${spec.kind === "list" ? "..." : ""}`,
  );
  if (operand) {
    const many = operand.most > 1 ? `${operand.placeholder}...` : operand.placeholder;
    words.unshift(operand.least === 0 ? `[${many}]` : many);
  }
  return wrap(`stagebox ${name} ${words.map((word) => word.replaceAll(" ", "\u00a0")).join(" ")}`, 4).replaceAll(
    "\u00a0",
    " ",
  );
}

function optionWords(name: string, option: Option): string {
  return option.kind === "flag" ? `--${name}` : `--${name} ${option.placeholder}`;
}

function sections(texts: readonly string[]): string {
  return `${texts.join("\n\n")}\n`;
}

/** Names on the left, what they mean on the right. */
function columns(rows: readonly (readonly [name: string, meaning: string])[]): string {
  const indent = Math.max(...rows.map(([name]) => name.length)) + 4;
  return rows.map(([name, meaning]) => `  ${name}`.padEnd(indent) + wrap(meaning, indent)).join("\n");
}

/** Breaks lines between words; all but the first are indented. */
function wrap(text: string, indent: number): string {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1) as string;
    const room = WIDTH - indent;
    if (line !== "" && line.length + 1 + word.length > room) lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
  }
  return lines.join(`\n${" ".repeat(indent)}`);
}
