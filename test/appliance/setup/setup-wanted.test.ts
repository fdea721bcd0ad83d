// SPDX-License-Identifier: Apache-2.0
//
// The shell's look at the card, which must agree with the executable's.
import { expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setUp } from "../../../src/appliance/setup/setup.ts";
import { type TestBox, testBoxes } from "./box.fixture.ts";

const SCRIPT = "image/layers/first-boot/files/usr/lib/stagebox/setup-wanted";
const newBox = testBoxes();

function isWanted({ places }: TestBox): boolean {
  const { status, stderr } = spawnSync("dash", [SCRIPT], {
    env: { ...process.env, STAGEBOX_ROOT: places.root },
    encoding: "utf8",
  });
  if (status !== 0 && status !== 1) throw new Error(stderr);
  return status === 0;
}

test("only where something on the card is new", async () => {
  const box = newBox();
  expect(isWanted(box)).toBe(false);
  box.write("stagebox.toml", '[wifi]\nssid = "a"\npassword = "correct horse"\n');
  expect(isWanted(box)).toBe(true);
  await setUp(box);
  expect(isWanted(box)).toBe(false);
  box.write("rpi-preseed.toml", 'config_version = "1.0"\n');
  expect(isWanted(box)).toBe(true);
  await setUp(box);
  expect(isWanted(box)).toBe(false);
  box.write("stagebox.toml", "# nothing any more\n");
  expect(isWanted(box)).toBe(true);
  await setUp(box);
  rmSync(box.places.setup_file);
  expect(isWanted(box)).toBe(true);
  expect(await setUp(box)).toBeUndefined();
  expect(isWanted(box)).toBe(false);
});

test.each([
  ["the template", await Bun.file("image/layers/first-boot/firmware/stagebox.toml").bytes(), false],
  ["nothing", "", false],
  ["UTF-16", Buffer.from('\ufeffhostname = "a"\r\n', "utf16le"), true],
  ["no TOML", "hello", true],
  ["a byte order mark", "\ufeffboard = 1", true],
])("a card with %s", (_, content, wanted) => {
  const box = newBox();
  box.write("stagebox.toml", content);
  expect(isWanted(box)).toBe(wanted);
});

test("after a cut while a file was replaced", () => {
  const box = newBox();
  mkdirSync(join(box.places.setup, "card"), { recursive: true });
  writeFileSync(join(box.places.setup, "card/stagebox.toml"), "");
  expect(isWanted(box)).toBe(true);
});
