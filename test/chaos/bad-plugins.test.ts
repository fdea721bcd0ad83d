// SPDX-License-Identifier: Apache-2.0
//
// One bad plugin of each kind in turn beside a pipeline of 64 channels at 1 kHz: whatever it does, it costs its own
// output and nothing else, and the box says what it did.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FLAG } from "../../src/native/packet.ts";
import { BAD_FOLDERS, BAD_WASM, buildBadComponents, buildBadPlugins } from "../plugins/bad-plugins.fixture.ts";
import { Listener } from "../system/listener.ts";
import { newFolder, quick, Service, until } from "../system/service.ts";
import { Standstill } from "../system/standstill.ts";

const SECONDS = quick ? 2 : 6;
const GOOD_BLOCKS = 50;
/** On a busy machine a block of any process is late once in a while, before a plugin turns bad, too. What is refused with
 * each block, and cost too much time, would make most of them late. */
const SELDOM = 0.02;

interface Kind {
  folder: string;
  /** How `GET /api/plugins/{id}` names what it did. */
  named: RegExp;
  /** Whether its output is replaced once it turns bad: always, now and then, not for that, or as the machine
   * has time. */
  replaced: "all" | "some" | "none" | "perhaps";
  inQuick?: boolean;
  grants?: string[];
}

const kinds: Kind[] = [
  { folder: "crash", named: /SIGSEGV/, replaced: "some", inQuick: true },
  { folder: "abort", named: /SIGABRT/, replaced: "some" },
  { folder: "divide", named: /SIGFPE/, replaced: "some" },
  { folder: "exception", named: /SIGABRT/, replaced: "some" },
  { folder: "stack", named: /SIGSEGV/, replaced: "some" },
  { folder: "exit", named: /exited with 0/, replaced: "some" },
  { folder: "hang", named: /hang|SIGXCPU|does not answer/, replaced: "all", inQuick: true },
  { folder: "slow", named: /late/, replaced: "some" },
  { folder: "leak", named: /SIGSEGV|memory|MB/, replaced: "some" },
  { folder: "nan", named: /not finite/, replaced: "all", inQuick: true },
  { folder: "wrong-size", named: /shape/, replaced: "all" },
  { folder: "overrun", named: /SIGSEGV|shape|beyond|broke/, replaced: "some" },
  { folder: "lying", named: /shape/, replaced: "all" },
  { folder: "file-writer", named: /needs permission write/, replaced: "none" },
  { folder: "socket-opener", named: /needs permission network/, replaced: "none" },
  { folder: "fork-bomb", named: /needs permission processes/, replaced: "perhaps" },
  { folder: "python-exception", named: /exception in block after block/, replaced: "some", inQuick: true },
  { folder: "python-hang", named: /hang|SIGXCPU|does not answer/, replaced: "all", inQuick: true },
  { folder: "python-hog", named: /memory|MB/, replaced: "some" },
  { folder: "python-exit", named: /exited with 0/, replaced: "some" },
  { folder: "python-native", named: /SIGSEGV/, replaced: "some" },
  { folder: "python-fork-bomb", named: /needs permission processes/, replaced: "perhaps" },
  { folder: "python-reader", named: /openat of \/etc\/passwd needs permission read/, replaced: "none" },
  { folder: "python-writer", named: /for writing needs permission write/, replaced: "none" },
  { folder: "python-socket", named: /needs permission network/, replaced: "none" },
  { folder: "python-flood", named: /bytes of output left out/, replaced: "perhaps" },
  { folder: "script-exception", named: /exception in block after block/, replaced: "some", inQuick: true },
  { folder: "script-hang", named: /hang|SIGXCPU|does not answer/, replaced: "all", inQuick: true },
  { folder: "script-hog", named: /used more than 192 MB/, replaced: "some" },
  { folder: "script-objects", named: /used more than 192 MB/, replaced: "some" },
  { folder: "script-exit", named: /exited with 0/, replaced: "some" },
  { folder: "script-garbage", named: /exception in block after block/, replaced: "some" },
  { folder: "script-native", named: /SIG(SEGV|ABRT|ILL|TRAP)/, replaced: "some" },
  { folder: "script-prototypes", named: /exception in block after block/, replaced: "some" },
  { folder: "script-fork-bomb", named: /needs permission processes/, replaced: "perhaps" },
  { folder: "script-workers", named: /used more than|SIGABRT|exited/, replaced: "perhaps" },
  { folder: "script-reader", named: /openat of \/etc\/passwd needs permission read/, replaced: "perhaps" },
  { folder: "script-writer", named: /for writing needs permission write/, replaced: "perhaps" },
  { folder: "script-socket", named: /needs permission network/, replaced: "perhaps" },
  { folder: "script-flood", named: /bytes of output left out/, replaced: "perhaps" },
  {
    folder: "wasm-trap",
    named: /it fell over in process.*Out of bounds memory access/,
    replaced: "some",
    inQuick: true,
  },
  { folder: "wasm-stack", named: /it fell over in process.*Out of bounds memory access/, replaced: "some" },
  { folder: "wasm-hang", named: /hang|SIGXCPU|does not answer/, replaced: "all", inQuick: true },
  { folder: "wasm-hog", named: /fell over in process|used more than 192 MB/, replaced: "some" },
  { folder: "wasm-garbage", named: /exception in block after block/, replaced: "some" },
  { folder: "wasm-ungranted", named: /it called get of config, which it was not granted/, replaced: "some" },
  { folder: "wasm-reader", named: /it called read-metadata of filesystem, which it was not granted/, replaced: "some" },
  { folder: "wasm-flood", named: /messages left out/, replaced: "perhaps", grants: ["log"] },
];

const folder = newFolder();
let service: Service;

