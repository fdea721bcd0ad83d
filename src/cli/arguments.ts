// SPDX-License-Identifier: Apache-2.0
import { parseArgs } from "node:util";
import { nearest } from "../pipeline/suggest.ts";
import { either, quote } from "../pipeline/words.ts";
import type { Command, NumberOption, Option, OptionValue } from "./command.ts";

/** The command line was not understood. */
export class UsageError extends Error {
  constructor(
    message: string,
    /** Whose help to point to. */
    readonly command?: Command,
  ) {
    super(message);
    this.name = "UsageError";
  }
}

export interface Arguments {
  operands: string[];
  options: Record<string, OptionValue>;
  /** --help was among them; then nothing else was checked. */
  help: boolean;
}

/** Reads what stands behind a command's name. Throws UsageError. */
export function readArguments(command: Command, argv: readonly string[]): Arguments {
  const tokens = tokenize(command, argv);
  if (tokens.some((token) => token.kind === "option" && (token.name === "help" || token.rawName === "-h")))
    return { operands: [], options: {}, help: true };

  const operands = tokens.flatMap((token) => (token.kind === "positional" ? [token.value] : []));
  const options: Record<string, OptionValue> = Object.fromEntries(
    Object.entries(command.options).map(([name, { kind }]) => [name, unset(kind)]),
  );
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    const option = Object.hasOwn(command.options, token.name) ? command.options[token.name] : undefined;
    if (!option || !token.rawName.startsWith("--"))
      throw new UsageError(unknownOption(token.rawName, command), command);
    const value = readValue(token, option, command);
    const before = options[token.name];
    options[token.name] = Array.isArray(before) ? [...before, String(value)] : value;
  }
  checkOperands(command, operands);
  return { operands, options, help: false };
}

function unset(kind: Option["kind"]): OptionValue {
  if (kind === "list") return [];
  return kind === "flag" ? false : undefined;
}

type Token = ReturnType<typeof tokenize>[number];
type OptionToken = Extract<Token, { kind: "option" }>;

function tokenize(command: Command, argv: readonly string[]) {
  const options = Object.fromEntries(
    Object.entries(command.options).map(([name, { kind }]) => [
      name,
      { type: kind === "flag" ? ("boolean" as const) : ("string" as const) },
    ]),
  );
  return parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true }).tokens;
}

function readValue(token: OptionToken, option: Option, command: Command): OptionValue {
  const refuse = (message: string) => new UsageError(`${token.rawName} ${message}`, command);
  if (option.kind === "flag") {
    if (token.value !== undefined) throw refuse("is a switch and takes no value");
    return true;
  }
  const { value, inlineValue } = token;
  const isMissing = value === undefined || value === "" || (!inlineValue && value.startsWith("--"));
  if (isMissing) throw refuse(`needs a value: ${token.rawName} ${option.placeholder}`);
  if (option.kind !== "number") return value;
  const number = readNumber(value, option);
  if (number === undefined) throw refuse(`is ${quote(value)}; give ${numberWords(option)}`);
  return number;
}

function readNumber(text: string, { minimum, maximum, whole, words = {} }: NumberOption): number | undefined {
  if (Object.hasOwn(words, text)) return words[text];
  const number = text.trim() === "" ? Number.NaN : Number(text);
  return number >= minimum && number <= maximum && (!whole || Number.isInteger(number)) ? number : undefined;
}

function numberWords({ minimum, maximum, whole, words = {} }: NumberOption): string {
  return either([...Object.keys(words), `a ${whole ? "whole " : ""}number from ${minimum} to ${maximum}`]);
}

function unknownOption(name: string, command: Command): string {
  const known = Object.keys(command.options).map((option) => `--${option}`);
  const near = nearest(name, known);
  const remedy = near ? `did you mean ${near}?` : `${command.name} knows ${[...known, "--help"].join(", ")}`;
  return `unknown option ${name}; ${remedy}`;
}

function checkOperands(command: Command, operands: readonly string[]): void {
  const { name, operand } = command;
  const { placeholder = "", description = "", least = 0, most = 0 } = operand ?? {};
  const surplus = operands[most];
  if (surplus !== undefined) {
    const remedy = most === 0 ? "takes options only" : `takes ${most} ${placeholder}`;
    throw new UsageError(`${quote(surplus)} is one argument too many; ${name} ${remedy}`, command);
  }
  if (operands.length < least) throw new UsageError(`${name} needs ${placeholder}: ${description}`, command);
}
