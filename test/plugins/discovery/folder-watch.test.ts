// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FolderWatch } from "../../../src/plugins/discovery/folder-watch.ts";
import { temporaryFolders } from "../../store/temporary-folder.ts";

const newFolder = temporaryFolders();

function watched(folder: string, poll_ms = 20) {
  let told = 0;
  const watch = new FolderWatch([folder], () => told++, { poll_ms, quiet_ms: 20 });
  return {
    close: () => watch.close(),
    async change(act: () => void) {
      const before = told;
      act();
      for (let i = 0; i < 500 && told === before; i++) await Bun.sleep(10);
      return told - before;
    },
  };
}

test("links that lead round in circles, nowhere, or to all that there is, hold nothing up", async () => {
  const { path: plugins } = newFolder();
  const { path: elsewhere } = newFolder();
  const folder = join(plugins, "gain");
  mkdirSync(folder);
  symlinkSync("loop", join(folder, "loop"));
  symlinkSync("nowhere", join(folder, "nothing"));
  symlinkSync("/", join(folder, "everything"));
  symlinkSync(elsewhere, join(folder, "elsewhere"));
  symlinkSync("round", join(plugins, "round"));
  const watch = watched(plugins);
  writeFileSync(join(elsewhere, "not-the-plugin's"), "");
  await Bun.sleep(100);
  expect(await watch.change(() => writeFileSync(join(folder, "plugin.toml"), ""))).toBe(1);
  watch.close();
});

test("a plugin that is linked in is looked at where it lies", async () => {
  const { path: plugins } = newFolder();
  const { path: elsewhere } = newFolder();
  symlinkSync(elsewhere, join(plugins, "gain"));
  const watch = watched(plugins);
  expect(await watch.change(() => writeFileSync(join(elsewhere, "plugin.toml"), ""))).toBe(1);
  watch.close();
});

test("of one that is linked in the kernel tells at once, too, whenever the link was made", async () => {
  const { path: plugins } = newFolder();
  const { path: elsewhere } = newFolder();
  const never = 3_600_000;
  const watch = watched(plugins, never);
  writeFileSync(join(elsewhere, "plugin.toml"), "");
  expect(await watch.change(() => symlinkSync(elsewhere, join(plugins, "gain")))).toBe(1);
  expect(await watch.change(() => writeFileSync(join(elsewhere, "plugin.toml"), "# new"))).toBe(1);
  watch.close();
});
