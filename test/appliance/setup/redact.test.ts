// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parse } from "smol-toml";
import { redact } from "../../../src/appliance/setup/redact.ts";
import type { Path } from "../../../src/pipeline/document.ts";
import { readToml } from "../../../src/pipeline/toml.ts";

const SECRETS: Path[] = [
  ["wifi", "password"],
  ["admin", "token"],
];
const redacted = (text: string, secrets = SECRETS) => redact(text, readToml(text, "s"), secrets);
const NOTE = (key: string) =>
  `# ${key}: the box has taken it over, so it stands here no more; to change it, write ${key} = "..." again`;

describe("a secret becomes a comment", () => {
  test.each([
    ['[wifi]\npassword = "x"\n', `[wifi]\n${NOTE("password")}\n`],
    ["[wifi]\r\n\tpassword='x' # mine\r\n", `[wifi]\r\n\t${NOTE("password")} # mine\r\n`],
    ['wifi.password = "x"\nb = 1\n', `${NOTE("password")}\nb = 1\n`],
    ['\ufeffwifi.password = "x"', `\ufeff${NOTE("password")}`],
    ['wifi = { ssid = "a", password = "x" }\n', `wifi = { ssid = "a" }\n${NOTE("password")}\n`],
    ['wifi = { password = "x", ssid = "a" } # b\n', `wifi = { ssid = "a" } # b\n${NOTE("password")}\n`],
    ['wifi = { password = "x" }\n', `wifi = { }\n${NOTE("password")}\n`],
    ['[wifi]\npassword = """x"""\n', `[wifi]\n${NOTE("password")}\n`],
    ['[admin]\n"token" = "x"\n[wifi]\npassword = "y"', `[admin]\n${NOTE("token")}\n[wifi]\n${NOTE("password")}`],
    ["[wifi]\nssid = 'password = \"x\"'\n", "[wifi]\nssid = 'password = \"x\"'\n"],
  ])("%j", (text, expected) => {
    expect(redacted(text)).toBe(expected);
  });
});

const bare = fc.stringMatching(/^[a-z]{1,6}$/);
const plain = fc.string({ unit: "grapheme", maxLength: 12 }).filter((it) => it.isWellFormed());
const written = (value: string) => JSON.stringify(value).replaceAll("\u007f", "\\u007f");
const end = fc.constantFrom("\n", "\r\n");
const comment = fc.constantFrom("", " # note", "  # password = 'old'", "\t#“”");

/** A file with secrets that stand nowhere else, in one of the ways to write them. */
const file = fc
  .record({
    keys: fc.dictionary(bare, plain, { maxKeys: 3 }),
    ssid: plain,
    secret: fc.stringMatching(/^[a-z0-9"\\#]{4,12}$/).map((it) => `§${it}§`),
    style: fc.constantFrom("section", "dotted", "inline"),
    end,
    comments: fc.tuple(comment, comment, comment),
    isLast: fc.boolean(),
  })
  .map(({ keys, ssid, secret, style, end, comments: [first, second, third], isLast }) => {
    const others = Object.entries(keys).map(([key, value]) => `o_${key} = ${written(value)}${first}`);
    const pairs = [`ssid = ${written(ssid)}`, `password = ${written(secret)}`];
    if (!isLast) pairs.reverse();
    const wifi = {
      section: ["[wifi]", ...pairs.map((pair) => `  ${pair}${second}`)],
      dotted: pairs.map((pair) => `wifi.${pair}${second}`),
      inline: [`wifi = { ${pairs.join(", ")} }${second}`],
    }[style];
    return { text: ["# head", ...others, ...wifi, `[z]${third}`, "q = 1"].join(end) + end, secret };
  });

test("every secret is gone, all else is there, and the file is TOML as before", () => {
  fc.assert(
    fc.property(file, ({ text, secret }) => {
      const after = redacted(text, [["wifi", "password"]]);
      expect(after).not.toContain(JSON.stringify(secret).slice(1, -1));
      const expected = parse(text) as { wifi: { password?: string } };
      delete expected.wifi.password;
      expect(parse(after)).toEqual(expected);
      for (const line of text.split(/\r?\n/)) if (!line.includes("§")) expect(after).toContain(line);
      expect(redacted(after, [["wifi", "password"]])).toBe(after);
    }),
    { numRuns: 500 },
  );
});
