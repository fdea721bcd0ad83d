// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import fc from "fast-check";
import { decodeCardText } from "../../../src/appliance/setup/card-text.ts";
import { refused } from "../../pipeline/refused.fixture.ts";

const TEXT = 'ssid = "Büro"\r\n';
const utf16be = (text: string) => Buffer.from(text, "utf16le").swap16();

test.each([
  ["UTF-8", Buffer.from(TEXT), TEXT, false],
  ["UTF-8 with a mark", Buffer.from(`\ufeff${TEXT}`), `\ufeff${TEXT}`, false],
  ["UTF-16 of Notepad", Buffer.from(`\ufeff${TEXT}`, "utf16le"), `\ufeff${TEXT}`, true],
  ["UTF-16 without a mark", Buffer.from(TEXT, "utf16le"), TEXT, true],
  ["UTF-16, big end first", utf16be(`\ufeff${TEXT}`), `\ufeff${TEXT}`, true],
  ["what Windows calls ANSI", Buffer.from(TEXT, "latin1"), TEXT, true],
  ["nothing", Buffer.alloc(0), "", false],
])("%s", (_, bytes, text, isOdd) => {
  const card = decodeCardText(bytes, "a");
  expect(card.text).toBe(text);
  expect(card.notes).toHaveLength(isOdd ? 1 : 0);
  expect(card.encode(card.text)).toEqual(bytes);
});

test("half a character is no text", () => {
  expect(refused(() => decodeCardText(Buffer.from([0xff, 0xfe, 0x41]), "a"))).toEqual([
    "a: is not text; write it with an editor, and save it as UTF-8",
  ]);
});

test("any bytes are refused, or come back as they were", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (given) => {
      const bytes = Buffer.from(given);
      let text: string | undefined;
      const problems = refused(() => {
        const card = decodeCardText(bytes, "a");
        text = card.text;
        expect(card.encode(card.text).equals(bytes)).toBe(true);
      });
      expect(problems.length > 0).toBe(text === undefined);
    }),
    { numRuns: 3000 },
  );
});
