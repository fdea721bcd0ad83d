// SPDX-License-Identifier: Apache-2.0
import type { Channel } from "./recording.ts";
import { refuse } from "./refuse.ts";

const MAX_NAME_CHARACTERS = 200;

/** `O1..` and ` O1 ` become `O1`; nothing at all becomes `channel 3`. */
export function tidyName(label: string, index: number): string {
  return (
    label
      .trim()
      .slice(0, MAX_NAME_CHARACTERS)
      .replace(/[\s.]+$/, "") || `channel ${index + 1}`
  );
}

/** The second `EEG` becomes `EEG 2`. */
export function uniqueNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  const copies = new Map<string, number>();
  return names.map((name) => {
    let unique = name;
    while (taken.has(unique)) {
      const copy = (copies.get(name) ?? 1) + 1;
      copies.set(name, copy);
      unique = `${name} ${copy}`;
    }
    taken.add(unique);
    return unique;
  });
}

/** The micro sign in all its encodings (Latin-1, Greek, UTF-8 read as Latin-1, Shift-JIS) becomes `u`; no unit becomes `1`. */
export function tidyUnit(unit: string): string {
  const tidy = unit.trim().replace(/Âµ|Î¼|\u0083Ê|[µμ]/g, "u");
  return tidy === "" ? "1" : tidy;
}

/** Indices of the `wanted` names, regardless of case; all of them if nothing is wanted. Refuses unknown names. */
export function selectChannels(file: string, channels: readonly Channel[], wanted?: readonly string[]): number[] {
  if (!wanted) return channels.map((_, index) => index);
  const names = channels.map((channel) => channel.name);
  return wanted.map((name) => {
    const exact = names.indexOf(name);
    const index = exact >= 0 ? exact : names.findIndex((other) => other.toLowerCase() === name.toLowerCase());
    if (index < 0) {
      const listed = names.slice(0, 40).join(", ") + (names.length > 40 ? ", ..." : "");
      refuse(file, `has no channel "${name}"; choose from ${listed || "none: it holds no signals"}`);
    }
    return index;
  });
}
