// SPDX-License-Identifier: Apache-2.0
import { expect, setDefaultTimeout, test } from "bun:test";
import { rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { readPlugin } from "../../../src/plugins/discovery/read-plugin.ts";
import type { Contents } from "../../../src/plugins/signature/contents.ts";
import { Signatures } from "../../../src/plugins/signature/signatures.ts";
import { formatSums, parseSums, SIGNATURE_FILE, SUMS_FILE } from "../../../src/plugins/signature/sums.ts";
import { readTrustedKeys } from "../../../src/plugins/signature/trusted-keys.ts";
import { judge } from "../../../src/plugins/signature/verdict.ts";
import { problemsOf, testFolders } from "../folders.fixture.ts";
import { newKey, signFolder, trust } from "./signed.fixture.ts";

setDefaultTimeout(60_000);
const { fresh, gain } = testFolders();

async function signed() {
  const [folder, keys, secret] = [gain(), fresh(), await newKey()];
  trust(keys, "anna", secret);
  await signFolder(folder, secret);
  const signatures = new Signatures([keys]);
  return { folder, keys, secret, signatures, check: () => signatures.check(readPlugin(folder, "box")) };
}

test("what a trusted key signed is trusted, until a file is another, missing, or one too many", async () => {
  const { folder, secret, check } = await signed();
  expect(await check()).toMatchObject({
    ...{ state: "trusted", key: { id: secret.public.id, name: "anna" }, comment: "of the test" },
    reason: "is signed by anna, whom this box trusts",
  });
  writeFileSync(join(folder, "README.md"), "another");
  rmSync(join(folder, "src/smooth_gain.c"));
  writeFileSync(join(folder, ".hidden"), "");
  symlinkSync("/etc/passwd", join(folder, "passwd"));
  const { state, differences, reason } = await check();
  expect([state, differences]).toEqual([
    "changed",
    { changed: ["README.md"], missing: ["src/smooth_gain.c"], extra: [".hidden", "passwd"] },
  ]);
  expect(reason).toBe("is not what was signed: changed README.md; missing src/smooth_gain.c; extra .hidden, passwd");
});

test("a file that became a link or a pipe is changed, and nobody waits for it", async () => {
  const { folder, check } = await signed();
  rmSync(join(folder, "README.md"));
  symlinkSync("/dev/zero", join(folder, "README.md"));
  rmSync(join(folder, "src/smooth_gain.c"));
  expect(Bun.spawnSync(["mkfifo", join(folder, "src/smooth_gain.c")]).success).toBe(true);
  expect((await check()).differences).toEqual({ changed: ["README.md", "src/smooth_gain.c"], missing: [], extra: [] });
});

test("keys come and go, and one that only has a trusted key's id is no such key", async () => {
  const { folder, keys, secret, check } = await signed();
  rmSync(join(keys, "anna.pub"));
  expect(await check()).toMatchObject({ state: "unknown-key", key: { id: secret.public.id } });
  const line = Buffer.from((await newKey()).public.line, "base64");
  Buffer.from(secret.public.line, "base64").copy(line, 0, 0, 10);
  writeFileSync(join(keys, "mallory.pub"), `${line.toString("base64")}\n`);
  writeFileSync(join(keys, "broken.pub"), "no key\n");
  expect(readTrustedKeys([keys]).problems).toHaveLength(1);
  expect(await check()).toMatchObject({ state: "changed", reason: expect.stringContaining("does not hold") });
  trust(keys, "bert", secret);
  expect((await check()).key).toEqual({ id: secret.public.id, name: "bert" });
  rmSync(join(folder, SIGNATURE_FILE));
  expect(await check()).toMatchObject({ state: "unsigned", reason: "is packed, but not signed" });
  writeFileSync(join(folder, "README.md"), "");
  expect((await check()).state).toBe("changed");
  rmSync(join(folder, SUMS_FILE));
  expect((await check()).state).toBe("unsigned");
});

test("only the library that was signed may be loaded inside the service", async () => {
  const { folder, signatures, check } = await signed();
  const found = readPlugin(folder, "box");
  const insist = (sha256: string) => signatures.insist(found, { trusted: true }, "README.md", sha256);
  expect(() => insist("")).toThrow("has not been looked at yet");
  const { sums } = await check();
  expect(() => insist("0".repeat(64))).toThrow("README.md is not what was signed, so it may not run inside");
  insist(sums?.get("README.md") ?? "");
});

test("a manifest that lay there for a moment only is not the signed one", async () => {
  const { folder, signatures } = await signed();
  const found = readPlugin(folder, "box");
  const other = { ...found, manifest: { ...found.manifest, limits: { ...found.manifest.limits, memory_mb: 1 } } };
  expect((await signatures.check(other)).reason).toBe("has another plugin.toml than was signed");
});

test("without a signature only one's own folder runs inside, and only if that is said", async () => {
  const signatures = new Signatures([fresh()]);
  const copy = readPlugin(gain(), "box");
  const own = { ...copy, by_hand: true as const };
  await signatures.check(copy);
  expect(signatures.refusal(copy, { trusted: "unsigned" })).toMatch(/^gain 1.0.0 is not signed, .*--link$/);
  expect(signatures.refusal(own, { trusted: true })).toMatch(/stagebox plugin enable gain --trust --unsigned$/);
  expect(signatures.refusal(own, { trusted: "unsigned" })).toBeUndefined();
  expect(signatures.refusal({ ...copy, origin: "image" }, {})).toBeUndefined();
});

const name = fc
  .array(fc.stringMatching(/^[a-z][a-z0-9 ._-]{0,8}$/), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join("/"));
const sum = fc.stringMatching(/^[0-9a-f]{64}$/);
const unlikeFolders = (names: string[]) => !names.some((a) => names.some((b) => b.startsWith(`${a}/`)));

test("sums survive being written and read", () => {
  fc.assert(
    fc.property(fc.dictionary(name, sum, { maxKeys: 20, noNullPrototype: true }), (given) => {
      fc.pre(unlikeFolders(Object.keys(given)));
      const sums = new Map(Object.entries(given));
      expect(parseSums(formatSums(sums), "s")).toEqual(sums);
    }),
  );
});

test("exactly what differs is told, whatever it is", () => {
  const files = fc.dictionary(name, sum, { maxKeys: 12, noNullPrototype: true });
  fc.assert(
    fc.property(files, files, fc.subarray([0, 1, 2, 3, 4, 5]), (signed, there, alike) => {
      const names = Object.keys(signed);
      fc.pre(unlikeFolders(names));
      for (const index of alike) if (names[index]) there[names[index]] = signed[names[index]] as string;
      const list = Buffer.from(formatSums(new Map(Object.entries(signed))));
      const contents: Contents = { list, files: new Map(Object.entries(there)), odd: [] };
      const { state, differences = { changed: [], missing: [], extra: [] } } = judge(contents, []);
      const told = [...differences.changed, ...differences.missing, ...differences.extra].sort();
      const differing = [...new Set([...names, ...Object.keys(there)])].filter((it) => signed[it] !== there[it]);
      expect([state, told]).toEqual([differing.length > 0 ? "changed" : "unsigned", differing.sort()]);
    }),
  );
});

test.each<[string, RegExp]>([
  [`${"a".repeat(64)}  ../x\n`, /"..\/x" leads out of the plugin's folder/],
  [`${"a".repeat(64)}  /etc/passwd\n`, /is an absolute path/],
  [`${"a".repeat(64)}  x\n${"b".repeat(64)}  x\n`, /s:2: "x" is there twice/],
  [`${"a".repeat(64)}  x\n${"b".repeat(64)}  X\n`, /are one name on some file systems/],
  [`${"A".repeat(64)}  x\n`, /is no line of sha256sum/],
  [`${"a".repeat(64)}  x`, /is cut off/],
  [`${"a".repeat(64)}  x\n`.repeat(5000), /more than 4096 lines/],
])("a list of sums that could mean two things is refused: %j", async (text, words) => {
  expect((await problemsOf(() => parseSums(text, "s"))).join()).toMatch(words);
});

test("whatever lies in the place of a list or a signature is judged, not tripped over", () => {
  const bytes = fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.string({ maxLength: 200 }).map(Buffer.from));
  fc.assert(
    fc.property(bytes, fc.option(bytes, { nil: undefined }), (list, signature) => {
      const contents = { list: Buffer.from(list), files: new Map(), odd: [] };
      const verdict = judge({ ...contents, ...(signature && { signature: Buffer.from(signature) }) }, []);
      expect(["changed", "unsigned"]).toContain(verdict.state);
    }),
  );
});
