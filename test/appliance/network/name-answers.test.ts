// SPDX-License-Identifier: Apache-2.0
import { afterEach, expect, test } from "bun:test";
import { Resolver } from "node:dns/promises";
import fc from "fast-check";
import { answerName, answerNames } from "../../../src/appliance/network/name-answers.ts";

let server: { port: number; close(): void } | undefined;
afterEach(() => server?.close());

/** `www.example.com`, type A. */
const question = Buffer.from("12340100000100000000000003777777076578616d706c6503636f6d0000010001", "hex");

test("a resolver is led to the box, whatever it looks for", async () => {
  server = await answerNames("127.0.0.1", 0);
  const resolver = new Resolver({ timeout: 2000, tries: 2 });
  resolver.setServers([`127.0.0.1:${server.port}`]);
  expect(await resolver.resolve4("connectivitycheck.gstatic.com")).toEqual(["127.0.0.1"]);
  expect(await resolver.resolve4("captive.apple.com")).toEqual(["127.0.0.1"]);
  await expect(resolver.resolve6("captive.apple.com")).rejects.toThrow();
});

test("who asks and does not wait for the answer takes it from nobody else", async () => {
  server = await answerNames("127.0.0.1", 0);
  for (let times = 0; times < 5; times++) {
    const asking = await Bun.udpSocket({ connect: { hostname: "127.0.0.1", port: server.port } });
    asking.send(question);
    asking.close();
  }
  const resolver = new Resolver({ timeout: 2000, tries: 1 });
  resolver.setServers([`127.0.0.1:${server.port}`]);
  expect(await resolver.resolve4("captive.apple.com")).toEqual(["127.0.0.1"]);
});

test("a name has no IPv6 address, which is not to say that there is no such name", () => {
  const ipv6 = Buffer.from(question);
  ipv6.writeUInt16BE(28, ipv6.length - 4);
  expect(Buffer.from(answerName(ipv6, "192.168.8.1") ?? []).toString("hex")).toBe(
    `12348580000100000000${ipv6.toString("hex").slice(20)}`,
  );
});

test("an answer is no question", () => {
  expect(answerName(question, "192.168.8.1")).toBeDefined();
  const answer = Buffer.from(question);
  answer.writeUInt16BE(0x8180, 2);
  expect(answerName(answer, "192.168.8.1")).toBeUndefined();
});

test("whatever comes, it is answered or left alone", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), fc.boolean(), (bytes, isQuestion) => {
      const packet = isQuestion ? new Uint8Array([...question.subarray(0, 12), ...bytes]) : bytes;
      const answer = answerName(packet, "192.168.8.1");
      if (answer) expect(answer.length).toBeLessThanOrEqual(packet.length + 16);
    }),
  );
});
