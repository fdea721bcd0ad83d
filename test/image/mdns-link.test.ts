// SPDX-License-Identifier: Apache-2.0
//
// The test's own mDNS, held against what avahi 0.8 put on a wire, and against DNS as others know it.
import { afterEach, expect, test } from "bun:test";
import fc from "fast-check";
import { answerName } from "../../src/appliance/network/name-answers.ts";
import { decodeMessage, encodeQuestions } from "./dns-message.ts";
import { decodeFrame, encodeFrame } from "./ethernet.ts";
import { MdnsLink } from "./mdns-link.ts";

const hex = (text: string) => new Uint8Array(Buffer.from(text, "hex"));
/** An answer of avahi's to four questions. */
const AVAHI = hex(
  "01005e0000fb2ac8fd08940d0800450000c561134000ff11184ca9fe76cee00000fb14e914e900b120ab000084000000000400000000087374616765626f78056c6f63616c0000018001000000780004a9fe76ce095f7374616765626f78045f746370c015000c000100001194000b087374616765626f78c02ac04500218001000000780008000000001f90c00cc045001080010000119400390d76657273696f6e3d302e312e3006706174683d2f2369643d3165373536333565643065643462653862643133396332643138373666303863",
);
const SERVICE = "stagebox._stagebox._tcp.local";
const QUESTIONS = [
  { name: "stagebox.local", type: "A" },
  { name: "_stagebox._tcp.local", type: "PTR" },
  { name: SERVICE, type: "SRV" },
  { name: SERVICE, type: "TXT" },
] as const;

let link: MdnsLink | undefined;
afterEach(() => link?.close());

test("reads what avahi says, names that go on elsewhere and all", () => {
  const { payload, ...ends } = decodeFrame(AVAHI) ?? { payload: new Uint8Array() };
  expect(ends).toEqual({ source: "169.254.118.206", source_port: 5353, target: "224.0.0.251", target_port: 5353 });
  expect(decodeMessage(payload)).toEqual({
    isAnswer: true,
    records: [
      { name: "stagebox.local", type: "A", ttl_s: 120, data: "169.254.118.206" },
      { name: "_stagebox._tcp.local", type: "PTR", ttl_s: 4500, data: SERVICE },
      { name: SERVICE, type: "SRV", ttl_s: 120, data: "stagebox.local:8080" },
      {
        ...{ name: SERVICE, type: "TXT", ttl_s: 4500 },
        data: ["version=0.1.0", "path=/", "id=1e75635ed0ed4be8bd139c2d1876f08c"],
      },
    ],
  });
});

test("writes a frame as avahi writes it, but for the numbers that each chooses itself", () => {
  const datagram = decodeFrame(AVAHI);
  if (!datagram) throw new Error("no datagram");
  const own = encodeFrame(datagram);
  for (const at of [6, 7, 8, 9, 10, 11, 18, 19, 20, 24, 25, 40, 41]) own[at] = AVAHI[at] as number; // MAC, id, checksums
  expect(Buffer.from(own).toString("hex")).toBe(Buffer.from(AVAHI).toString("hex"));
});

test("a name server takes its questions for questions", () => {
  const question = encodeQuestions([{ name: "stagebox.local", type: "A" }]);
  const answer = answerName(question, "192.168.8.1");
  expect(decodeMessage(answer as Uint8Array).records).toEqual([
    { name: "stagebox.local", type: "A", ttl_s: 10, data: "192.168.8.1" },
  ]);
});

test("a broken frame is none, and a broken message ends in an error, never in a loop", () => {
  const broken = new Uint8Array(AVAHI);
  broken[30] = 0;
  expect(decodeFrame(broken)).toBeUndefined();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      decodeFrame(bytes);
      try {
        decodeMessage(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }),
  );
});

test("asks until all is answered, and says what was not", async () => {
  link = await MdnsLink.open();
  const [, port, back] = /local\.port=(\d+).*remote\.port=(\d+)/.exec(link.devices[1] ?? "")?.map(Number) ?? [];
  let asked = 0;
  const box = await Bun.udpSocket({
    ...{ hostname: "127.0.0.1", port: port as number },
    socket: { data: (socket) => void (++asked === 2 && socket.send(AVAHI, back as number, "127.0.0.1")) },
  });
  expect(await link.ask(QUESTIONS, 10_000)).toHaveLength(4);
  await expect(link.ask([{ name: "other.local", type: "A" }], 500)).rejects.toThrow("no answer to other.local A");
  box.close();
});
