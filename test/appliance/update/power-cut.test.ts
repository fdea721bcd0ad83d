// SPDX-License-Identifier: Apache-2.0
//
// An update that dies before each single step of its own, with the power or by itself: what runs then is whole, what the
// user has is untouched, and it is said what happened.
import { expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { autobootText } from "../../../src/appliance/update/boot-loader.ts";
import { runUntilStep } from "../../dying.ts";
import { BundleMaker } from "./bundle.fixture.ts";
import { BOOT, CHOOSE_APP, FakeAppliance, rootOf } from "./fake-appliance.ts";

const EVERY = process.env.STAGEBOX_QUICK ? 7 : 1;
const maker = new BundleMaker();
const OLD = "good 1.0.0";

/** An appliance on which the update ran up to `step`; and how many steps there are, if it came to its end. */
function dyingAt(step: number, bundle: string): { box: FakeAppliance; all?: number } {
  const { root } = new FakeAppliance(maker.keys_folder);
  writeFileSync(join(root, "data/stagebox/recording.bdf"), "what somebody's heart did");
  const all = runUntilStep(step, join(import.meta.dir, "one-update.ts"), root, maker.keys_folder, bundle);
  return { box: new FakeAppliance(maker.keys_folder, root), ...(all !== undefined && { all }) };
}

/** Recovers, and sees that all is well. Returns what happened, by its own word. */
async function recovered(box: FakeAppliance, fresh: string, isPowerLost: boolean): Promise<string> {
  if (isPowerLost) box.boot();
  expect([OLD, fresh]).toContain(box.running());
  expect([autobootText("a"), autobootText("b")]).toContain(readFileSync(box.places.autoboot, "utf8"));
  await box.seeThrough();
  const { under_way, history } = box.context().journal.read();
  expect(under_way).toBeNull();
  const [outcome] = history;
  expect(box.running()).toBe(outcome?.result === "committed" ? fresh : OLD);
  box.boot();
  expect(box.running()).toBe(outcome?.result === "committed" ? fresh : OLD);
  expect(readFileSync(join(box.root, "data/stagebox/recording.bdf"), "utf8")).toBe("what somebody's heart did");
  return outcome ? `${outcome.result}: ${outcome.message}` : "";
}

test.each([
  ["an application", () => maker.app("good 1.1.0", { version: "1.1.0" }), "good 1.1.0"],
  [
    "an image",
    () => maker.image(rootOf("1.1.0", "good 1.1.0"), BOOT, { version: "1.1.0", build: "b110" }),
    "good 1.1.0",
  ],
])(
  "whenever an update to %s dies, the box lives",
  async (_, make, fresh) => {
    const bundle = await make();
    const said = new Set<string>();
    const { all = 0 } = dyingAt(0, bundle);
    expect(all).toBeGreaterThan(15);
    for (let step = 1; step <= all; step += EVERY)
      for (const isPowerLost of [true, false]) {
        const { box } = dyingAt(step, bundle);
        const outcome = await recovered(box, fresh, isPowerLost);
        said.add(outcome.split(":")[0] ?? "");
        if (outcome.startsWith("committed")) continue;
        await box.update(bundle); // as if nothing had been
        expect(box.running()).toBe(fresh);
      }
    expect([...said].sort()).toContain("committed");
    expect(said.size).toBeGreaterThan(1);
  },
  600_000,
);

test("whenever choose-app dies, the next start has something whole to run, and a trial is started once", async () => {
  const shims = mkdtempSync(join(tmpdir(), "stagebox-shims-"));
  for (const name of ["mv", "ln", "rm", "sync", "cat", "mkdir"]) {
    writeFileSync(
      join(shims, name),
      `#!/bin/sh
count=$(($(/bin/cat "$COUNT") + 1))
echo "$count" >"$COUNT"
if [ "$count" -eq "$KILL_AT" ]; then kill -9 "$PPID"; exit 1; fi
exec /bin/${name} "$@"
`,
    );
    chmodSync(join(shims, name), 0o755);
  }
  const bundle = await maker.app("good 1.1.0", { version: "1.1.0" });
  for (let step = 1, isOver = false; !isOver; step++) {
    const box = new FakeAppliance(maker.keys_folder);
    await box.apply(bundle);
    const count = join(box.root, "count");
    writeFileSync(count, "0");
    const { signal } = spawnSync("sh", [CHOOSE_APP, box.root], {
      env: { ...process.env, PATH: `${shims}:${process.env.PATH}`, COUNT: count, KILL_AT: String(step) },
    });
    isOver = signal === null && Number(readFileSync(count, "utf8")) < step;
    const starts = [box.startService(), box.startService(), box.startService()];
    expect(starts.filter((it) => it === "good 1.1.0").length).toBeLessThanOrEqual(1);
    expect(starts.at(-1)).toBe(OLD);
  }
}, 120_000);

test("with a data partition that cannot be read or written, the image's own executable runs", async () => {
  const box = new FakeAppliance(maker.keys_folder);
  await box.update(await maker.app("good 1.1.0", { version: "1.1.0" }));
  const elsewhere = mkdtempSync(join(tmpdir(), "stagebox-elsewhere-"));
  cpSync(box.root, elsewhere, { recursive: true, verbatimSymlinks: true });
  spawnSync("rm", ["-rf", box.places.app]);
  expect(box.startService()).toBe(OLD);
  writeFileSync(box.places.app, "a file, of all things");
  expect(box.startService()).toBe(OLD);
  spawnSync("rm", ["-rf", box.places.app]);
  mkdirSync(join(box.places.app, "current"), { recursive: true });
  expect(box.startService()).toBe(OLD);
});
