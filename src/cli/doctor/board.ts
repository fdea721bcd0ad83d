// SPDX-License-Identifier: Apache-2.0
//
// What a small board suffers from: a weak power supply, heat, and a clock that stood still while it was off.
import { type Finding, note, ok, type ReadText } from "./finding.ts";

const THROTTLED = "/sys/devices/platform/soc/soc:firmware/get_throttled";
/** What the firmware of a Raspberry Pi tells there; 16 bits higher: since it was started. */
const EVENTS: readonly [bit: number, words: string][] = [
  [0, "its voltage is too low"],
  [1, "its frequency is capped"],
  [2, "it is throttled"],
  [3, "it has reached its soft limit of temperature"],
];
const LOW_VOLTAGE = 0x1_0001;
const HOT_C = 80;

export function power(read: ReadText): Finding[] {
  const flags = Number.parseInt(read(THROTTLED) ?? "", 16);
  if (Number.isNaN(flags)) return [];
  const now = EVENTS.filter(([bit]) => flags & (1 << bit)).map(([, words]) => words);
  const before = EVENTS.filter(([bit]) => !(flags & (1 << bit)) && flags & (1 << (bit + 16))).map(([, words]) => words);
  if (now.length + before.length === 0) return [ok("power", "the board was never throttled since it started")];
  const message = [now.join(", "), before.length > 0 ? `since it started: ${before.join(", ")}` : ""]
    .filter(Boolean)
    .join("; ");
  const remedy =
    flags & LOW_VOLTAGE
      ? "use the board's own power supply, and a short thick cable"
      : "let air to the board, or cool it";
  return [note("power", message, remedy)];
}

export function temperature(read: ReadText): Finding[] {
  const celsius = Number.parseInt(read("/sys/class/thermal/thermal_zone0/temp") ?? "", 10) / 1000;
  if (Number.isNaN(celsius)) return [];
  const words = `${celsius.toFixed(0)} °C`;
  if (celsius < HOT_C) return [ok("temperature", words)];
  return [note("temperature", `${words}: the processor slows down`, "let air to the board, or cool it")];
}

/** `exists`: whether a path does. Machines with a clock of their own, and those that are not kept by systemd, have none to
 * find here. */
export function time(exists: (path: string) => boolean): Finding[] {
  if (exists("/sys/class/rtc/rtc0") || !exists("/run/systemd/timesync")) return [];
  if (exists("/run/systemd/timesync/synchronized")) return [ok("time", "set by the network")];
  return [
    note(
      "time",
      "not set since the board started, and it has no clock that goes on while it is off: recordings carry the time at which it was last on, or later",
      "connect it to a network with a time server",
    ),
  ];
}
