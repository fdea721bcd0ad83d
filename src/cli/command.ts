// SPDX-License-Identifier: Apache-2.0
//
// What a command says about itself: argument reading, help and error messages are all made from it.
import type { ExitCode } from "./exit-code.ts";
import type { Output } from "./output.ts";

interface Described {
  description: string;
}

/** `--json` */
export interface FlagOption extends Described {
  kind: "flag";
}

/** `--input FILE` */
export interface TextOption extends Described {
  kind: "text";
  placeholder: string;
}

/** `--grant WHAT`, any number of times. */
export interface ListOption extends Described {
  kind: "list";
  placeholder: string;
}

/** `--port N` */
export interface NumberOption extends Described {
  kind: "number";
  placeholder: string;
  minimum: number;
  maximum: number;
  whole?: boolean;
  /** Words that stand for a number: `--speed max`. */
  words?: Readonly<Record<string, number>>;
}

export type Option = FlagOption | TextOption | ListOption | NumberOption;
/** By name, without the dashes. */
export type OptionTable = Readonly<Record<string, Option>>;

/** A switch is true or false, a list may be empty; any other option is undefined where it was not given. */
export type OptionValue = string | number | boolean | string[] | undefined;
export type OptionValues<Table extends OptionTable> = {
  [Name in keyof Table]: Table[Name] extends FlagOption
    ? boolean
    : Table[Name] extends ListOption
      ? string[]
      : (Table[Name] extends NumberOption ? number : string) | undefined;
};

/** An argument that is no option. */
export interface Operand extends Described {
  placeholder: string;
  least: number;
  most: number;
}

export interface Invocation<Table extends OptionTable> {
  operands: string[];
  options: OptionValues<Table>;
  output: Output;
  /** Aborted when the user or the system wants an end; the reason is an Interruption. */
  signal: AbortSignal;
}

export interface Command<Table extends OptionTable = OptionTable> {
  /** One word or two: `process`, `token show`. */
  name: string;
  /** For this program's own use: no help names it. */
  isInternal?: boolean;
  /** For the list of commands. */
  summary: string;
  /** For its own help: paragraphs. */
  description: string;
  operand?: Operand;
  options: Table;
  examples: readonly string[];
  /** Throws ProblemsError for what the user can put right. */
  run(invocation: Invocation<Table>): Promise<ExitCode>;
}

/** Ties the types of `options` and `run` together. */
export function command<Table extends OptionTable>(declaration: Command<Table>): Command {
  return declaration as unknown as Command;
}
