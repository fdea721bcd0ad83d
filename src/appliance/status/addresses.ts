// SPDX-License-Identifier: Apache-2.0
import { networkInterfaces } from "node:os";

/** Where this box is reached from outside, IPv4 first: people type them. */
export function ownAddresses(interfaces = networkInterfaces()): string[] {
  const outside = Object.values(interfaces).flatMap((list) =>
    (list ?? []).filter(({ internal, address }) => !internal && !/^fe80:|^169\.254\./i.test(address)),
  );
  const of = (family: "IPv4" | "IPv6") =>
    outside.filter((it) => it.family === family).map(({ address }) => address.replace(/%.*/, ""));
  return [...new Set([...of("IPv4"), ...of("IPv6")])];
}
