// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { boardSector } from "../../../src/appliance/boards/board-sector.ts";
import { changeSettings } from "../../../src/appliance/settings.ts";
import { autobootText } from "../../../src/appliance/update/boot-loader.ts";
import { readInstalled } from "../../../src/appliance/update/installed.ts";
import { readProgress } from "../../../src/appliance/update/progress.ts";
import { BundleMaker, bytesOf, inPieces } from "./bundle.fixture.ts";
import { BOOT, FakeAppliance, rootOf } from "./fake-appliance.ts";

const maker = new BundleMaker();
const appliance = () => new FakeAppliance(maker.keys_folder);

function history(box: FakeAppliance): string[] {
  return box
    .context()
    .journal.read()
    .history.map(({ result, message }) => `${result}: ${message}`);
}

test("a good application takes over, and is still there after a power cut", async () => {
  const box = appliance();
  expect(box.running()).toBe("good 1.0.0");
  await box.update(await maker.app("good 1.1.0", { version: "1.1.0" }));
  expect(box.running()).toBe("good 1.1.0");
  expect(history(box)).toEqual(["committed: version 1.1.0 runs"]);
  expect(readProgress(box.places)).toMatchObject({ id: "u1", step: "committed", part: 1 });
  box.boot();
  expect(box.running()).toBe("good 1.1.0");
  await box.update(await maker.app("good 1.2.0", { version: "1.2.0" }));
  expect(box.running()).toBe("good 1.2.0");
  expect(box.versions()).toHaveLength(1);
});

test.each([
  ["bad 1.1.0", "version 1.1.0 was taken back: it was not ready within 180 s"],
  [
    "dies 1.1.0",
    "version 1.1.0 was taken back: version 1.1.0 ended before it had proved itself, so the one before runs again",
  ],
  ["tires 1.1.0", "version 1.1.0 was taken back: after 21 s it was not ready any more"],
])("an application that is %s is taken back, and says so", async (executable, message) => {
  const box = appliance();
  await box.update(await maker.app(executable, { version: "1.1.0" }));
  expect(box.running()).toBe("good 1.0.0");
  expect(history(box)).toEqual([`rolled-back: ${message}`]);
  box.boot();
  expect(box.running()).toBe("good 1.0.0");
  await box.update(await maker.app("good 1.1.1", { version: "1.1.1" }));
  expect(box.running()).toBe("good 1.1.1");
  expect(box.versions()).toHaveLength(1);
});

test("where nothing moved before, it is enough to answer; where something did, it is not", async () => {
  const box = appliance();
  box.flash("a", rootOf("1.0.0", "idle 1.0.0"));
  box.boot();
  await box.update(await maker.app("idle 1.1.0", { version: "1.1.0" }));
  expect(box.running()).toBe("idle 1.1.0");
  await box.update(await maker.app("good 1.2.0", { version: "1.2.0" }));
  await box.update(await maker.app("idle 1.3.0", { version: "1.3.0" }));
  expect(box.running()).toBe("good 1.2.0");
});

test("what may not be installed is refused in words, and nothing has changed", async () => {
  const box = appliance();
  await box.update(await maker.app("good 1.1.0", { version: "1.1.0" }));
  const refused = async (path: Promise<string>, words: string) => {
    await expect(box.update(await path)).rejects.toThrow(words);
    expect(box.running()).toBe("good 1.1.0");
    expect(box.context().journal.read().under_way).toBeNull();
    expect(history(box)[0]).toContain(words);
  };
  await refused(maker.app("good 1.1.0", { version: "1.1.0" }), "is installed already");
  await refused(maker.app("good 1.0.5", { version: "1.0.5" }), "is older than 1.1.0, which runs; --allow-older");
  await refused(maker.app("good 0.9.0", { version: "0.9.0" }), "is older than what the image itself holds, 1.0.0");
  await refused(maker.app("good 3.0.0", { version: "3.0.0", minimum: "2.0.0" }), "install 2.0.0 first");
  await refused(maker.app("good 2.0.0", { version: "2.0.0", arch: "mips" }), "is for mips");
  await refused(maker.image(rootOf("2.0.0", "good"), BOOT, { layout: "cd" }), "is an image of the layout cd");
  await refused(new BundleMaker().app("good 2.0.0", { version: "2.0.0" }), "not signed by a key that this box trusts");
  await box.update(await maker.app("good 1.0.5", { version: "1.0.5" }), { allow_older: true });
  expect(box.running()).toBe("good 1.0.5");
});

