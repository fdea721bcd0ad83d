// SPDX-License-Identifier: Apache-2.0
//
// A new build that does not work never takes the place of one that does: the box says what is wrong with it, and the
// old one runs on as if nothing had happened.
import { afterAll, describe, expect, test } from "bun:test";
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FLAG } from "../../src/native/packet.ts";
import { hostTriple as triple } from "../../src/triple.ts";
import { type Build, libraryBytes, putPlugin } from "../plugins/odometer.fixture.ts";
import { Listener } from "./listener.ts";
import { newFolder, quick, Service, until } from "./service.ts";

const CHANNELS = 8;

const pipeline = `
schema: 1
name: broken builds
source: { id: board, type: synthetic, params: { channels: ${CHANNELS}, rate_hz: 1000 } }
stages:
  - { id: notch, type: notch, params: { freq_hz: 50 } }
  - { id: odometer, type: odometer, from: board, group: own }
`;

interface Broken {
  what: string;
  define?: Build["define"];
  bytes?: (good: Uint8Array) => Uint8Array;
  said: RegExp;
  inQuick?: boolean;
}

const broken: Broken[] = [
  { what: "a text file", bytes: () => Buffer.from("not found\n"), said: /not an ELF|no ELF/i, inQuick: true },
  { what: "nothing", bytes: () => new Uint8Array(), said: /empty|ELF|bytes/i },
  { what: "half a library", bytes: (good) => good.subarray(0, good.length >> 1), said: /truncated|ends|beyond|cut/i },
  { what: "another ABI", define: { ABI: 2 }, said: /incompatible ABI 2 \(core=1\)/, inQuick: true },
  { what: "a constructor that crashes", define: { FALLS: true }, said: /SIGSEGV/, inQuick: true },
  { what: "a constructor that hangs", define: { STUCK: true }, said: /did not return|hang/ },
  { what: "a registration that hangs", define: { HANGS: true }, said: /did not return|hang/ },
  { what: "no stage of that type", define: { TYPE: '"tachometer"' }, said: /odometer/, inQuick: true },
  { what: "an activation that fails", define: { REFUSES: true }, said: /this build takes no signal/, inQuick: true },
];

const services: Service[] = [];
afterAll(() => Promise.all(services.map((service) => service.discard())));

describe.each([
  { where: "in a process of its own", trust: false },
  { where: "in the service's process", trust: true },
])("for a plugin $where", ({ trust }) => {
  let service: Service;
  let number = 1;
  const manifest = { runtime: { library: "bin/<target-triple>/libodometer.so", isolation: "in-process" } };
  const folder = () => join(service.data, "plugins/odometer");
  const plugin = async () => (await service.get("/api/plugins/odometer")).body;
  const reload = () => service.post("/api/plugins/odometer/reload");

  async function put({ define, bytes }: Partial<Broken>): Promise<void> {
    if (!bytes) return putPlugin(folder(), { define: { BUILD: ++number, ...define }, manifest });
    const library = join(folder(), `bin/${triple}`);
    writeFileSync(join(library, ".new"), bytes(await libraryBytes()));
    renameSync(join(library, ".new"), join(library, "libodometer.so"));
  }

  /** Frames of this build among what the plugin put out, and where its count does not go on. */
  function counted({ packets }: Listener) {
    const own = packets.filter(({ flags }) => (flags & FLAG.late) === 0);
    const rows = own.flatMap(({ data, frames }) =>
      Array.from({ length: frames }, (_, row) => data[row * CHANNELS] ?? 0),
    );
    const builds = new Set(own.map(({ data }) => data[1]));
    return { frames: rows.length, builds, backwards: rows.filter((count, row) => count <= (rows[row - 1] ?? -1)) };
  }

  test("it runs", async () => {
    const data = newFolder();
    await putPlugin(join(data, "plugins/odometer"), { define: { BUILD: number }, manifest });
    writeFileSync(join(data, "pipeline.yaml"), pipeline);
    service = await Service.start({ data, pipeline: join(data, "pipeline.yaml") });
    services.push(service);
    const { body } = await service.post("/api/plugins/odometer/enable", { trust: trust && "unsigned" });
    expect([body.state, body.isolation]).toEqual(["ready", trust ? "in-process" : "process"]);
  }, 30_000);

  test.each(broken.filter(({ inQuick }) => !quick || inQuick))(
    "$what",
    async ({ define, bytes, said }) => {
      const running = number;
      const [own, other] = (await Promise.all(
        ["odometer", "notch"].map((stream) => Listener.open(service, stream)),
      )) as [Listener, Listener];
      await until("its counts", () => counted(own).frames > 50);
      await put({ ...(define && { define }), ...(bytes && { bytes }) });
      const { status, body } = await reload();
      expect([status, JSON.stringify(body)]).toEqual([422, expect.stringMatching(said)]);
      const seen = counted(own).frames;
      await until("it to go on", () => counted(own).frames > seen + 50);
      const { builds, backwards } = counted(own);
      expect([[...builds], backwards]).toEqual([[running], []]);

      const { state, reason, faults, quarantined } = await plugin();
      expect([state, quarantined, reason]).toEqual(["ready", false, expect.stringMatching(said)]);
      expect(reason).toStartWith("what lies in its folder cannot take over, so version 1.0.0 goes on: ");
      expect(faults.at(-1).message).toBe(reason);
      expect([own.breaks(), other.breaks()]).toEqual([[], []]);
      expect(other.packets.filter(({ flags }) => flags & (FLAG.late | FLAG.dry | FLAG.gap))).toEqual([]);

      number = running;
      await put({});
      const mended = await reload();
      expect([mended.status, mended.body.state, mended.body.reason]).toEqual([200, "ready", undefined]);
      await until("the new build", () => counted(own).builds.has(number));
      for (const listener of [own, other]) listener.close();
    },
    60_000,
  );

  test("found by itself it is told too, once, and not tried again", async () => {
    const told = async () =>
      (await plugin()).faults.filter(({ message }: { message: string }) =>
        message.includes("this build takes no signal"),
      );
    await put({ define: { REFUSES: true } });
    await until("its reason", async () => (await plugin()).reason?.includes("this build takes no signal"));
    const once = await told();
    await Bun.sleep(3000);
    expect([await told(), (await plugin()).state]).toEqual([once, "ready"]);
  }, 30_000);

  test("nobody has lost a frame, and nothing of it all is left", async () => {
    const { body } = await service.get("/api/telemetry");
    expect(body.groups.map(({ lost_frames }: { lost_frames: number }) => lost_frames)).toEqual([0, 0]);
    expect(service.process.exitCode).toBeNull();
  });
});
