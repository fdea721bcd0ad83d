// SPDX-License-Identifier: Apache-2.0
//
// stagebox update and bundle as a user types them, against an API whose appliance is a fake one.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { serveRequests, systemDoers } from "../../src/appliance/requests/serve.ts";
import { changeSettings } from "../../src/appliance/settings.ts";
import { BoxUpdates } from "../../src/appliance/update/box-updates.ts";
import { BundleReader } from "../../src/appliance/update/bundle-reader.ts";
import { readUpdateKeys } from "../../src/appliance/update/keys.ts";
import { startApi, type TestApi } from "../api/start-api.ts";
import { BundleMaker, bytesOf, inPieces } from "../appliance/update/bundle.fixture.ts";
import { FakeAppliance } from "../appliance/update/fake-appliance.ts";
import { stagebox, testFolder } from "./stagebox.ts";

setDefaultTimeout(60_000);

const folder = testFolder();
const maker = new BundleMaker();
let box: FakeAppliance;
let api: TestApi;
let updates: BoxUpdates;
let isOver = false;

beforeAll(async () => {
  box = new FakeAppliance(maker.keys_folder);
  updates = new BoxUpdates(box.places, () => {});
  api = await startApi(undefined, { updates });
  // systemd, as the path unit would have it.
  void (async () => {
    const doers = systemDoers(box.places, box.host, async () => {});
    for (; !isOver; await Bun.sleep(50)) {
      await serveRequests(box.places, doers, () => {});
      await box.seeThrough();
    }
  })();
});
afterAll(async () => {
  isOver = true;
  updates.close();
  await api.close();
});

const update = (...args: string[]) =>
  stagebox(["update", ...args, "--url", api.url], { STAGEBOX_TOKEN: api.tokens.admin });

test("a bundle is given to a box, and the command says how it went", async () => {
  const good = await update(await maker.app("good 1.1.0", { version: "1.1.0" }));
  expect([good.stdout, good.exitCode]).toEqual(["version 1.1.0 runs\n", 0]);
  expect(box.running()).toBe("good 1.1.0");
  const bad = await update(await maker.app("bad 1.2.0", { version: "1.2.0" }));
  expect([bad.stdout, bad.exitCode]).toEqual(["", 1]);
  expect(bad.stderr).toContain("version 1.2.0 was taken back: it was not ready within 180 s");
  const status = await update("status");
  expect(status.stdout).toContain("Image 1.0.0 (b100), layout ab\nNo update is under way\n");
  expect(status.stdout).toMatch(/rolled-back app: .*\n.*committed app: version 1.1.0 runs\n$/);
});

test("what is refused is said as the box says it", async () => {
  const older = await update(await maker.app("good 1.0.1", { version: "1.0.1" }));
  expect([older.exitCode, older.stderr]).toEqual([1, expect.stringContaining("--allow-older")]);
  const allowed = await update(await maker.app("good 1.0.1", { version: "1.0.1" }), "--allow-older");
  expect([allowed.stdout, allowed.exitCode]).toEqual(["version 1.0.1 runs\n", 0]);
  const nowhere = await update("http://127.0.0.1:1/it.stagebox");
  expect([nowhere.exitCode, nowhere.stderr]).toEqual([1, expect.stringContaining("is there a network?")]);
  expect((await update("no-such-file")).stderr).toContain("is neither a file nor an http(s) address");
  const tokenless = await stagebox(["update", "status", "--url", "127.0.0.1"], { STAGEBOX_TOKEN: "" });
  expect(tokenless.stderr).toContain("needs its admin's token");
});

test.skipIf(!Bun.which("openssl"))("without a bundle it is what the channel offers, if that is newer", async () => {
  expect((await update()).stderr).toContain("no channel is set: write its address as channel into [update]");
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"];
  const files = ["-keyout", folder.path("tls.key"), "-out", folder.path("tls.crt")];
  spawnSync("openssl", ["req", "-x509", "-newkey", "ed25519", "-nodes", "-days", "2", ...subject, ...files]);
  const bundle = bytesOf(await maker.app("good 1.3.0", { version: "1.3.0" }));
  const sha256 = new Bun.CryptoHasher("sha256").update(bundle).digest("hex");
  using server = Bun.serve({
    ...{ hostname: "127.0.0.1", port: 0 },
    tls: { key: Bun.file(folder.path("tls.key")), cert: Bun.file(folder.path("tls.crt")) },
    routes: {
      "/latest.json": Response.json({ version: "1.3.0", url: "new.stagebox", sha256 }),
      "/new.stagebox": () => new Response(bundle),
    },
  });
  await changeSettings(box.places, { update: { channel: `https://127.0.0.1:${server.port}/latest.json` } });
  const stranger = await update("--check");
  expect([stranger.exitCode, stranger.stderr]).toEqual([1, expect.stringContaining("cannot be had")]);
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0"; // the test's own authority is nobody's
  try {
    expect((await update("--check")).stdout).toBe("1.3.0 is offered, 1.0.1 runs\n");
    expect((await update()).stdout).toBe("1.3.0 is offered, 1.0.1 runs\nversion 1.3.0 runs\n");
    expect(box.running()).toBe("good 1.3.0");
    expect((await update()).stdout).toBe("1.3.0 runs, and nothing newer is offered\n");
  } finally {
    delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  }
});