test("an image with a newer executable runs its own; one whose update is damaged, too", async () => {
  const box = appliance();
  await box.update(await maker.app("good 1.1.0", { version: "1.1.0" }));
  const [folder] = box.versions();
  const path = join(box.places.app, "versions", folder ?? "", "stagebox");
  writeFileSync(path, "goof 1.1.0");
  expect(box.startService()).toBe("good 1.0.0");
  expect(readFileSync(join(box.places.run_system, "notes/app"), "utf8")).toContain("is damaged");
  writeFileSync(path, "good 1.1.0");
  expect(box.startService()).toBe("good 1.1.0");
  box.flash("a", rootOf("1.2.0-rc.1", "good 1.2.0-rc.1"));
  box.boot();
  expect(box.running()).toBe("good 1.2.0-rc.1");
});

test("what is damaged, or gave way to an older image, is installed again by the same bundle", async () => {
  const box = appliance();
  const bundle = await maker.app("good 1.1.0", { version: "1.1.0" });
  await box.update(bundle);
  writeFileSync(join(box.places.app, "versions", box.versions()[0] ?? "", "stagebox"), "goof 1.1.0");
  expect(box.startService()).toBe("good 1.0.0");
  await box.update(bundle);
  expect(box.running()).toBe("good 1.1.0");
  const older = await maker.image(rootOf("1.0.5", "good 1.0.5"), BOOT, { version: "1.0.5", build: "b105" });
  await box.update(older);
  expect(box.running()).toBe("good 1.0.5");
  await box.update(bundle);
  box.boot();
  expect(box.running()).toBe("good 1.1.0");
  expect(box.startService()).toBe("good 1.1.0");
});

test("what is started again and again gives way to the image's own", async () => {
  const box = appliance();
  await box.update(await maker.app("good 1.1.0", { version: "1.1.0" }));
  const started = Array.from({ length: 10 }, () => box.startService());
  expect([started[0], started.at(-1)]).toEqual(["good 1.1.0", "good 1.0.0"]);
  box.boot();
  expect(box.running()).toBe("good 1.1.0");
});

test("an image is tried, tried once more, and stays", async () => {
  const box = appliance();
  const boots = box.boots;
  await box.update(await maker.image(rootOf("2.0.0", "good 2.0.0"), BOOT, { version: "2.0.0", build: "b200" }));
  expect([box.slot, box.running(), box.boots - boots]).toEqual(["b", "good 2.0.0", 2]);
  expect(history(box)).toEqual(["committed: image 2.0.0 runs"]);
  expect(readFileSync(box.places.autoboot, "utf8")).toBe(autobootText("b"));
  expect(readFileSync(box.partition("boot_b"), "latin1")).toContain("root=PARTLABEL=root_b rootwait");
  box.boot();
  expect([box.slot, box.running()]).toEqual(["b", "good 2.0.0"]);
  await box.update(await maker.image(rootOf("2.1.0", "good 2.1.0"), BOOT, { version: "2.1.0", build: "b210" }));
  expect([box.slot, box.running()]).toEqual(["a", "good 2.1.0"]);
});

test("an image finds the board that sits on the box", async () => {
  const box = appliance();
  await changeSettings(box.places, { board: "pieeg-8" });
  const boot = Buffer.concat([BOOT, Buffer.alloc(512 - (BOOT.length % 512)), boardSector("none", [])]);
  await box.update(await maker.image(rootOf("2.0.0", "good 2.0.0"), boot, { version: "2.0.0", build: "b200" }));
  const written = readFileSync(box.partition("boot_b"), "latin1");
  expect(written).toContain("# stagebox board: pieeg-8\ndtoverlay=stagebox-spi\n");
  const without = await maker.image(rootOf("2.1.0", "good 2.1.0"), BOOT, { version: "2.1.0", build: "b210" });
  await expect(box.update(without)).rejects.toThrow("boot_a has no place for it");
});

