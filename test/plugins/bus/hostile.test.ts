// SPDX-License-Identifier: Apache-2.0
//
// Main parts that mean no good: each is contained and named, others are served on, and the signal goes on.
import { afterEach, expect, test } from "bun:test";
import { OUTBOX_LIMITS } from "../../../src/plugins/bus/outbox.ts";
import { until } from "../../system/service.ts";
import { BusBox, type MainPlugin } from "./bus.fixture.ts";

let box: BusBox;
afterEach(() => box?.close(), 30_000);

/** What is said to the box by hand, past the module that plugins are given. */
const BY_HAND = `
import os, struct, time, stagebox
def raw(bytes):
    while bytes:
        bytes = bytes[os.write(3, bytes):]
def text(words, body=""):
    content = (words + "\\n" + body).encode()
    raw(struct.pack("=II", 8, len(content)) + content)
`;

const HONEST: MainPlugin = {
  id: "honest",
  kind: "script",
  code: `
import { publish, service } from "stagebox";
service("ping", (n) => n);
service("many", async (count: number) => {
  for (let i = 0; i < count; i++) await publish("honest.tick", { i, fill: "x".repeat(100) });
});
`,
  manifest: { permissions: { publish: ["honest.tick"] }, services: { ping: {}, many: { timeout_ms: 30_000 } } },
};

async function besides(hostile: Omit<MainPlugin, "kind" | "id"> & Partial<MainPlugin>): Promise<void> {
  const bad: MainPlugin = { id: "bad", kind: "python", ...hostile };
  box = await BusBox.open(HONEST, { ...bad, code: bad.kind === "python" ? BY_HAND + bad.code : bad.code });
  await box.box.run("{ type: nop }");
  await box.box.listen("nop");
  const { frames } = box.box;
  await until("frames", () => frames.length > 100);
}

/** The signal has lost nothing so far, and goes on; and who is honest is served. */
async function allIsWell(): Promise<void> {
  const { frames, breaks, supervisor } = box.box;
  const seen = frames.length;
  await until("more frames", () => frames.length > seen + 200);
  expect(breaks).toEqual([]);
  expect(supervisor.telemetry().groups.map(({ lost_frames }) => lost_frames)).toEqual([0]);
  expect(await box.ask("honest.ping", 7)).toBe(7);
}

test("floods events", async () => {
  await besides({
    code: `
def on_load(context):
    stagebox.subscribe("SystemInit", flood)
@stagebox.service
def flood(event):
    while True:
        text("publish bad.noise", "{}")
`,
    manifest: { permissions: { publish: ["bad.noise"], subscribe: ["SystemInit"] }, services: { flood: {} } },
  });
  const flood = box.ask("bad.flood");
  await until("the words", () => box.faults("bad").includes("publishes more than 200 events or KB a second"));
  await allIsWell();
  expect(await flood).toContain("late: bad.flood did not answer within 2 s");
  expect(box.data("bad.noise").length).toBeGreaterThan(100);
  expect(box.data("bad.noise").length).toBeLessThan(4000);
}, 60_000);

test("never answers, and answers what nobody asks any more", async () => {
  await besides({
    code: `
@stagebox.service
def sleep(request):
    time.sleep(0.3)
    return 1
@stagebox.service
def twice(request):
    text("answer %d ok" % request, "1")
    return 2
`,
    manifest: { services: { sleep: { timeout_ms: 100 }, twice: {} } },
  });
  expect(await box.ask("bad.sleep")).toBe("late: bad.sleep did not answer within 0.1 s");
  expect(await box.ask("bad.twice", 2)).toBe(1); // the second request, told its own number
  await until("words", () => box.faults("bad").includes("answers what nobody asked"));
  expect(box.faults("bad")).toContain("bad.sleep did not answer within 0.1 s");
  expect(box.box.plugins.get("bad").statistics.crashes).toBe(0);
  await allIsWell();
}, 60_000);

