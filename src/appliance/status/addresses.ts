// SPDX-License-Identifier: Apache-2.0
import { hostname, networkInterfaces } from "node:os";

/** Addresses come and go with cables and leases, not from one second to the next. */
const LOOK_MS = 5000;

/** Where this box is reached from outside, IPv4 first: people type them. */
export function ownAddresses(interfaces = networkInterfaces()): string[] {
  const outside = Object.values(interfaces).flatMap((list) =>
    (list ?? []).filter(({ internal, address }) => !internal && !/^fe80:|^169\.254\./i.test(address)),
  );
  const of = (family: "IPv4" | "IPv6") =>
    outside.filter((it) => it.family === family).map(({ address }) => address.replace(/%.*/, ""));
  return [...new Set([...of("IPv4"), ...of("IPv6")])];
}

/** What the box is called and where it is, looked up now and then, however often it is asked. */
export class AddressBook {
  #known = { host: "", addresses: [] as string[] };
  #lookedAt_ms = Number.NEGATIVE_INFINITY;

  look(): { host: string; addresses: string[] } {
    if (performance.now() - this.#lookedAt_ms < LOOK_MS) return this.#known;
    this.#lookedAt_ms = performance.now();
    this.#known = { host: hostname(), addresses: ownAddresses() };
    return this.#known;
  }
}
