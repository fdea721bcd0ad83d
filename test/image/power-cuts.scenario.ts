// SPDX-License-Identifier: Apache-2.0
//
// The plug is pulled while the box records, again and again. What the card had not been told to keep may be lost
// (card.ts), in any order; the box comes up again, goes on recording, and no recording lacks more than its last second.
import { afterAll, expect, test } from "bun:test";
import { Listener } from "../system/listener.ts";
import { until } from "../system/service.ts";
import { Box } from "./box.ts";
import { checkFilesystem } from "./check-filesystem.ts";
import { discardMachines, Machine } from "./machine.ts";
import { CARD_BYTES, made, timed } from "./under-test.ts";

const CUTS = 10;
const RATE_HZ = 250;
const LEAST_S = 4;
/** Beside the second that is being written: to make a second durable takes this slow card some of the next one. */
const GRACE_S = 1;
const PIPELINE = `schema: 1
name: session
source: { id: board, type: synthetic, params: { channels: 8, rate_hz: ${RATE_HZ} } }
sinks:
  - { id: file, type: recorder, params: { format: edf } }
  - { id: raw, type: stream }
`;

interface Recording {
  name: string;
  duration_s: number;
}

const machine = new Machine(made("stagebox-debian-ab.img"), { card_bytes: CARD_BYTES });
const box = new Box(machine);
afterAll(discardMachines);

/** What clients had been sent of each recording that was broken off, in seconds. */
const delivered = new Map<string, number>();

test("it records", async () => {
  await start();
  await box.signIn();
  await box.call("PUT", "/api/pipelines/session", PIPELINE, { "content-type": "application/yaml" });
  await box.ask("POST", "/api/pipelines/session/start");
  await machine.run("sync");
});

for (let cut = 1; cut <= CUTS; cut++)
  test(`after cut ${cut} it comes up recording, and nothing is lost but the last second`, async () => {
    if (!machine.powered) await start(); // the cut before this one failed
    await timed(`cut ${cut}, and ready again`, async () => {
      const { name, seconds } = await recordSome();
      const lost = await machine.cutPower();
      delivered.set(name, seconds);
      expect(checkFilesystem(machine.card, "data")).toBe("clean");
      await start();
      const { recordings } = await box.ask("GET", "/api/recordings");
      const kept = (recordings as Recording[]).find((recording) => recording.name === name);
      console.log(`${name}: ${seconds.toFixed(2)} s were sent, ${kept?.duration_s} s kept; ${lost} sectors lost`);
      expect(kept?.duration_s).toBeGreaterThanOrEqual(seconds - 1 - GRACE_S);
      expect((await box.ask("GET", "/api/graph")).state).toBe("running");
    });
  });

test("all of them are there to the end, and the file system is clean", async () => {
  const { recordings } = await box.ask("GET", "/api/recordings");
  const found = new Map((recordings as Recording[]).map(({ name, duration_s }) => [name, duration_s]));
  for (const [name, seconds] of delivered) expect(found.get(name)).toBeGreaterThanOrEqual(seconds - 1 - GRACE_S);
  await machine.powerOff();
  expect(checkFilesystem(machine.card, "data")).toBe("clean");
});

async function start(): Promise<void> {
  machine.plugIn();
  await box.ready();
}

/** Listens until some seconds are recorded, and an odd bit more. */
async function recordSome(): Promise<{ name: string; seconds: number }> {
  const raw = await Listener.open(box, "raw");
  const enough = (LEAST_S + Math.random() * 2) * RATE_HZ;
  await until("the signal", () => raw.end_frame >= enough, 60_000);
  const { sinks } = await box.ask("GET", "/api/telemetry");
  const seconds = raw.end_frame / RATE_HZ;
  raw.close();
  const { file } = sinks.find(({ id }: { id: string }) => id === "file").detail;
  // The clock goes on from where it was, so that names tell the order.
  for (const before of delivered.keys()) expect(file > before).toBe(true);
  return { name: file, seconds };
}
