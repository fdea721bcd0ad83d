// SPDX-License-Identifier: Apache-2.0
//
// Connections that begin inside of a virtual machine, by what even the smallest Debian has: bash opens the socket.
import type { Machine } from "./machine.ts";

/** Where root types. */
export type Guest = Pick<Machine, "run" | "tryRun">;

/** Where commands run: in the machine, or in a network of its own in there. */
export interface Place {
  machine: Guest;
  network?: string;
}

export interface HttpCall {
  address: string;
  port: number;
  /** The name that the caller believes the server to have. */
  host: string;
  path: string;
  method?: string;
  headers?: readonly string[];
  body?: string;
}

export interface HttpAnswer {
  status: number;
  headers: string;
  body: string;
}

export async function fetchInside(place: Place, call: HttpCall): Promise<HttpAnswer> {
  const { address, port, host, path, method = "GET", headers = [], body = "" } = call;
  const own = [`Host: ${host}`, "Connection: close", ...(body && [`Content-Length: ${Buffer.byteLength(body)}`])];
  const request = [`${method} ${path} HTTP/1.1`, ...own, ...headers, "", body].join("\r\n");
  const answer = await exchange(place, `tcp/${address}/${port}`, Buffer.from(request), "cat");
  const [head = "", ...rest] = answer.toString().split("\r\n\r\n");
  return { status: Number(/^HTTP\/1\.\d (\d+)/.exec(head)?.[1]), headers: head, body: rest.join("\r\n\r\n") };
}

/** One datagram there, one back. */
export function askInside(place: Place, address: string, port: number, payload: Uint8Array): Promise<Buffer> {
  return exchange(place, `udp/${address}/${port}`, payload, "dd bs=1500 count=1 status=none");
}

async function exchange({ machine, network }: Place, end: string, payload: Uint8Array, read: string): Promise<Buffer> {
  const sent = Buffer.from(payload).toString("base64");
  const script = `exec 3<>/dev/${end}; echo ${sent} | base64 -d >&3; timeout 10 ${read} <&3 | base64 -w 0`;
  const prefix = network ? `ip netns exec ${network} ` : "";
  return Buffer.from(await machine.run(`${prefix}bash -c '${script}'`), "base64");
}
