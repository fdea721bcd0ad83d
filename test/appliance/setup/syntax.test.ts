// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { readSetupToml } from "../../../src/appliance/setup/syntax.ts";
import { refused } from "../../pipeline/refused.fixture.ts";

const END = "; nothing of this file is applied before";

describe("what is no TOML", () => {
  test.each([
    ["hostname = lab", ['s:1:12: not TOML: invalid value; text stands in quotes: hostname = "..."']],
    [
      "hostname =",
      ["s:1:11: not TOML: unfinished value; write what hostname is behind the =, or put a # in front of the line"],
    ],
    ['password = "C:\\home"', ["see that password"]],
    ['ssid = "Home', ['see that ssid = "..." has its quotes']],
    ["[wifi", ["a heading stands in square brackets: [wifi]"]],
    ["hello there", ["a setting is written as name = value, and a comment begins with #"]],
    ["<html>", ["a setting is written as name = value"]],
  ])("%s", (text, words) => {
    const problems = refused(() => readSetupToml(text, "s"));
    expect(problems).toHaveLength(words.length);
    for (const [index, word] of words.entries()) {
      expect(problems[index]).toContain(word.replace(/^.*not TOML: unfinished value; /, ""));
      expect(problems[index]).toEndWith(END);
    }
  });

  test("is told of every line", () => {
    const text = 'hostname = lab\ntimezone = Europe/Berlin\nboard = "x"\n[wifi]\nssid = Home\npassword = hunter22\n';
    const problems = refused(() => readSetupToml(text, "s"));
    expect(problems.map((problem) => problem.split(":")[1])).toEqual(["1", "2", "5", "6"]);
    expect(problems.join()).not.toContain("hunter22");
  });

  test("ends where the rest cannot be told from it", () => {
    expect(refused(() => readSetupToml('keys = [\n"a" "b",\n"c"\n]\nhostname = lab\n', "s"))).toHaveLength(1);
  });

  test("is not listed without end", () => {
    expect(refused(() => readSetupToml("a = b\n".repeat(1000), "s")).length).toBeLessThanOrEqual(20);
  });
});

test("TOML is read", () => {
  expect(readSetupToml('a = "b"', "s").value).toEqual({ a: "b" });
});
