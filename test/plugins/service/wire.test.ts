// SPDX-License-Identifier: Apache-2.0
//
// The messages that go to a server and come from it, against protobuf's own reading of plugins/proto/stage.proto.
import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import fc from "fast-check";
import type { Format, StageEvent } from "stagebox";
import * as wire from "../../../native/runtimes/script/wire.ts";
import { root } from "../../system/service.ts";
import { hasGrpc } from "./server.fixture.ts";

setDefaultTimeout(60_000);

/** What messages.py answers, line by line. */
function asked(lines: readonly object[]): unknown[] {
  const { stdout, success } = Bun.spawnSync(
    ["/usr/bin/python3", "-B", join(import.meta.dir, "messages.py"), join(root, "plugins/proto/stage.proto")],
    { stdin: Buffer.from(lines.map((it) => `${JSON.stringify(it)}\n`).join("")), stderr: "inherit" },
  );
  if (!success) throw new Error("messages.py failed; it needs protobuf-compiler and python3-protobuf");
  return stdout
    .toString()
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

const RUNS = 300;
const PORTS = ["none", "signal", "spectrum", "features"] as const;
const PREFIX_BYTES = 5;

const number = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constant(0));
const float = fc.float({ noNaN: true, noDefaultInfinity: true });
const u32 = fc.oneof(fc.nat(200), fc.nat(2 ** 31 - 1));
const count = fc.oneof(fc.nat(200), fc.maxSafeNat());
const words = fc.string({ unit: "grapheme", maxLength: 12 });
const formats: fc.Arbitrary<Format> = fc.record({
  ...{ port: fc.constantFrom(...PORTS), rate_hz: number, channels: fc.array(words), values: fc.array(words) },
  ...{ bins: u32, bin_hz: number, max_frames: u32, unit: words },
});
const events: fc.Arbitrary<StageEvent> = fc.record({
  ...{ frame: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), label: words, duration_s: float },
});
const blocks: fc.Arbitrary<wire.WireBlock> = fc.record({
  ...{
    sequence: count,
    first_frame: count,
    time_ns: fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), { nil: undefined }),
  },
  ...{ lost_before: u32, samples: fc.uint8Array({ maxLength: 300 }), events: fc.array(events, { maxLength: 4 }) },
});

/** As protobuf writes it in JSON: what is usual is left out, and 64 bits are text. */
const ported = ({ port, ...rest }: Format) => lean({ ...rest, port: `PORT_${port.toUpperCase()}` });
const blocked = ({ sequence, first_frame, time_ns, samples, events, lost_before }: wire.WireBlock) => ({
  ...lean({
    ...{ sequence: String(sequence), first_frame: String(first_frame), lost_before },
    ...{ samples: Buffer.from(samples).toString("base64"), events: events.map((it) => lean({ ...it })) },
  }),
  ...(time_ns !== undefined && { time_ns: String(time_ns) }),
});
const lean = (fields: object) =>
  Object.fromEntries(
    Object.entries(fields).filter(
      ([, value]) => !["", "0", "PORT_NONE"].includes(value) && value !== 0 && !(Array.isArray(value) && !value.length),
    ),
  );
/** JSON has one 0. */
const plain = (value: unknown) => JSON.parse(JSON.stringify(value));

test.skipIf(!hasGrpc)("what is written is what protobuf reads", () => {
  const opens = fc.sample(fc.tuple(words, fc.dictionary(words, number), formats, formats), { numRuns: RUNS, seed: 1 });
  const some = fc.sample(blocks, { numRuns: RUNS, seed: 1 });
  const bytes = [
    ...opens.map((it) => wire.open(...it)),
    ...some.map(wire.block),
    wire.change("gain_db", [1, "größe"]),
  ].map((message) => {
    expect([message[0], Buffer.from(message).readUInt32BE(1)]).toEqual([0, message.length - PREFIX_BYTES]);
    return Buffer.from(message.subarray(PREFIX_BYTES)).toString("hex");
  });
  const read = asked(bytes.map((it) => ({ message: "Request", bytes: it })));
  const expected = [
    ...opens.map(([type, params, input, output]) => ({
      open: lean({ type, params: JSON.stringify(params), format: ported(input), output: ported(output) }),
    })),
    ...some.map((it) => ({ block: blocked(it) })),
    { change: { name: "gain_db", value: '[1,"größe"]' } },
  ];
  expect(plain(read).map(floats)).toEqual(plain(expected).map(floats));
});