test.each<[string, string, RegExp]>([
  ["garbage", 'raw(b"\\xff" * 64)', /announced a message of 4294967295 bytes/],
  ["a message of 100 MB", "raw(struct.pack('=II', 8, 100 << 20) + bytes(1 << 20))", /announced a message of 104857600/],
  ["a message of another kind", "raw(struct.pack('=II', 3, 4) + bytes(4))", /said something that nobody had asked for/],
  ["words that mean nothing", 'text("reboot now"); time.sleep(9)', /said "reboot", which means nothing/],
  ["nothing, and leaves", "os._exit(5)", /exited with 5 though nobody asked/],
  ["nothing, since it fell over", "os.kill(os.getpid(), 11); time.sleep(9)", /killed by SIGSEGV/],
  [
    "nothing, and takes all memory",
    "x = [bytes(1 << 20) for _ in range(4096)]; time.sleep(9)",
    /MemoryError|memory|used more/,
  ],
])(
  "says %s",
  async (_, code, words) => {
    await besides({
      code: `
@stagebox.service
def go(request):
    ${code}
`,
      manifest: { services: { go: {} }, limits: { memory_mb: 128 } },
    });
    expect(await box.ask("bad.go")).toMatch(words);
    await allIsWell();
    await until("it is there again", async () =>
      box.bus.services().some(({ plugin, ready }) => plugin === "bad" && ready),
    );
  },
  60_000,
);