test("an image that is not healthy is taken back", async () => {
  const box = appliance();
  await box.update(await maker.image(rootOf("2.0.0", "bad 2.0.0"), BOOT, { version: "2.0.0", build: "b200" }));
  expect([box.slot, box.running()]).toEqual(["a", "good 1.0.0"]);
  expect(history(box)).toEqual([
    "rolled-back: image 2.0.0 was taken back: it was not ready within 180 s; the one before runs again",
  ]);
  expect(readFileSync(box.places.autoboot, "utf8")).toBe(autobootText("a"));
});

test("another image that starts in the place of the one that was written is not kept", async () => {
  const box = appliance();
  await box.apply(await maker.image(rootOf("2.0.0", "good 2.0.0"), BOOT, { version: "2.0.0", build: "b200" }));
  box.flash("b", rootOf("0.9.0", "good 0.9.0"));
  await box.seeThrough();
  expect([box.slot, box.running()]).toEqual(["a", "good 1.0.0"]);
  expect(history(box)[0]).toContain("another image started in its place");
});

test("power that is lost while an image is tried starts the old one, which says so", async () => {
  const box = appliance();
  await box.apply(await maker.image(rootOf("2.0.0", "good 2.0.0"), BOOT, { version: "2.0.0", build: "b200" }));
  await box.host.reboot(true);
  expect(box.running()).toBe("good 2.0.0");
  box.boot();
  await box.seeThrough();
  expect(box.running()).toBe("good 1.0.0");
  expect(history(box)[0]).toContain("image 2.0.0 was taken back: it did not start, or lost power");
});

test("an older image that was asked for runs its own executable, until another update", async () => {
  const box = appliance();
  await box.update(await maker.app("good 3.0.0", { version: "3.0.0" }));
  const older = await maker.image(rootOf("0.9.0", "good 0.9.0"), BOOT, { version: "0.9.0", build: "b090" });
  await expect(box.update(older)).rejects.toThrow("is older than 1.0.0");
  await box.update(older, { allow_older: true });
  expect(box.running()).toBe("good 0.9.0");
  await box.update(await maker.app("good 0.9.1", { version: "0.9.1" }));
  expect(box.running()).toBe("good 0.9.1");
});

test("a board whose boot loader or kernel cannot try an image is told so, and takes applications", async () => {
  const box = appliance();
  const loader = join(box.root, "proc/device-tree/chosen/bootloader");
  mkdirSync(loader, { recursive: true });
  const stamp = Buffer.alloc(4);
  stamp.writeUInt32BE(Date.UTC(2023, 4, 11) / 1000);
  writeFileSync(join(loader, "build-timestamp"), stamp);
  const image = await maker.image(rootOf("2.0.0", "good 2.0.0"), BOOT, { version: "2.0.0", build: "b200" });
  const error = await box.update(image).catch((it) => it);
  expect(error.problems).toEqual([
    { message: expect.stringContaining("is of 2023-05-11") },
    { message: expect.stringContaining("this kernel cannot tell the boot loader") },
  ]);
  stamp.writeUInt32BE(Date.UTC(2025, 4, 8) / 1000);
  writeFileSync(join(loader, "build-timestamp"), stamp);
  mkdirSync(join(box.root, "sys/module/stagebox_tryboot"), { recursive: true });
  await box.update(image);
  expect(box.running()).toBe("good 2.0.0");
});

test("a partition that is too small, or that forgets, is not started from", async () => {
  const box = appliance();
  const image = await maker.image(rootOf("2.0.0", "good 2.0.0"), BOOT, { version: "2.0.0", build: "b200" });
  box.host.forgetCached = async (device) => writeFileSync(device, Buffer.alloc(64 * 1024, 7));
  await expect(box.update(image)).rejects.toThrow("does not give back what was written to it");
  writeFileSync(box.partition("root_b"), Buffer.alloc(512));
  await expect(box.update(image)).rejects.toThrow("has 512 bytes, and 4096 are to be written");
  expect([box.slot, box.running()]).toEqual(["a", "good 1.0.0"]);
});

