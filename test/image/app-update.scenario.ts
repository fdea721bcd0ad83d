// SPDX-License-Identifier: Apache-2.0
//
// The application alone, updated through the API: to a second version and back, to one that never does its work, and with
// the plug pulled while the bundle is unpacked and while it is tried. What was recorded and edited stays throughout.
import { afterAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { Box } from "./box.ts";
import { discardMachines, Machine } from "./machine.ts";
import { CARD_BYTES, made, tellTime, timed } from "./under-test.ts";
import { sendUpdate, untilUpdate, versionOf } from "./updates.ts";

const HEALTH_S = 20;

const machine = new Machine(made("stagebox-debian-ab.img"), { card_bytes: CARD_BYTES });
const box = new Box(machine);
afterAll(discardMachines);

test("the image's own version runs, with something to lose", async () => {
  machine.fat(1).write("stagebox.toml", `[update]\nhealth_seconds = ${HEALTH_S}\n`);
  machine.plugIn();
  await box.ready();
  await box.signIn();
  await box.ask("POST", "/api/graph/patch", [
    { action: "insert", after: "notch", stage: { id: "louder", type: "gain", gain_db: 6 } },
    { action: "add_sink", sink: { id: "file", type: "recorder", from: "board", params: { format: "edf" } } },
  ]);
  await Bun.sleep(4000);
  await box.ask("POST", "/api/graph/patch", { action: "remove_sink", id: "file" });
  expect(await versionOf(box)).toBe("0.1.0");
});

test("a bundle that was tampered with is refused, before anything of it is used", async () => {
  const bytes = readFileSync(made("app-second.stagebox"));
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
  const answer = await box.call("POST", "/api/system/update", bytes, { "content-type": "application/octet-stream" });
  if (answer.status === 202) expect(await untilUpdate(box, answer.body.id)).toMatchObject({ result: "refused" });
  else expect(answer.status).toBe(422);
  expect(await machine.run("ls /data/app/versions 2>/dev/null || true")).toBe("");
});

test("the plug is pulled while it is unpacked: the old version runs, and nothing is left over", async () => {
  const written = machine.written_bytes;
  void sendUpdate(box, "app-second.stagebox").catch(() => {});
  while (machine.written_bytes < written + 60e6) await Bun.sleep(20);
  await machine.cutPower();
  machine.plugIn();
  await box.ready();
  expect(await versionOf(box)).toBe("0.1.0");
  await checkBelongings();
});

test("the plug is pulled while it is tried: it is dropped, and the box says so", async () => {
  const id = await sendUpdate(box, "app-second.stagebox");
  await untilVersion("0.2.0");
  await machine.cutPower();
  machine.plugIn();
  await box.ready();
  expect(await versionOf(box)).toBe("0.1.0");
  const told = { result: "rolled-back", message: expect.stringContaining("before it had proved itself") };
  expect(await untilUpdate(box, id)).toMatchObject(told);
  await checkBelongings();
});

test("a second version takes over and stays over a power cut", async () => {
  await timed("update of the application, sent to committed", async () => {
    const id = await sendUpdate(box, "app-second.stagebox");
    expect(await untilUpdate(box, id)).toMatchObject({ result: "committed" });
  });
  expect(await versionOf(box)).toBe("0.2.0");
  await machine.cutPower();
  machine.plugIn();
  tellTime("power to ready, with an update", await box.ready());
  expect(await versionOf(box)).toBe("0.2.0");
  await checkBelongings();
});

test("a version that never does its work is taken back", async () => {
  await timed("update that hangs, sent to taken back", async () => {
    const id = await sendUpdate(box, "app-hangs.stagebox");
    expect(await untilUpdate(box, id)).toMatchObject({ result: "rolled-back" });
  });
  await box.ready();
  expect(await versionOf(box)).toBe("0.2.0");
  await checkBelongings();
});

test("and back to the first one, when asked for", async () => {
  const refused = await box.call("POST", "/api/system/update", readFileSync(made("app-first.stagebox")), {
    "content-type": "application/octet-stream",
  });
  expect([refused.status, refused.text]).toEqual([422, expect.stringContaining("older")]);
  const id = await sendUpdate(box, "app-first.stagebox", "?allow_older=true");
  expect(await untilUpdate(box, id)).toMatchObject({ result: "committed" });
  expect(await versionOf(box)).toBe("0.1.0");
  await checkBelongings();
});

async function untilVersion(version: string): Promise<void> {
  for (const deadline = Date.now() + 300_000; (await versionOf(box)) !== version; await Bun.sleep(200))
    if (Date.now() > deadline) throw new Error(`version ${version} does not come:\n${machine.console.tail()}`);
}

/** An update touches neither the graph nor recordings. */
async function checkBelongings(): Promise<void> {
  const { stages } = await box.ask("GET", "/api/graph");
  expect(stages.map(({ id }: { id: string }) => id)).toContain("louder");
  expect((await box.ask("GET", "/api/recordings")).recordings).toHaveLength(1);
}
