// SPDX-License-Identifier: Apache-2.0
//
// Plugins in other languages than C, on the board's own processor and kernel: each is installed, computes in its sandbox,
// and is measured.
import { afterAll, expect, test } from "bun:test";
import { Box } from "./box.ts";
import { discardMachines, Machine } from "./machine.ts";
import { CARD_BYTES, made, tellTime, timed } from "./under-test.ts";

const INSTALL_MS = 300_000;
const READY_MS = 300_000;
const PLAY_MS = 10_000;
const SLOW = /too late|did not return within/;

const machine = new Machine(made("stagebox-debian-ab.img"), { card_bytes: CARD_BYTES });
const box = new Box(machine);
afterAll(discardMachines);

test("the box comes up", async () => {
  machine.plugIn();
  tellTime("power to ready", await box.ready());
  await box.signIn();
});

test.each(["python", "script", "wasm"])(
  "a stage in %s runs in its sandbox, on this kernel complete",
  async (runtime) => {
    const id = `my-${runtime}`;
    const zip = `/tmp/${id}.zip`;
    await machine.send(made(`${id}.zip`), zip);
    const install = `/run/stagebox-system/app plugin install ${zip} --unchecked --data /data/stagebox`;
    await timed(`${runtime}: installed`, () =>
      machine.run(`chmod 644 ${zip} && runuser -u stagebox -- ${install}`, INSTALL_MS),
    );
    const view = async () => (await box.get(`/api/plugins/${id}`)).body;
    for (const deadline = Date.now() + READY_MS; (await view())?.state !== "ready" && Date.now() < deadline; )
      await Bun.sleep(500);
    const stage = { id: runtime, type: `my_${runtime}`, params: { gain_db: 6 } };
    await box.ask("POST", "/api/graph/patch", { action: "insert", after: "notch", stage });
    await Bun.sleep(PLAY_MS);
    const { state, isolation, faults, statistics } = await view();
    console.log(`${id}: ${JSON.stringify(statistics)}`);
    expect({ state, isolation }).toEqual({ state: "ready", isolation: "process" });
    // An emulator's processors are slow: nothing else may be wrong.
    expect(faults.filter(({ message }: { message: string }) => !SLOW.test(message))).toEqual([]);
    expect(statistics.blocks).toBeGreaterThan(10);
    expect(statistics.substituted).toBeLessThan(statistics.blocks / 2);
    const { log } = await box.ask("GET", `/api/plugins/${id}/log`);
    expect(JSON.stringify(log)).not.toMatch(/no Landlock|no seccomp|no limit/);
    await box.ask("POST", "/api/graph/patch", { action: "remove", id: runtime });
  },
);

test("what each costs here", async () => {
  const bench = "/run/stagebox-system/app bench plugins --seconds 0.3";
  console.log(await machine.run(`runuser -u stagebox -- ${bench} 2>&1`, INSTALL_MS));
});
