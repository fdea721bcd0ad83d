// SPDX-License-Identifier: Apache-2.0
import { expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { type BundleFile, contentsOf, readBundle, withSums, writeBundle } from "../../../src/plugins/bundle/bundle.ts";
import { packPlugin } from "../../../src/plugins/bundle/pack.ts";
import { signBundle } from "../../../src/plugins/bundle/sign-bundle.ts";
import { nameFault } from "../../../src/plugins/install/entry-name.ts";
import { installPlugin } from "../../../src/plugins/install/install.ts";
import { readContents } from "../../../src/plugins/signature/contents.ts";
import { formatPublicKey } from "../../../src/plugins/signature/public-key.ts";
import { newSecretKey } from "../../../src/plugins/signature/secret-key.ts";
import { judge } from "../../../src/plugins/signature/verdict.ts";
import { hostTriple } from "../../../src/triple.ts";
import { GAIN, namesIn, problemsOf, testFolders } from "../folders.fixture.ts";
import { zipOf } from "../install/zip.fixture.ts";
import { minisign, minisignIsHere } from "../signature/minisign.ts";
import { newKey } from "../signature/signed.fixture.ts";

setDefaultTimeout(60_000);
const { fresh, gain } = testFolders();
const NOW = new Date("2030-01-02T03:04:05Z");
const LIBRARY = `bin/${hostTriple}/libgain.so`;

function built(): string {
  return gain({ [LIBRARY]: new Uint8Array(readFileSync(join(GAIN, LIBRARY))) });
}

test("the same files make the same bundle, whatever their times, and what is the author's own stays out", () => {
  const folder = built();
  const { name, zip } = packPlugin(folder);
  expect(name).toBe("gain-1.0.0.zip");
  utimesSync(join(folder, "README.md"), 1, 1);
  for (const own of [".git/config", ".github/x", "node_modules/x", "src/__pycache__/x", ".env"]) {
    mkdirSync(join(folder, own, ".."), { recursive: true });
    writeFileSync(join(folder, own), "");
  }
  for (const own of ["gain-0.9.0.zip", "SHA256SUMS"]) writeFileSync(join(folder, own), "");
  expect(Buffer.compare(packPlugin(folder).zip, zip)).toBe(0);
  const zone = Bun.spawnSync([process.execPath, "-e", SHA_OF_PACKED, folder], {
    env: { ...process.env, TZ: "Pacific/Kiritimati" },
  });
  expect(zone.stdout.toString()).toBe(new Bun.CryptoHasher("sha256").update(zip).digest("hex"));
  expect([...readBundle(zip, name).keys()]).toContain(LIBRARY);
});

const SHA_OF_PACKED = `
  const { packPlugin } = await import(${JSON.stringify(join(import.meta.dir, "../../../src/plugins/bundle/pack.ts"))});
  process.stdout.write(new Bun.CryptoHasher("sha256").update(packPlugin(process.argv[1]).zip).digest("hex"));
`;

test("a secret key that lies beside the sources is not given away", async () => {
  const folder = built();
  const words =
    "is a secret key, which everybody would have who has the bundle; keep it outside of the plugin's folder";
  const texts = [(await newSecretKey("a password")).text, (await newSecretKey()).text];
  for (const [i, text] of texts.entries()) writeFileSync(join(folder, `${i}.key`), text);
  writeFileSync(join(folder, "me.pub"), formatPublicKey((await newSecretKey()).secret.public));
  expect((await problemsOf(() => packPlugin(folder))).sort()).toEqual(
    ["0.key", "1.key"].map((file) => `${file}: ${words}`),
  );
});

test("a library that is missing is told, since nobody could sign it", () => {
  expect(packPlugin(gain()).warnings.map(({ message }) => message)).toEqual([
    expect.stringContaining("no library for x86_64-linux-gnu"),
    expect.stringContaining("no library for aarch64-linux-gnu"),
  ]);
});

test("what is no library is the same on every machine, and told once where it is missing", () => {
  const folder = fresh();
  cpSync(join(import.meta.dir, "../../../plugins/plain-gain"), folder, { recursive: true });
  expect(packPlugin(folder).warnings).toEqual([]);
  rmSync(join(folder, "stage.py"));
  expect(packPlugin(folder).warnings.map(({ message }) => message)).toEqual([
    "there is no stage.py, which is what is run: no box installs this",
  ]);
});

test("packed, signed, installed: the folder is what was signed, and sha256sum and minisign say so", async () => {
  const secret = await newKey();
  const bundle = join(fresh(), "gain-1.0.0.zip");
  writeFileSync(bundle, signBundle(packPlugin(built()).zip, bundle, secret, NOW));
  const options = { plugins: fresh(), signal: new AbortController().signal, tell() {}, preflight: async () => {} };
  const { folder } = await installPlugin(bundle, options);
  const keys = [{ ...secret.public, name: "anna", file: "" }];
  expect(judge(await readContents(folder), keys)).toMatchObject({ state: "trusted" });
  expect(judge(contentsOf(readBundle(readFileSync(bundle), bundle)), keys)).toMatchObject({ state: "trusted" });
  expect(judge(await readContents(folder), [])).toMatchObject({ state: "unknown-key" });
  expect(Bun.spawnSync(["sha256sum", "--quiet", "--strict", "-c", "SHA256SUMS"], { cwd: folder }).exitCode).toBe(0);
  if (!minisignIsHere) return;
  const key = join(fresh(), "anna.pub");
  writeFileSync(key, formatPublicKey(secret.public));
  const { code, said } = minisign(folder, ["-Vm", "SHA256SUMS", "-p", key]);
  expect([code, said]).toEqual([0, expect.stringContaining("timestamp:1893553445\tfile:SHA256SUMS\thashed")]);
});

test.skipIf(!minisignIsHere)("minisign can sign a bundle, too", async () => {
  const folder = fresh();
  expect(minisign(folder, ["-G", "-W", "-p", "p", "-s", "s"]).code).toBe(0);
  const files = new Map(readBundle(packPlugin(built()).zip, "b"));
  writeFileSync(join(folder, "SHA256SUMS"), files.get("SHA256SUMS")?.data ?? "");
  expect(minisign(folder, ["-S", "-l", "-s", "s", "-m", "SHA256SUMS"]).code).toBe(0);
  files.set("SHA256SUMS.minisig", { data: readFileSync(join(folder, "SHA256SUMS.minisig")), isExecutable: false });
  const { state } = judge(contentsOf(readBundle(writeBundle(files, "b"), "b")), []);
  expect(state).toBe("unknown-key");
});

test("signed again, a bundle has one signature, and another key's takes its place", async () => {
  const [anna, bert] = [await newKey(), await newKey()];
  const once = signBundle(packPlugin(built()).zip, "b", anna, NOW);
  const twice = signBundle(once, "b", bert, NOW);
  expect(namesIn(fresh())).toEqual([]);
  expect([...readBundle(twice, "b").keys()].filter((name) => name.includes("minisig"))).toHaveLength(1);
  expect(judge(contentsOf(readBundle(twice, "b")), [{ ...bert.public, name: "bert", file: "" }]).state).toBe("trusted");
});

test("what is not what its list says is not signed", async () => {
  const secret = await newKey();
  const sign = (zip: Uint8Array) => problemsOf(() => signBundle(zip, "b", secret, NOW));
  const files = new Map(readBundle(packPlugin(built()).zip, "b"));
  files.set("README.md", { data: Buffer.from("another"), isExecutable: false });
  expect(await sign(writeBundle(files, "b"))).toEqual(["b: is not what was signed: changed README.md; pack it again"]);
  expect(await sign(zipOf([{ name: "plugin.toml" }]))).toEqual([
    "b: holds no SHA256SUMS; make it with stagebox plugin pack",
  ]);
  expect(await sign(Buffer.from("no zip"))).toEqual(["b: is not a zip file, or not a whole one"]);
});

test("whatever files are packed come out again, with their sums right", () => {
  const name = fc
    .array(fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 3 })
    .map((parts) => parts.join("/"))
    .filter((it) => nameFault(it) === undefined && it !== "__proto__");
  const file = fc.record({ data: fc.uint8Array({ maxLength: 2000 }), isExecutable: fc.boolean() });
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(name, file), {
        maxLength: 8,
        selector: ([it]) => it.split("/")[0]?.toLowerCase().normalize(),
      }),
      (entries) => {
        const files = new Map<string, BundleFile>(entries);
        fc.pre(!files.has("SHA256SUMS"));
        const again = readBundle(writeBundle(withSums(files), "b"), "b");
        expect(judge(contentsOf(again), []).state).toBe("unsigned");
        for (const [path, { data, isExecutable }] of files)
          expect([Buffer.from(again.get(path)?.data ?? []), again.get(path)?.isExecutable]).toEqual([
            Buffer.from(data),
            isExecutable,
          ]);
      },
    ),
  );
});
