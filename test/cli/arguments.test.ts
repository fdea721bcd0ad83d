// SPDX-License-Identifier: Apache-2.0
import { expect, setDefaultTimeout, test } from "bun:test";
import { version } from "../../package.json";
import { readArguments } from "../../src/cli/arguments.ts";
import { command } from "../../src/cli/command.ts";
import { commands } from "../../src/cli/commands.ts";
import { commandHelp } from "../../src/cli/help.ts";
import { stagebox } from "./stagebox.ts";

setDefaultTimeout(60_000);

const example = command({
  name: "play",
  summary: "",
  description: "",
  operand: { placeholder: "FILE", least: 1, most: 2, description: "what to play" },
  options: {
    speed: { kind: "number", placeholder: "N|max", minimum: 0, maximum: 9, words: { max: 0 }, description: "" },
    port: { kind: "number", placeholder: "N", minimum: 1, maximum: 99, whole: true, description: "" },
    host: { kind: "text", placeholder: "ADDRESS", description: "" },
    json: { kind: "flag", description: "" },
  },
  examples: [],
  run: async () => 0,
});
const read = (line: string) => readArguments(example, line.split(" "));

test("options may stand anywhere, with a space or an equals sign", () => {
  expect(read("a --speed 1.5 --json b --host=box --port=80")).toEqual({
    operands: ["a", "b"],
    options: { speed: 1.5, port: 80, host: "box", json: true },
    help: false,
  });
  expect(read("a").options).toEqual({ json: false });
  expect(read("a --speed max").options.speed).toBe(0);
  expect(read("-- --json").operands).toEqual(["--json"]);
});

test.each([
  ["a --sped 1", "unknown option --sped; did you mean --speed?"],
  ["a --zzzzzz", "unknown option --zzzzzz; play knows --speed, --port, --host, --json, --help"],
  ["a -j", "unknown option -j; play knows"],
  ["a --speed", "--speed needs a value: --speed N|max"],
  ["a --host --json", "--host needs a value: --host ADDRESS"],
  ["a --host=", "--host needs a value"],
  ["a --speed 1e999", '--speed is "1e999"; give max or a number from 0 to 9'],
  ["a --speed fast", '--speed is "fast"; give max or a number from 0 to 9'],
  ["a --speed toString", "give max or a number"],
  ["a --port 1.5", "give a whole number from 1 to 99"],
  ["a --port -5", "give a whole number from 1 to 99"],
  ["a --json=yes", "--json is a switch and takes no value"],
  ["a b c", '"c" is one argument too many; play takes 2 FILE'],
  ["--json", "play needs FILE: what to play"],
  ["a --__proto__ x", "unknown option --__proto__"],
])("play %s", (line, message) => {
  expect(() => read(line)).toThrow(message);
});

test("help is given whatever else stands there", () => {
  expect(read("a b c --speed x --help").help).toBe(true);
  expect(read("-h").help).toBe(true);
});

test.each(commands)("the help of $name tells of all it takes, in lines that fit a terminal", async (command) => {
  const { exitCode, stdout, stderr } = await stagebox([...command.name.split(" "), "--help"]);
  expect([exitCode, stderr]).toEqual([0, ""]);
  expect(stdout).toBe(commandHelp(command));
  for (const option of Object.keys(command.options)) expect(stdout).toContain(`[--${option}`);
  const prose = stdout.split("\nExamples:")[0] as string;
  for (const line of prose.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
});

test("the overview lists all commands and exit codes", async () => {
  const { exitCode, stdout } = await stagebox(["--help"]);
  expect(exitCode).toBe(0);
  for (const { name, summary, isInternal = false } of commands)
    expect(new RegExp(`^  ${name} +${summary}$`, "m").test(stdout)).toBe(!isInternal);
  for (const code of [0, 1, 2, 130]) expect(stdout).toMatch(new RegExp(`^  ${code} `, "m"));
});

test("the version is that of package and library", async () => {
  const { exitCode, stdout } = await stagebox(["--version"]);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^stagebox (\S+), library \1 on linux (x64|arm64) \((sse4.2|avx2|avx512|neon)\)\n$/);
  expect(stdout).toContain(version);
});

test.each([
  [[], "stagebox COMMAND [ARGUMENTS]"],
  [["proces"], 'stagebox: "proces" is not a command; did you mean process?\nTry: stagebox --help\n'],
  [["token"], "stagebox: token is not complete; there is token show\n"],
  [["--jsno", "check"], "stagebox: --jsno stands before a command; the command comes first\n"],
  [["process", "x", "--inptu", "y"], "did you mean --input?\nTry: stagebox process --help\n"],
])("what is not understood ends with 2: %p", async (args, message) => {
  const { exitCode, stdout, stderr } = await stagebox(args);
  expect([exitCode, stdout]).toEqual([2, ""]);
  expect(stderr).toContain(message);
});
