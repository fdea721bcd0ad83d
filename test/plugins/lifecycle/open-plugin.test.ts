// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { readPlugin } from "../../../src/plugins/discovery/read-plugin.ts";
import { openPlugin } from "../../../src/plugins/lifecycle/open-plugin.ts";
import { Signatures } from "../../../src/plugins/signature/signatures.ts";
import { hostTriple } from "../../../src/triple.ts";
import { temporaryFolders } from "../../store/temporary-folder.ts";
import { problemsOf } from "../folders.fixture.ts";
import { manifestText, writeTree } from "../manifest.fixture.ts";
import { putPlugin } from "../odometer.fixture.ts";
import { newKey, signFolder, trust } from "../signature/signed.fixture.ts";

const LIBRARY = "bin/<target-triple>/libodometer.so";
const newFolder = temporaryFolders();

test("what takes a library's place after it was looked at is neither waited for nor read whole", async () => {
  const { path: folder } = newFolder();
  writeTree(folder, { "plugin.toml": manifestText() });
  const library = join(folder, `bin/${hostTriple}/libgain.so`);
  mkdirSync(dirname(library), { recursive: true });
  const found = readPlugin(folder, "box");
  const open = () => openPlugin(found, {}, {});

  expect(Bun.spawnSync(["mkfifo", library]).success).toBe(true);
  expect((await problemsOf(open)).join()).toMatch(/libgain.so: is not a file$/);
  rmSync(library);
  writeFileSync(library, "");
  truncateSync(library, 2 ** 40);
  expect((await problemsOf(open)).join()).toMatch(/has 1099511627776 bytes; at most 67108864 are allowed$/);
  rmSync(library);
  symlinkSync("/dev/zero", library);
  expect((await problemsOf(open)).join()).toMatch(/is a link that leads out of the folder/);
});

test("what is opened inside the service is what was signed, even if it was put there a moment ago", async () => {
  const { path: folder } = newFolder();
  const { path: keys } = newFolder();
  await putPlugin(folder, { manifest: { runtime: { library: LIBRARY, isolation: "in-process" } } });
  const secret = await newKey();
  await signFolder(folder, secret);
  const signatures = new Signatures([keys]);
  const found = readPlugin(folder, "box");
  const open = () => openPlugin(found, { trusted: true }, {}, { signatures });
  await expect(open()).rejects.toThrow("has not been looked at yet");
  await signatures.check(found);
  await expect(open()).rejects.toThrow("which this box does not trust, so it may not run inside the service");
  trust(keys, "anna", secret);
  await signatures.check(found);
  await putPlugin(folder, {
    define: { BUILD: 2 },
    manifest: { runtime: { library: LIBRARY, isolation: "in-process" } },
  });
  await expect(open()).rejects.toThrow("libodometer.so is not what was signed");
  await putPlugin(folder, { manifest: { runtime: { library: LIBRARY, isolation: "in-process" } } });
  const { isolation, library } = await open();
  expect(isolation).toBe("in-process");
  library?.close();
});
