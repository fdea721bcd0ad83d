// SPDX-License-Identifier: Apache-2.0
//
// From power to signal, and what a first user does: signs in with the code on the console, edits the graph, records, reads
// metrics, installs a plugin, starts the box anew and finds all as before.
import { afterAll, expect, test } from "bun:test";
import { statSync } from "node:fs";
import { Box } from "./box.ts";
import { BOOT_MS, discardMachines, Machine } from "./machine.ts";
import { CARD_BYTES, made, tellTime } from "./under-test.ts";

const OURS = "systemctl list-unit-files --no-legend 'stagebox*' | cut -d' ' -f1";

const machine = new Machine(made("stagebox-debian-ab.img"), { card_bytes: CARD_BYTES });
const box = new Box(machine);
afterAll(discardMachines);

let before: { graph: unknown; recordings: Recording[]; hostKey: string; id: string; clock_s: number };
interface Recording {
  name: string;
  duration_s: number;
}

const state = async () => ({
  graph: shapeOf(await box.ask("GET", "/api/graph")),
  recordings: (await box.ask("GET", "/api/recordings")).recordings as Recording[],
  hostKey: await machine.run("cat /etc/ssh/ssh_host_ed25519_key.pub 2>/dev/null || true"),
  id: await machine.run("cat /etc/machine-id"),
  clock_s: Number(await machine.run("date +%s")),
});

test("a card that was never used comes up to a running pipeline", async () => {
  machine.plugIn();
  const seconds = await box.ready();
  tellTime("power to ready, first boot", seconds);
  expect(machine.boot).toMatchObject({ partition: 2, tryboot: false });
});

test("the code on the console makes its reader the owner, once", async () => {
  const code = await box.signIn();
  const again = await box.post("/api/sign-in", { code }, { authorization: undefined });
  expect([403, 409]).toContain(again.status);
  expect((await box.get("/api/graph", { authorization: undefined })).status).toBe(401);
  expect(await box.ask("GET", "/api/graph")).toMatchObject({ name: "default", state: "running" });
});

test("nothing has failed on the way, and the data partition has the rest of the card", async () => {
  await machine.run("systemctl is-system-running --wait || true", 120_000);
  expect(await machine.run("systemctl list-units --failed --plain --no-legend")).toBe("");
  const { data } = await box.ask("GET", "/api/system");
  expect(data.total_bytes).toBeGreaterThan(0.8 * (CARD_BYTES - statSync(made("stagebox-debian-ab.img")).size));
  expect(
    await machine.run("findmnt -no FSTYPE / && touch /usr/x && rm /usr/x && findmnt -no OPTIONS /mnt || true"),
  ).toStartWith("overlay");
  expect(await machine.run("swapon --noheadings")).toBe("");
});

test("the graph is edited while it runs, recorded, measured", async () => {
  await box.ask("POST", "/api/graph/patch", [
    { action: "insert", after: "notch", stage: { id: "louder", type: "gain", gain_db: 6 } },
    { action: "add_sink", sink: { id: "file", type: "recorder", from: "board", params: { format: "edf" } } },
  ]);
  await box.ask("POST", "/api/markers", { label: "first light" });
  await Bun.sleep(5000);
  const metrics = await box.ask("GET", "/metrics");
  expect(metrics).toMatch(/^stagebox_running 1$/m);
  expect(Number(metrics.match(/^stagebox_source_frames_total (\d+)$/m)?.[1])).toBeGreaterThan(0);
  await box.ask("POST", "/api/graph/patch", { action: "remove_sink", id: "file" });
  const { recordings } = await box.ask("GET", "/api/recordings");
  expect(recordings).toHaveLength(1);
  expect(recordings[0].duration_s).toBeGreaterThan(1);
});

test("a plugin of one's own runs in its sandbox, on this kernel complete", async () => {
  await machine.send(made("my-gain.zip"), "/tmp/my-gain.zip");
  const install = "/run/stagebox-system/app plugin install /tmp/my-gain.zip --data /data/stagebox";
  expect(await machine.run(`chmod 644 /tmp/my-gain.zip && runuser -u stagebox -- ${install}`, 120_000)).toContain(
    "installed",
  );
  const ready = async () => (await box.get("/api/plugins/my-gain")).body?.state === "ready";
  for (const deadline = Date.now() + 60_000; !(await ready()) && Date.now() < deadline; await Bun.sleep(500));
  await box.ask("POST", "/api/graph/patch", {
    ...{ action: "insert", after: "notch", stage: { id: "mine", type: "my_gain", params: { gain_db: 6 } } },
  });
  const plugin = await box.ask("GET", "/api/plugins/my-gain");
  expect(plugin).toMatchObject({ state: "ready", isolation: "process" });
  // What a kernel cannot give, the sandbox says in the log, a line each. Memory's limit is the address space's.
  const { entries, log, lines } = await box.ask("GET", "/api/plugins/my-gain/log");
  const said = JSON.stringify(entries ?? log ?? lines);
  console.log(`sandbox: ${said}`);
  expect(said).not.toMatch(/no Landlock|no seccomp|no limit/);
});

test("started anew it is as before", async () => {
  before = await state();
  const boots = machine.boots.length;
  await box.ask("POST", "/api/system/reboot");
  await machine.waitForBoot(boots + 1);
  tellTime("power to ready, later boot", await box.ready());
  const after = await state();
  expect(after.graph).toEqual(before.graph);
  expect(after.recordings).toEqual(before.recordings);
  expect([after.hostKey, after.id]).toEqual([before.hostKey, before.id]);
  // Its clock has no battery, and nobody has told it the time: at least it does not go back.
  expect(after.clock_s).toBeGreaterThan(before.clock_s);
  expect(await box.ask("GET", "/api/plugins/my-gain")).toMatchObject({ state: "ready" });
});

test("how long the same system takes to its last target when nothing of ours is started, and how long the box to be ready", async () => {
  const ours = (await machine.run(OURS)).split("\n").filter((unit) => !unit.includes("@"));
  await machine.powerOff();
  const base_s = await bootUntil("multi-user.target", ours);
  const ready_s = await bootUntil("stagebox.service", []);
  tellTime("kernel to multi-user, the base alone", base_s);
  tellTime(`kernel to packets moving: ${(ready_s / base_s).toFixed(2)} times the base`, ready_s);
});

/** Seconds from the kernel's start to the unit's. */
async function bootUntil(unit: string, without: readonly string[]): Promise<number> {
  machine.kernel.splice(0, machine.kernel.length, ...without.map((unit) => `systemd.mask=${unit}`));
  machine.plugIn();
  const ask = `systemctl show -p ActiveEnterTimestampMonotonic --value ${unit}`;
  for (const deadline = Date.now() + BOOT_MS; ; await Bun.sleep(2000)) {
    const microseconds = Number(await machine.run(ask));
    if (microseconds > 0) {
      await machine.powerOff();
      return microseconds / 1e6;
    }
    if (Date.now() > deadline) throw new Error(`${unit} did not start:\n${machine.console.tail()}`);
  }
}

// biome-ignore lint/suspicious/noExplicitAny: what the API sends
function shapeOf({ name, state, stages, sinks }: any): unknown {
  return { name, state, stages: stages.map(idAndType), sinks: sinks.map(idAndType) };
}

function idAndType({ id, type, params }: { id: string; type: string; params: unknown }) {
  return { id, type, params };
}
