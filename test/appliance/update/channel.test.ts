// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import fc from "fast-check";
import { releaseIn } from "../../../src/appliance/update/channel.ts";
import { ProblemsError } from "../../../src/pipeline/problem.ts";

const ADDRESS = "https://example.org/stable/latest.json";
const SHA256 = "0123456789abcdef".repeat(4);
const read = (release: unknown, address = ADDRESS) => releaseIn(JSON.stringify(release), address);

test("a release lies where its channel says, or beside it", () => {
  const elsewhere = { version: "1.2.0", url: "https://example.com/a.stagebox", sha256: SHA256 };
  expect(read(elsewhere)).toEqual(elsewhere);
  expect(read({ version: "1.2.0-rc.1", url: "../b.stagebox" })).toEqual({
    version: "1.2.0-rc.1",
    url: "https://example.org/b.stagebox",
  });
});

test.each([
  [[], "it names no version"],
  [null, "it names no version"],
  [{ version: "1.2", url: "a" }, "it names no version"],
  [{ version: "v1.2.0", url: "a" }, "it names no version"],
  [{ version: "1.2.0" }, "it does not say where the release is"],
  [{ version: "1.2.0", url: "https://" }, "it does not say where the release is"],
  [{ version: "1.2.0", url: "http://example.org/a" }, "it leads away from https"],
  [{ version: "1.2.0", url: "file:///etc/shadow" }, "it leads away from https"],
  [{ version: "1.2.0", url: "a", sha256: "12" }, "its sha256 is not of 64 hexadecimal digits"],
])("%j is refused: %s", (release, words) => {
  expect(() => read(release)).toThrow(words);
});

test("whatever a channel says, it is a release or refused in words", () => {
  const url = fc.oneof(fc.webUrl(), fc.webPath(), fc.string());
  const release = fc.record({
    version: fc.constantFrom("1.2.0", "1", ""),
    url,
    sha256: fc.option(fc.string(), { nil: undefined }),
  });
  const anything = fc.oneof(
    fc.string(),
    fc.json(),
    release.map((it) => JSON.stringify(it)),
  );
  fc.assert(
    fc.property(anything, (text) => {
      try {
        expect(releaseIn(text, ADDRESS).url).toStartWith("https://");
      } catch (error) {
        expect(error).toBeInstanceOf(ProblemsError);
      }
    }),
  );
});
