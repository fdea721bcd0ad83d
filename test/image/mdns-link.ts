// SPDX-License-Identifier: Apache-2.0
//
// A cable from the test to a second network card of a virtual machine, and somebody at its end who asks for the box by
// mDNS. The cable has no router at it, as one from a laptop has none: the box makes its own address.
import type { udp } from "bun";
import { type DnsRecord, decodeMessage, encodeQuestions, type Question } from "./dns-message.ts";
import { decodeFrame, encodeFrame } from "./ethernet.ts";

const GROUP = "224.0.0.251";
const PORT = 5353;
/** Of the range in which cards without a router find themselves an address. */
const OWN_ADDRESS = "169.254.77.77";

export class MdnsLink {
  /** qemu's, for the second card. */
  readonly devices: string[];
  readonly heard: DnsRecord[] = [];

  private constructor(
    private readonly socket: udp.Socket<"uint8array">,
    private readonly port: number,
  ) {
    const end = (side: string, port: number) => `${side}.type=inet,${side}.host=127.0.0.1,${side}.port=${port}`;
    this.devices = [
      ...["-netdev", `dgram,id=cable,${end("local", port)},${end("remote", socket.port)}`],
      ...["-device", "virtio-net-pci,netdev=cable,romfile="],
    ];
  }

  static async open(): Promise<MdnsLink> {
    let link: MdnsLink | undefined;
    const socket = await Bun.udpSocket({
      hostname: "127.0.0.1",
      binaryType: "uint8array",
      socket: {
        data: (_, frame) => link?.hear(frame),
        error() {}, // nobody is at the other end yet, or any more
      },
    });
    const other = await Bun.udpSocket({ hostname: "127.0.0.1" });
    const { port } = other;
    other.close(); // it is qemu's now
    link = new MdnsLink(socket, port);
    return link;
  }

  /** Asks once a second until each question has an answer. Throws after `patience_ms`. */
  async ask(questions: readonly Question[], patience_ms: number): Promise<DnsRecord[]> {
    this.heard.length = 0;
    const payload = encodeQuestions(questions);
    const frame = encodeFrame({
      ...{ source: OWN_ADDRESS, source_port: PORT, target: GROUP, target_port: PORT, payload },
    });
    for (const deadline = performance.now() + patience_ms; ; await Bun.sleep(1000)) {
      const missing = questions.filter((it) => !this.heard.some((record) => isAnswer(record, it)));
      if (missing.length === 0) return this.heard;
      if (performance.now() > deadline)
        throw new Error(
          `no answer to ${missing.map(({ name, type }) => `${name} ${type}`).join(", ")}; heard ${JSON.stringify(this.heard)}`,
        );
      this.socket.send(frame, this.port, "127.0.0.1");
    }
  }

  close(): void {
    this.socket.close();
  }

  hear(frame: Uint8Array): void {
    const datagram = decodeFrame(frame);
    if (datagram?.source_port !== PORT || datagram.target !== GROUP) return;
    const { isAnswer, records } = decodeMessage(datagram.payload);
    if (isAnswer) this.heard.push(...records);
  }
}

function isAnswer(record: DnsRecord, { name, type }: Question): boolean {
  return record.type === type && record.name.toLowerCase() === name.toLowerCase();
}
