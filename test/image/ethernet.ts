// SPDX-License-Identifier: Apache-2.0
//
// A UDP datagram over IPv4 in an Ethernet frame, as it is on the wire: a link to a virtual machine carries frames, and
// the machine that runs the test may know no multicast.

export interface Datagram {
  source: string;
  source_port: number;
  target: string;
  target_port: number;
  payload: Uint8Array;
}

const ETHERNET = 14;
const IPV4 = 20;
const UDP = 8;
const UDP_PROTOCOL = 17;
/** Of the range that is for everybody's own use. */
const OWN_MAC = [0x02, 0x00, 0x00, 0x00, 0x00, 0x01];

/** To a multicast address; anything else would need ARP. */
export function encodeFrame({ source, source_port, target, target_port, payload }: Datagram): Uint8Array {
  const [from, to] = [source.split(".").map(Number), target.split(".").map(Number)] as [number[], number[]];
  const frame = new Uint8Array(ETHERNET + IPV4 + UDP + payload.length);
  const view = new DataView(frame.buffer);
  frame.set([0x01, 0x00, 0x5e, (to[1] as number) & 0x7f, to[2] as number, to[3] as number]); // RFC 1112
  frame.set(OWN_MAC, 6);
  view.setUint16(12, 0x0800);
  view.setUint16(ETHERNET, 0x4500);
  view.setUint16(ETHERNET + 2, IPV4 + UDP + payload.length);
  view.setUint16(ETHERNET + 8, (255 << 8) | UDP_PROTOCOL); // 255: mDNS shall not have passed a router
  frame.set(from, ETHERNET + 12);
  frame.set(to, ETHERNET + 16);
  view.setUint16(ETHERNET + 10, checksum(frame.subarray(ETHERNET, ETHERNET + IPV4)));
  const udp = ETHERNET + IPV4;
  view.setUint16(udp, source_port);
  view.setUint16(udp + 2, target_port);
  view.setUint16(udp + 4, UDP + payload.length); // its checksum stays 0: none
  frame.set(payload, udp + UDP);
  return frame;
}

/** Undefined for whatever else is on a wire. */
export function decodeFrame(frame: Uint8Array): Datagram | undefined {
  if (frame.length < ETHERNET + IPV4 + UDP) return undefined;
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (view.getUint16(12) !== 0x0800 || view.getUint8(ETHERNET) >> 4 !== 4) return undefined;
  const udp = ETHERNET + (view.getUint8(ETHERNET) & 15) * 4;
  if (view.getUint8(ETHERNET + 9) !== UDP_PROTOCOL || frame.length < udp + UDP) return undefined;
  if (checksum(frame.subarray(ETHERNET, udp)) !== 0) return undefined;
  const address = (at: number) => [...frame.subarray(at, at + 4)].join(".");
  return {
    source: address(ETHERNET + 12),
    source_port: view.getUint16(udp),
    target: address(ETHERNET + 16),
    target_port: view.getUint16(udp + 2),
    payload: frame.subarray(udp + UDP, udp + view.getUint16(udp + 4)),
  };
}

/** RFC 1071. Of what has its own checksum in it: 0. */
function checksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += ((bytes[at] as number) << 8) | (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return ~sum & 0xffff;
}