test("keys and a bundle of an executable are made, and the pair fits", async () => {
  const key = folder.path("keys/update.pem");
  expect((await stagebox(["bundle", "key", key])).exitCode).toBe(0);
  expect(statSync(key).mode & 0o777).toBe(0o600);
  expect((await stagebox(["bundle", "key", key])).stderr).toContain(`${key}: is there already`);
  const out = folder.path("it.stagebox");
  const { stdout, stderr } = await stagebox([
    "bundle",
    "app",
    "/bin/true",
    "--key",
    key,
    "--out",
    out,
    "--release",
    "1.2.3",
  ]);
  expect([stderr, stdout]).toEqual(["", expect.stringContaining("app 1.2.3")]);
  mkdirSync(folder.path("public"));
  copyFileSync(folder.path("keys/update.pub.pem"), folder.path("public/update.pem"));
  const reader = await BundleReader.open(inPieces(bytesOf(out)), out, readUpdateKeys(folder.path("public")));
  expect(reader.manifest).toMatchObject({ kind: "app", version: "1.2.3", arch: process.arch });
  expect((await stagebox(["bundle", "app", folder.write("x", "no"), "--key", key])).stderr).toContain(
    "is no executable",
  );
  expect((await stagebox(["bundle", "app", "/bin/true"])).stderr).toContain("name the private key with --key");
});

test.skipIf(!Bun.which("mksquashfs") || !Bun.which("sfdisk"))("a bundle of an image holds its first slot", async () => {
  const about = { layout: "ab", base: "debian", version: "2.0.0", build: "abc", arch: "arm64" };
  mkdirSync(folder.path("root/usr/lib/stagebox"), { recursive: true });
  writeFileSync(folder.path("root/usr/lib/stagebox/image.json"), JSON.stringify(about));
  const run = (command: string, input = "") => {
    const { status, stderr } = spawnSync("sh", ["-c", command], { cwd: folder.path(""), input, encoding: "utf8" });
    expect([stderr, status]).toEqual(["", 0]);
  };
  run("mksquashfs root root.sqfs -quiet -no-progress >/dev/null && truncate -s 16M it.img");
  run(
    "sfdisk -q it.img",
    'label: gpt\nsize=1MiB, name=STAGEBOX\nsize=2MiB, name=boot_a\nsize=2MiB, name=boot_b\nsize=4MiB, name="root_a"\n',
  );
  run("dd if=root.sqfs of=it.img bs=1M seek=6 conv=notrunc status=none");
  run("printf 'root=PARTLABEL=root_a' | dd of=it.img bs=1M seek=2 conv=notrunc status=none");
  const key = folder.path("image.pem");
  await stagebox(["bundle", "key", key]);
  const out = folder.path("image.stagebox");
  const { stderr } = await stagebox(["bundle", "image", folder.path("it.img"), "--key", key, "--out", out]);
  expect(stderr).toBe("");
  mkdirSync(folder.path("image-keys"));
  copyFileSync(folder.path("image.pub.pem"), folder.path("image-keys/it.pem"));
  const reader = await BundleReader.open(inPieces(bytesOf(out)), out, readUpdateKeys(folder.path("image-keys")));
  const { payloads, ...manifest } = reader.manifest;
  expect(manifest).toMatchObject({ kind: "image", layout: "ab", version: "2.0.0", build: "abc", arch: "arm64" });
  const pieces: Uint8Array[] = [];
  for (const payload of payloads) for await (const piece of reader.unpack(payload)) pieces.push(piece);
  await reader.end();
  const [root, boot] = payloads;
  expect(boot?.unpacked_bytes).toBe(2 * 2 ** 20);
  expect(Buffer.concat(pieces).subarray(0, root?.unpacked_bytes)).toEqual(
    Buffer.from(bytesOf(folder.path("root.sqfs")).subarray(0, root?.unpacked_bytes)),
  );
  expect(existsSync(join(folder.path(""), "image.stagebox.part"))).toBe(false);
});