test("a bundle that breaks off or is damaged leaves nothing behind", async () => {
  const box = appliance();
  const bytes = bytesOf(await maker.app(`good ${"x".repeat(9000)}`, { version: "1.1.0" }));
  for (const end of [700, bytes.length - 1024, bytes.length - 1]) {
    const { applyUpdate } = await import("../../../src/appliance/update/update.ts");
    const request = { id: "u2", pieces: inPieces(bytes.subarray(0, end)), file: "it.stagebox", allow_older: false };
    await expect(applyUpdate(request, box.context())).rejects.toThrow("it.stagebox");
    expect([box.versions(), box.startService()]).toEqual([[], "good 1.0.0"]);
  }
});

test("autoboot.txt stays as long as it is, and in its place", async () => {
  const image = (version: string, build: string) =>
    maker.image(rootOf(version, `good ${version}`, build), BOOT, { version, build });
  for (const padding of ["", "\n\n\n", "# a comment of somebody's, which goes"]) {
    const box = appliance();
    const before = autobootText("a") + padding;
    writeFileSync(box.places.autoboot, before);
    const { ino } = statSync(box.places.autoboot);
    await box.update(await image("2.0.0", "b200"));
    const after = readFileSync(box.places.autoboot, "utf8");
    expect([after.trimEnd(), after.length]).toEqual([autobootText("b").trimEnd(), before.length]);
    expect(statSync(box.places.autoboot).ino).toBe(ino);
  }
});

test("choose-app takes versions for older and newer as everybody does", async () => {
  const versions = [
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-rc.1",
    "1.0.0",
    "1.0.1",
    "1.2.0",
  ];
  const box = appliance();
  for (const [index, image] of [...versions, "1.10.0"].entries()) {
    const current = versions[Math.min(index, versions.length - 1)] as string;
    for (const [version, wins] of [
      [current, image === current],
      [versions[index - 1] ?? "0.0.1", false],
      [versions[index + 1] ?? "2.0.0", true],
    ] as const) {
      const content = `good ${version}`;
      const hash = createHash("sha256").update(content).digest("hex").slice(0, 12);
      const folder = join(box.places.app, "versions", `${version}-${hash}`);
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, "stagebox"), content, { mode: 0o755 });
      rmSync(join(box.places.app, "current"), { force: true });
      symlinkSync(`versions/${version}-${hash}`, join(box.places.app, "current"));
      box.flash("a", rootOf(image, `image ${image}`));
      box.boot();
      expect([image, version, box.running()]).toEqual([image, version, wins ? content : `image ${image}`]);
      expect(readInstalled(box.places)?.version).toBe(wins ? version : image);
    }
  }
});

test("set-up runs what has proved itself, and leaves a trial to the service", async () => {
  const box = appliance();
  expect(box.startSetup()).toBe("good 1.0.0");
  await box.update(await maker.app("good 1.1.0", { version: "1.1.0" }));
  await box.apply(await maker.app("good 1.2.0", { version: "1.2.0" }));
  box.boot(); // the power went before it was started
  expect([box.startSetup(), box.running()]).toEqual(["good 1.1.0", "good 1.2.0"]);
});

test("links that lead elsewhere, and names that are none, are not followed", async () => {
  const box = appliance();
  const elsewhere = join(box.root, "elsewhere");
  mkdirSync(elsewhere);
  writeFileSync(join(elsewhere, "stagebox"), "evil", { mode: 0o755 });
  for (const link of ["current", "trial"])
    for (const target of [
      elsewhere,
      "../elsewhere",
      "versions/../../../elsewhere",
      "versions/.",
      "versions/",
      "versions/a b",
    ]) {
      const path = join(box.places.app, link);
      rmSync(path, { force: true });
      symlinkSync(target, path);
      expect(box.startService()).toBe("good 1.0.0");
      box.boot();
    }
});

test("a journal that is not one counts as empty", async () => {
  const box = appliance();
  for (const text of ["", "{", "[]", "null", '{"under_way":5,"history":7}', '{"under_way":{"step":"trial"}}']) {
    writeFileSync(box.places.update_state, text);
    await box.seeThrough();
    expect(box.startService()).toBe("good 1.0.0");
  }
  await box.update(await maker.app("good 1.1.0", { version: "1.1.0" }));
  expect(box.running()).toBe("good 1.1.0");
});
