// SPDX-License-Identifier: Apache-2.0
//
// A set-up that dies before each single step that changes something on a disk, and is begun again at the next start: in
// the end all is as if nothing had been.
import { expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { lstatSync, readdirSync, readFileSync, readlinkSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { setUp } from "../../../src/appliance/setup/setup.ts";
import { boxAt, KEY, type TestBox, testBoxes } from "./box.fixture.ts";

const EVERY = process.env.STAGEBOX_QUICK ? 7 : 1;
const SECRETS = ["correct horse", "0123456789abcdef", "ABCDEF", "battery staple", "correct horse two"];
const newBox = testBoxes();

function prepared(): TestBox {
  const box = newBox();
  box.write("gain.zip", "zip");
  box.write(
    "stagebox.toml",
    `hostname = "lab"\ntimezone = "UTC"\nplugins = ["gain.zip", "https://example.org/more.zip"]\npipeline = "alpha"\nboard = "pieeg-8"\n[wifi]\nssid = "a"\npassword = "correct horse"\n[ssh]\nkeys = ["${KEY}"]\n[admin]\ntoken = "0123456789abcdef"\n[access_point]\npassword = "battery staple"\n[update]\nhealth_seconds = 90\n`,
  );
  box.write(
    "rpi-preseed.toml",
    'config_version = "1.0"\n[user]\nname = "ada"\npassword = "$6$salt$0123456789abcdefABCDEF"\n[wlan]\nssid = "b"\npassword = "correct horse two"\n',
  );
  return box;
}

/** Every file with its content, but for what a cut leaves behind and nobody looks at. The report tells of the run that
 * finished: it found less to take over. */
function stateOf({ places: { root } }: TestBox): Record<string, string> {
  const names = (readdirSync(root, { recursive: true }) as string[]).sort();
  const files = names.filter((name) => {
    const isReport =
      /stagebox-status\.txt$|\/card-status\/setup$|\/report\.json$|run\/stagebox-system\/setup\.json$/.test(name);
    return !isReport && !basename(name).startsWith(".") && !lstatSync(join(root, name)).isDirectory();
  });
  const content = (path: string) =>
    lstatSync(path).isSymbolicLink() ? readlinkSync(path) : readFileSync(path, "utf8");
  return Object.fromEntries(files.map((name) => [name, content(join(root, name))]));
}

function dyingAt(step: number): { box: TestBox; all?: number } {
  const { places } = prepared();
  const child = spawnSync(process.execPath, [join(import.meta.dir, "dying-setup.ts"), places.root, String(step)], {
    encoding: "utf8",
  });
  if (child.signal !== "SIGKILL" && child.status !== 0) throw new Error(child.stderr);
  return { box: boxAt(places.root), ...(child.status === 0 && { all: Number(child.stdout) }) };
}

test("whenever the power goes, the next start leaves the box as if it had not", async () => {
  const { box: whole, all = 0 } = dyingAt(0);
  const expected = stateOf(whole);
  expect(all).toBeGreaterThan(60);
  for (let step = 1; step <= all; step += EVERY) {
    const { box } = dyingAt(step);
    await setUp(box);
    expect({ step, ...stateOf(box) }).toEqual({ step, ...expected });
    expect(await setUp(box)).toBeUndefined();
    for (const name of readdirSync(box.places.firmware)) {
      const text = readFileSync(join(box.places.firmware, name), "utf8");
      for (const secret of SECRETS)
        expect({ step, name, has: text.includes(secret) }).toEqual({ step, name, has: false });
    }
    rmSync(box.places.root, { recursive: true });
  }
}, 300_000);

test.each(["", undefined])("a file that FAT lost while it was replaced comes back (left there: %j)", async (left) => {
  const box = newBox();
  box.write("stagebox.toml", '[wifi]\nssid = "a"\npassword = "correct horse"\n');
  await setUp(box);
  const expected = stateOf(box);
  const redacted = box.read("boot/firmware/stagebox.toml");
  // As it is after the copy was kept, and before the new file is on the card.
  const kept = join(box.places.setup, "card/stagebox.toml");
  unlinkSync(join(box.places.setup, "applied"));
  writeFileSync(kept, redacted);
  if (left === undefined) unlinkSync(box.places.setup_file);
  else writeFileSync(box.places.setup_file, left);
  await setUp(box);
  expect(stateOf(box)).toEqual(expected);
  expect(box.read("data/system/iwd/a.psk")).toContain("correct horse");
});

test("what somebody wrote onto the card after the cut counts", async () => {
  const box = newBox();
  box.write("stagebox.toml", '[wifi]\nssid = "a"\npassword = "correct horse"\n');
  await setUp(box);
  writeFileSync(join(box.places.setup, "card/stagebox.toml"), box.read("boot/firmware/stagebox.toml"));
  box.write("stagebox.toml", 'hostname = "new"\n');
  await setUp(box);
  expect(box.read("boot/firmware/stagebox.toml")).toBe('hostname = "new"\n');
  expect(box.read("data/system/hostname")).toBe("new\n");
});