const pipeline = `
schema: 1
name: chaos
source: { id: board, type: synthetic, params: { channels: 64, rate_hz: 1000 } }
stages:
  - { id: notch, type: notch, params: { freq_hz: 50 } }
  - { id: band, type: bandpass, params: { low_hz: 1, high_hz: 40 } }
  - { id: own, type: highpass, from: board, params: { freq_hz: 1 }, group: own }
  - { id: end, type: nop, from: board }
sinks:
  - { id: clean, type: stream, from: band }
  - { id: apart, type: stream, from: own }
`;

beforeAll(async () => {
  buildBadPlugins();
  await buildBadComponents();
  for (const from of BAD_FOLDERS)
    for (const { name } of readdirSync(from, { withFileTypes: true }).filter((entry) => entry.isDirectory()))
      cpSync(join(from, name), join(folder, "plugins", name), { recursive: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "chaos.yaml"), pipeline);
  service = await Service.start({ data: folder, pipeline: join(folder, "chaos.yaml") });
}, 120_000);

afterAll(() => service?.discard());

/** What the box says about a plugin: reason, faults, the end of its log. */
async function told(id: string): Promise<string> {
  const [{ body }, log] = await Promise.all([service.get(`/api/plugins/${id}`), service.get(`/api/plugins/${id}/log`)]);
  return JSON.stringify([body.reason, body.faults, log.text.slice(-4000)]);
}

/** Of the source and of each group. */
async function lostFrames(): Promise<number[]> {
  const { source, groups } = (await service.get("/api/telemetry")).body;
  return [source, ...groups].map(({ lost_frames }: { lost_frames: number }) => lost_frames);
}

function plugInProcesses(): string[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((pid) => {
      try {
        const [, name = "", ppid = ""] = /^\d+ \((.*)\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
        return Number(ppid) === service.process.pid ? [name] : [];
      } catch {
        return []; // it ended meanwhile
      }
    });
}

/** Those in WebAssembly are not made on every machine. */
const hasFolder = (name: string) => !name.startsWith("wasm-") || BAD_FOLDERS.includes(BAD_WASM);

describe("a bad plugin costs its own output and nothing else", () => {
  /** Whatever became of it, the next kind finds the pipeline as it was. */
  afterEach(async () => {
    const removed = await service.patch({ action: "remove", id: "bad" });
    expect([removed.status, service.process.exitCode]).toEqual([200, null]);
    await until("its process to be gone", () => plugInProcesses().length === 0);
  });

  test.each(kinds.filter(({ folder, inQuick }) => (!quick || inQuick) && hasFolder(folder)))(
    "$folder",
    async ({ folder: name, named, replaced, grants }) => {
      const id = `bad-${name}`;
      if (grants) await service.post(`/api/plugins/${id}/enable`, { grant: grants });
      const type = `bad_${name.replaceAll("-", "_")}`;
      await until(`${id} to be ready`, async () => (await service.get(`/api/plugins/${id}`)).body.state === "ready");
      const stage = { id: "bad", type, params: { after: GOOD_BLOCKS } };
      const lostBefore = await lostFrames();
      using standstill = new Standstill();
      const inserted = await service.patch({ action: "insert", after: "end", stage });
      expect([inserted.status, inserted.text]).toEqual([200, inserted.text]);
      const [clean, apart, output] = (await Promise.all(
        ["clean", "apart", "bad"].map((stream) => Listener.open(service, stream)),
      )) as [Listener, Listener, Listener];
      await Bun.sleep(SECONDS * 1000);
      for (const listener of [clean, apart, output]) listener.close();
      const judged = await standstill.permits(`the case ${name}`);
      const words = await until(`${id} to be named`, async () => {
        const said = await told(id);
        return named.test(said) ? said : undefined;
      }).catch(async (error) => {
        throw new Error(`${error.message}\nit says ${await told(id)}`);
      });
      expect(words).toMatch(named);

      const late = output.packets.filter(({ flags }) => flags & FLAG.late).length;
      if (replaced === "all" || replaced === "some") expect(late).toBeGreaterThan(0);
      if (judged) {
        for (const path of [clean, apart]) {
          expect(path.breaks()).toEqual([]);
          expect(path.frames).toBeGreaterThan(SECONDS * 1000 * 0.8);
          expect(path.packets.filter(({ flags }) => flags & (FLAG.late | FLAG.dry | FLAG.gap))).toEqual([]);
        }
        expect(output.breaks()).toEqual([]);
        if (replaced === "none") expect(late).toBeLessThan(SELDOM * output.packets.length);
        expect((await lostFrames()).map((now, i) => now - (lostBefore[i] ?? 0))).toEqual([0, 0, 0]);
      }
    },
    (SECONDS + 60) * 1000,
  );
});

describe("after all of them", () => {
  test("wrong-abi does not even run", async () => {
    const { body } = await service.get("/api/plugins/bad-wrong-abi");
    expect([body.state, body.reason]).toEqual(["error", expect.stringContaining("incompatible ABI 2 (core=1)")]);
    const { status } = await service.patch({ action: "insert", after: "end", stage: { type: "bad_wrong_abi" } });
    expect(status).toBe(422);
  });

  test.skipIf(!BAD_FOLDERS.includes(BAD_WASM)).each(["wasm-socket", "wasm-writer"])(
    "%s does not even run",
    async (name) => {
      const { body } = await service.get(`/api/plugins/bad-${name}`);
      expect([body.state, body.reason]).toEqual(["error", expect.stringContaining("and no plugin is given WASI")]);
    },
  );

  test("the service is the one that was started", async () => {
    expect(service.process.exitCode).toBeNull();
    expect((await service.get("/api/graph")).body.state).toBe("running");
  });
});