test.each<[string, string, RegExp]>([
  ["is no JSON", 'text("publish bad.event", "{nonsense")', /is no JSON/],
  ["is no object", 'text("publish bad.event", "[1]")', /is no object/],
  ["is nested deep", 'text("publish bad.event", "[" * 20000)', /nested more than 32 deep/],
  [
    "is too long",
    'text("publish bad.event", \'{"a":"\' + "x" * 70000 + \'"}\')',
    /has 70008 bytes, and may have 65536/,
  ],
  ["is another's", 'text("publish honest.tick", "{}")', /honest.tick": it may not/],
  ["is the box's own", 'text("publish SystemShutdown", "{}")', /is no plugin's event/],
])(
  "publishes what %s",
  async (_, code, words) => {
    await besides({
      code: `
def on_load(context):
    ${code}
`,
      manifest: { permissions: { publish: ["bad.event"] } },
    });
    await until("words", () => words.test(box.faults("bad")));
    expect(box.events.filter(({ from }) => from === "bad")).toEqual([]);
    expect(box.box.plugins.get("bad").statistics.crashes).toBe(0);
    await allIsWell();
  },
  60_000,
);

test("a subscriber that is slow loses the oldest, is told how many, and holds up nobody", async () => {
  await besides({
    code: `
seen = []
def on_load(context):
    stagebox.subscribe("honest.tick", hear)
def hear(event):
    seen.append((event.data["i"], event.lost))
    if len(seen) == 1:
        time.sleep(4)
@stagebox.service
def told(request):
    return seen
`,
    manifest: { permissions: { subscribe: ["honest.tick"] }, services: { told: { timeout_ms: 20_000 } } },
  });
  for (let sent = 0; sent < 1600; sent = box.data("honest.tick").length) await box.ask("honest.many", 100);
  const published = box.data("honest.tick").length;
  const isWhole = (it: [number, number][]) => it.length + it.reduce((sum, [, lost]) => sum + lost, 0) === published;
  let seen: [number, number][] = [];
  await until("all of them, told or counted", async () => {
    seen = (await box.ask("bad.told")) as [number, number][];
    return isWhole(seen);
  });
  expect(published).toBeGreaterThan(OUTBOX_LIMITS.events);
  expect(seen.some(([, lost]) => lost > 0)).toBe(true);
  expect(box.faults("bad")).toContain("does not take its events in time: the oldest are dropped");
  await allIsWell();
}, 60_000);

test("does not begin without what was taken back from it, and does not keep it that way", async () => {
  await besides({
    code: `
import socket
socket.socket()  # or nothing goes
@stagebox.service
def connects(request):
    socket.socket().close()
    return True
`,
    manifest: { permissions: { network: true }, services: { connects: {} } },
  });
  expect(await box.ask("bad.connects")).toBe(true);
  await box.box.plugins.choose("bad", { granted: {} });
  expect(await box.ask("bad.connects")).toContain("there is no service");
  expect(box.box.plugins.get("bad").state).toBe("error");
  expect(box.faults("bad")).toContain("does not run with what it may do now");
  await allIsWell();
  await box.box.plugins.choose("bad", { granted: { network: true } });
  expect(await box.ask("bad.connects")).toBe(true);
}, 60_000);

test("calls and calls, and takes none of the answers", async () => {
  await besides({
    code: `
@stagebox.service
def flood(request):
    while True:
        text("call 1 honest.ping"), text("pong")
`,
    manifest: { services: { flood: {} } },
  });
  const flood = box.ask("bad.flood");
  await until("the words", () => box.faults("bad").includes("does not take what it is answered"));
  await flood;
  await allIsWell();
}, 60_000);

test("publishes what is short, and long when it is written out", async () => {
  await besides({
    code: `
@stagebox.service
def publish(request):
    text("publish bad.event", '{"a":[' + ",".join(["1e20"] * 13000) + "]}")
`,
    manifest: { permissions: { publish: ["bad.event"] }, services: { publish: {} } },
  });
  await box.ask("bad.publish");
  await until("words", () => /publishes "bad.event": it has \d{6} bytes/.test(box.faults("bad")));
  expect(box.data("bad.event")).toEqual([]);
  await allIsWell();
}, 60_000);

test("an event of the box that is too long for a main part is one that it loses", async () => {
  await besides({
    code: `
seen = []
def on_load(context):
    stagebox.subscribe("StageOp", lambda event: seen.append(event.lost))
@stagebox.service
def told(request):
    return seen
`,
    manifest: { permissions: { subscribe: ["StageOp"] }, services: { told: {} } },
  });
  box.box.events.publish("StageOp", { actions: ["x".repeat(300_000)] });
  box.box.events.publish("StageOp", { actions: [] });
  await until("the next one", async () => JSON.stringify(await box.ask("bad.told")) === "[1]");
  await allIsWell();
}, 60_000);

test.each<[string, string, RegExp]>([
  ["a service", "stagebox.service(name='go')(lambda request: hang())", /main: did not listen for 0.3 s/],
  ["an event", "stagebox.subscribe('SystemInit', lambda event: hang())", /main: did not listen for 0.3 s/],
  ["on_load", "def on_load(context): hang()", /main: on_load did not return within 1 s/],
])(
  "hangs in %s",
  async (_, code, words) => {
    const bad: MainPlugin = {
      ...{ id: "bad", kind: "python", code: `${BY_HAND}\ndef hang():\n    while True: time.sleep(1)\n${code}` },
      manifest: { permissions: { subscribe: ["SystemInit"] }, services: { go: { timeout_ms: 9000 } } },
    };
    box = await BusBox.openWith({ patience: { load_ms: 1000, ping_ms: 50, silence_ms: 300 } }, HONEST, bad);
    box.box.events.publish("SystemInit");
    const asked = box.ask("bad.go");
    await until("words", () => words.test(box.faults("bad")));
    expect(await asked).toMatch(/^gone: bad (fell over while it was asked|is not there just now)/);
    expect(await box.ask("honest.ping", 7)).toBe(7);
  },
  60_000,
);

test("does not load", async () => {
  await besides({ code: "def on_load(context):\n    time.sleep(1)\n    raise ValueError('not today')\n" });
  await until("words", () => box.faults("bad").includes("ValueError: not today (main.py:"));
  await allIsWell();
}, 60_000);

test("in TypeScript: loops, leaves, throws where nobody catches", async () => {
  await besides({
    kind: "script",
    code: `
import { service } from "stagebox";
service("loop", () => { for (;;); });
service("leave", () => process.exit(4));
service("reject", () => { Promise.reject(new Error("nobody catches this")); return new Promise(() => {}); });
`,
    manifest: { services: { loop: { timeout_ms: 200 }, leave: {}, reject: {} }, limits: { cpu_percent: 50 } },
  });
  expect(await box.ask("bad.leave")).toContain("exited with 4 though nobody asked");
  await until("it is back", () => box.bus.services().some(({ plugin, ready }) => plugin === "bad" && ready));
  expect(await box.ask("bad.reject")).toMatch(/exited with 1|did not answer/);
  await until("it is back", () => box.bus.services().some(({ plugin, ready }) => plugin === "bad" && ready));
  expect(await box.ask("bad.loop")).toContain("late: bad.loop");
  /* On a busy machine it does not get so much of a core; then it is ended for its silence. */
  await until("it to be ended", () => /of a core|did not listen for/.test(box.faults("bad")), 60_000);
  await allIsWell();
}, 90_000);