/** Python writes a float32 with as many digits as tell it from its neighbours. */
const floats = ({ block, ...rest }: { block?: { events?: StageEvent[] } }) => ({
  ...rest,
  ...(block && {
    block: {
      ...block,
      ...(block.events && {
        events: block.events.map((it) => ({ ...it, ...(it.duration_s && { duration_s: Math.fround(it.duration_s) }) })),
      }),
    },
  }),
});

test.skipIf(!hasGrpc)("what protobuf writes is read", () => {
  const opened = fc.sample(fc.tuple(formats, number), { numRuns: RUNS, seed: 2 });
  const some = fc.sample(blocks, { numRuns: RUNS, seed: 2 });
  const values = [
    ...opened.map(([format, latency_s]) => ({ opened: { format: ported(format), latency_s } })),
    ...some.map((it) => ({ block: blocked(it) })),
  ];
  const written = asked(values.map((value) => ({ message: "Reply", value }))) as string[];
  const read = written.map((hex) => wire.readReply(Buffer.from(hex, "hex")));
  const zero = (value: number) => value + 0;
  for (const [index, [format, latency_s]] of opened.entries()) {
    const { rate_hz, bin_hz } = format;
    const clean = { ...format, rate_hz: zero(rate_hz), bin_hz: zero(bin_hz) };
    expect(plain(read[index]?.opened)).toEqual(plain({ format: clean, latency_s }));
  }
  for (const [index, { time_ns, samples, events }] of some.entries()) {
    const block = read[RUNS + index]?.block;
    expect(block?.time_ns).toBe(time_ns as bigint);
    expect(Buffer.from(block?.samples ?? []).equals(Buffer.from(samples))).toBe(true);
    expect(plain(block?.events)).toEqual(plain(events));
  }
});

test.skipIf(!hasGrpc)("types are read, and fields that a later version may have are passed over", () => {
  const [hex] = asked([{ message: "Description", value: { types: ["a", "größe"] } }]) as [string];
  const newer = Buffer.concat([
    ...[Buffer.from(hex, "hex"), Buffer.of((15 << 3) | 0, 0x96, 1), Buffer.of((14 << 3) | 2, 2, 7, 7)],
    Buffer.of((13 << 3) | 1, 1, 2, 3, 4, 5, 6, 7, 8),
  ]);
  expect(wire.readTypes(newer)).toEqual(["a", "größe"]);
});

test("whatever comes is read or refused in words", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        wire.readReply(bytes);
        wire.readTypes(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(TypeError);
      }
    }),
    { numRuns: 5000 },
  );
});

test("messages are put together from whatever pieces they come in", () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 }),
      fc.array(fc.nat(30)),
      (messages, cuts) => {
        const all = Buffer.concat(messages.map((it) => wire.framed([it])));
        const unframing = new wire.Unframing(40);
        const found: Uint8Array[] = [];
        let at = 0;
        for (const cut of [...cuts, all.length]) {
          found.push(...unframing.take(all.subarray(at, at + cut)));
          at = Math.min(all.length, at + cut);
        }
        expect(found.map((it) => Buffer.from(it).toString("hex"))).toEqual(
          messages.map((it) => Buffer.from(it).toString("hex")),
        );
      },
    ),
  );
  expect(() => new wire.Unframing(39).take(wire.framed([new Uint8Array(40)]))).toThrow("has 40 bytes, where 39 are");
  expect(() => new wire.Unframing(39).take(Buffer.of(1, 0, 0, 0, 0))).toThrow("is compressed");
});
