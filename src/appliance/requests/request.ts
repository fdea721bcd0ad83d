// SPDX-License-Identifier: Apache-2.0
//
// What the service may ask root for. Whoever has taken the service over may ask for the same, and for no more.
import { quote } from "../../pipeline/words.ts";

export type SystemRequest =
  /** `file`: a bundle in <data>/incoming. Root trusts its signature, never where it came from. */
  | { kind: "update"; file: string; allow_older: boolean }
  | { kind: "reboot" }
  | { kind: "power-off" }
  /** Checked by whoever does it: src/appliance/network. */
  | { kind: "wifi"; [field: string]: unknown };

export type RequestKind = SystemRequest["kind"];

/** `update-3f2a9c01d4e5.json` */
const FILE_NAME = /^(update|reboot|power-off|wifi)-([0-9a-z]{1,32})\.json$/;
const BUNDLE_NAME = /^[0-9a-z-]{1,64}\.stagebox$/;

export const requestFile = (kind: RequestKind, id: string): string => `${kind}-${id}.json`;

/** The kind and id in a file's name. */
export function readRequestName(name: string): { kind: RequestKind; id: string } | undefined {
  const [, kind, id] = FILE_NAME.exec(name) ?? [];
  return kind && id ? { kind: kind as RequestKind, id } : undefined;
}

/** What stands in a request's file, which may be anything; or what is wrong with it. */
export function readRequest(kind: RequestKind, text: string): SystemRequest | string {
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(text);
  } catch {
    return "is not JSON";
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return "is not an object";
  const fault = faultIn(kind, value);
  return fault ?? ({ ...value, kind } as SystemRequest);
}

type Check = (value: unknown) => boolean;

/** All that may stand in a request besides its kind. */
const FIELDS: Partial<Record<RequestKind, Record<string, Check>>> = {
  update: {
    file: (it) => typeof it === "string" && BUNDLE_NAME.test(it),
    allow_older: (it) => typeof it === "boolean",
  },
  reboot: {},
  "power-off": {},
};

function faultIn(kind: RequestKind, { kind: named = kind, ...value }: Record<string, unknown>): string | undefined {
  if (named !== kind) return "is of another kind than its name says";
  const fields = FIELDS[kind];
  if (!fields) return undefined;
  const unknown = Object.keys(value).find((name) => !Object.hasOwn(fields, name));
  if (unknown !== undefined) return `holds ${quote(unknown.slice(0, 32))}, which has no place there`;
  const wrong = Object.keys(fields).find((name) => !fields[name]?.(value[name]));
  return wrong && `holds a ${wrong} that cannot be`;
}
