// SPDX-License-Identifier: Apache-2.0
//
// The command line: finds the command, reads its arguments, runs it, and turns what goes wrong into words on standard
// error and an exit code.
import { formatProblem, ProblemsError } from "../pipeline/problem.ts";
import { nearest } from "../pipeline/suggest.ts";
import { quote } from "../pipeline/words.ts";
import { version } from "../version.ts";
import { readArguments, UsageError } from "./arguments.ts";
import type { Command, OptionTable, OptionValues } from "./command.ts";
import { commands } from "./commands.ts";
import { EXIT, type ExitCode, Interruption } from "./exit-code.ts";
import { commandHelp, familyHelp, overview } from "./help.ts";
import { Output } from "./output.ts";

export async function runCli(argv: readonly string[]): Promise<ExitCode> {
  const abort = new AbortController();
  const output = new Output(process.stdout, abort);
  endOnSignals(abort);
  try {
    const code = await dispatch(argv, output, abort.signal);
    await output.end();
    return code;
  } catch (error) {
    const code = report(error);
    await output.end().catch(() => {});
    return code;
  }
}

async function dispatch(argv: readonly string[], output: Output, signal: AbortSignal): Promise<ExitCode> {
  const [first, ...rest] = argv;
  if (first === undefined) {
    process.stderr.write(overview(commands));
    return EXIT.usage;
  }
  if (first === "--version" || first === "-V") {
    output.line(await versionLine());
    return EXIT.ok;
  }
  if (first === "--help" || first === "-h" || first === "help") {
    output.write(rest.length > 0 ? helpOf(rest) : overview(commands));
    return EXIT.ok;
  }
  if (rest.length === 1 && ["--help", "-h"].includes(rest[0] ?? "") && familyOf(first).length > 0) {
    output.write(familyHelp(first, familyOf(first)));
    return EXIT.ok;
  }
  const { command, remaining } = findCommand(argv);
  const { operands, options, help } = readArguments(command, remaining);
  if (!help) return command.run({ operands, options: options as OptionValues<OptionTable>, output, signal });
  output.write(commandHelp(command));
  return EXIT.ok;
}

function helpOf(words: readonly string[]): string {
  const [first = ""] = words;
  const family = words.length === 1 ? familyOf(first) : [];
  return family.length > 0 ? familyHelp(first, family) : commandHelp(findCommand(words).command);
}

/** `plugin new`, `plugin build` ... for `plugin`; none for what is a command by itself. */
function familyOf(first: string): Command[] {
  if (commands.some(({ name }) => name === first)) return [];
  return commands.filter(({ name, isInternal }) => name.startsWith(`${first} `) && !isInternal);
}

/** A command's name has one word or two. */
function findCommand(argv: readonly string[]): { command: Command; remaining: readonly string[] } {
  for (const words of [2, 1]) {
    const command = commands.find(({ name }) => name === argv.slice(0, words).join(" "));
    if (command) return { command, remaining: argv.slice(words) };
  }
  const [first = ""] = argv;
  if (first.startsWith("-")) throw new UsageError(`${first} stands before a command; the command comes first`);
  const family = familyOf(first).map(({ name }) => name);
  if (family.length > 0) {
    const typed = argv.slice(0, 2).join(" ");
    const near = argv.length > 1 && nearest(typed, family);
    throw new UsageError(
      near
        ? `${quote(typed)} is not a command; did you mean ${near}?`
        : `${first} is not complete; there is ${family.join(", ")}`,
    );
  }
  const near = nearest(
    first,
    commands.map(({ name }) => name),
  );
  throw new UsageError(`${quote(first)} is not a command${near ? `; did you mean ${near}?` : ""}`);
}

/** The first signal asks for a clean end; a second one does not wait for it. */
function endOnSignals(abort: AbortController): void {
  for (const by of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(by, () => {
      const interruption = new Interruption(by);
      if (abort.signal.aborted) process.exit(interruption.exitCode);
      abort.abort(interruption);
    });
  }
}

function report(error: unknown): ExitCode {
  if (error instanceof Interruption) return error.exitCode;
  if (error instanceof UsageError) {
    console.error(`stagebox: ${error.message}`);
    console.error(`Try: stagebox ${error.command ? `${error.command.name} ` : ""}--help`);
    return EXIT.usage;
  }
  if (error instanceof ProblemsError) for (const problem of error.problems) console.error(formatProblem(problem));
  else if (isRefusal(error)) console.error(`stagebox: ${error.message}`);
  else throw error;
  return EXIT.failed;
}

/** The engine or the system said no, and said why. Anything else is a mistake of ours and keeps its trace. */
function isRefusal(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  return ["EngineError", "PortTakenError"].includes(error.name) || ("code" in error && "syscall" in error);
}

async function versionLine(): Promise<string> {
  const { engineVersion, simd } = await import("../native/engine.ts");
  return `stagebox ${version}, library ${engineVersion()} on ${process.platform} ${process.arch} (${simd()})`;
}
