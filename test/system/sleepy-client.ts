// SPDX-License-Identifier: Apache-2.0
//
// A WebSocket client that does not read until it is told to: what a tablet out of radio range looks like to the box.
import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import { Packet } from "../../src/native/packet.ts";
import type { Service } from "./service.ts";

const BINARY = 2;

export class SleepyClient {
  #chunks: Buffer[] = [];

  private constructor(private readonly socket: Socket) {}

  static async open({ port, token }: Service, stream: string): Promise<SleepyClient> {
    const socket = connect(port, "127.0.0.1");
    const request = [
      `GET /api/streams/${stream} HTTP/1.1`,
      `Host: 127.0.0.1:${port}`,
      `Authorization: Bearer ${token}`,
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      `Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}`,
    ];
    await new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject));
    socket.pause();
    socket.write(`${request.join("\r\n")}\r\n\r\n`);
    return new SleepyClient(socket);
  }

  wake(): void {
    this.socket.on("data", (chunk: Buffer) => this.#chunks.push(chunk));
    this.socket.resume();
  }

  /** What has come so far. */
  packets(): { first_frame: number; frames: number; lost_before: number }[] {
    const bytes = Buffer.concat(this.#chunks);
    const packets = [];
    for (let at = bytes.indexOf("\r\n\r\n") + 4; at + 10 < bytes.length; ) {
      const short = (bytes[at + 1] ?? 0) & 127;
      const header = short === 127 ? 10 : short === 126 ? 4 : 2;
      const length =
        short === 127 ? Number(bytes.readBigUInt64BE(at + 2)) : short === 126 ? bytes.readUInt16BE(at + 2) : short;
      if (at + header + length > bytes.length) break;
      const isPacket = ((bytes[at] ?? 0) & 15) === BINARY;
      if (isPacket) packets.push(new Packet(bytes.subarray(at + header, at + header + length)));
      at += header + length;
    }
    return packets.map(({ first_frame, frames, lost_before }) => ({ first_frame, frames, lost_before }));
  }

  close(): void {
    this.socket.destroy();
  }
}
