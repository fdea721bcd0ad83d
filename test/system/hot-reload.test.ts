// SPDX-License-Identifier: Apache-2.0
//
// A plugin is built anew and loaded again a thousand times while its stage runs: nobody who listens loses a frame, the
// stage goes on where it was, and the service holds no more than before.
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { FLAG } from "../../src/native/packet.ts";
import { type Build, putPlugin } from "../plugins/odometer.fixture.ts";
import { type Belongings, belongingsOf, memoryOf } from "./belongings.ts";
import { Listener } from "./listener.ts";
import { newFolder, quick, root, Service, until } from "./service.ts";
import { Standstill } from "./standstill.ts";

const RELOADS = quick ? 50 : 1000;
/** So many reloads in, memory is what it shall stay. */
const WARM_UP = quick ? 25 : 250;
/** Every so many, the new build is found by the watch of the folder; all others are asked for. */
const PER_WATCHED = 50;
const ROOM_BYTES = 5e6;
const COLLECT_MS = 1500;
const LOOKS = 4;
const CHANNELS = 64;
const weighed = {
  command: [process.execPath, "--preload", join(import.meta.dir, "collect-garbage.ts"), join(root, "src/main.ts")],
  /* The optimising compiler, which adds some 10 MB to whatever has run a thousand times, would hide what is lost. */
  environment: { BUN_JSC_useDFGJIT: "0" },
};

const pipeline = `
schema: 1
name: reloaded
source: { id: board, type: synthetic, params: { channels: ${CHANNELS}, rate_hz: 1000 } }
stages:
  - { id: notch, type: notch, params: { freq_hz: 50 } }
  - { id: odometer, type: odometer, from: board, group: own }
`;

let service: Service;
beforeEach(async () => {
  const data = newFolder();
  await putPlugin(join(data, "plugins/odometer"), build(1));
  writeFileSync(join(data, "pipeline.yaml"), pipeline);
  service = await Service.start({ data, pipeline: join(data, "pipeline.yaml"), ...weighed });
});
afterEach(() => service?.discard());

function build(number: number, define: Build["define"] = {}): Build {
  return {
    define: { BUILD: number, ...define },
    manifest: { runtime: { library: "bin/<target-triple>/libodometer.so", isolation: "in-process" } },
  };
}

const put = (next: Build) => putPlugin(join(service.data, "plugins/odometer"), next);
const plugin = async () => (await service.get("/api/plugins/odometer")).body;

/** Follows the odometer: what it counted against what went by. */
class Odometer {
  late_frames = 0;
  build = 0;
  readonly backwards: string[] = [];
  #first: { frame: number; count: number } | undefined;
  #last: { frame: number; count: number } | undefined;

  /** Takes what a listener has received, all but the last packet, which says what the next must be. */
  take(listener: Listener): void {
    for (const { flags, frames, first_frame, data } of listener.packets.splice(0, listener.packets.length - 1)) {
      if (flags & FLAG.late) {
        this.late_frames += frames;
        continue;
      }
      for (let row = 0; row < frames; row++) {
        const now = { frame: first_frame + row, count: data[row * CHANNELS] ?? Number.NaN };
        if (this.#last && !(now.count > this.#last.count)) this.backwards.push(`${this.#last.count} -> ${now.count}`);
        this.#first ??= now;
        this.#last = now;
      }
      this.build = data[1] ?? 0;
    }
  }

  /** Frames that went by and were not counted. */
  get uncounted(): number {
    if (!this.#first || !this.#last) return Number.NaN;
    return this.#last.frame - this.#first.frame - (this.#last.count - this.#first.count);
  }
}

/** Resident bytes of the service once its garbage is collected: the least of some looks, since it goes on working. */
async function weight(): Promise<number> {
  const seen: number[] = [];
  for (let look = 0; look < LOOKS; look++) {
    service.process.kill("SIGUSR2");
    await Bun.sleep(COLLECT_MS);
    seen.push(memoryOf(service.process.pid).rss);
  }
  return Math.min(...seen);
}

describe.each([
  { where: "in a process of its own", trust: false },
  { where: "in the service's process", trust: true },
])("a plugin $where", ({ where, trust }) => {
  test(`is loaded anew ${RELOADS} times, and nobody notices`, async () => {
    const enabled = await service.post("/api/plugins/odometer/enable", { trust: trust && "unsigned" });
    expect([enabled.status, enabled.body.isolation]).toEqual([200, trust ? "in-process" : "process"]);
    const [own, other] = (await Promise.all(["odometer", "notch"].map((stream) => Listener.open(service, stream)))) as [
      Listener,
      Listener,
    ];
    const odometer = new Odometer();
    const late: string[] = [];
    const lost: string[] = [];
    const listen = () => {
      lost.push(...own.breaks(), ...other.breaks());
      for (const { flags, first_frame } of other.packets.splice(0, other.packets.length - 1))
        if (flags & (FLAG.late | FLAG.dry | FLAG.gap)) late.push(`${flags} at ${first_frame}`);
      odometer.take(own);
    };

    using standstill = new Standstill();
    let bytes = 0;
    let held: Belongings | undefined;
    const pid = service.process.pid;
    for (let reload = 1; reload <= WARM_UP + RELOADS; reload++) {
      const number = 1 + (reload % 2);
      await put(build(number));
      if (reload % PER_WATCHED === 0) {
        const seen = (await plugin()).statistics.reloads;
        await until(`reload ${reload} by itself`, async () => (await plugin()).statistics.reloads > seen);
      } else {
        const { status, text } = await service.post("/api/plugins/odometer/reload");
        expect([reload, status, text]).toEqual([reload, 200, text]);
      }
      listen();
      if (reload === WARM_UP) {
        bytes = await weight();
        held = belongingsOf(pid);
      }
    }
    const after = await weight();
    listen();
    for (const listener of [own, other]) listener.close();

    const megabytes = (count: number) => (count / 1e6).toFixed(1);
    console.log(
      `${RELOADS} reloads ${where}: ${megabytes(bytes)} MB resident after ${WARM_UP} reloads, ${megabytes(after)} MB at the end; ` +
        `${odometer.late_frames} frames of the plugin's output late, ${odometer.uncounted} not counted`,
    );
    expect(odometer.backwards).toEqual([]);
    expect(odometer.uncounted).toBeGreaterThanOrEqual(0);
    expect(belongingsOf(pid)).toEqual(held as Belongings);
    expect(after - bytes).toBeLessThan(ROOM_BYTES);
    expect((await plugin()).statistics.crashes).toBe(0);
    if (await standstill.permits(`a plugin ${where}`)) {
      expect([lost, late]).toEqual([[], []]);
      expect(odometer.uncounted).toBeLessThanOrEqual(odometer.late_frames);
      const { body } = await service.get("/api/telemetry");
      expect(body.groups.map(({ lost_frames }: { lost_frames: number }) => lost_frames)).toEqual([0, 0]);
    }
  }, 600_000);
});
