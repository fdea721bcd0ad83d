// SPDX-License-Identifier: Apache-2.0
//
// One entry of plugins.json, which a person, an older version or a broken card may have written: each part of it counts
// on its own, so that one bad value does not enable what was disabled.
import type { ParamValue } from "../../pipeline/catalog.ts";
import { isEventType, isPluginName, isVersion, permissionPathComplaint } from "../manifest/rules.ts";
import { SNAKE_CASE } from "../manifest/settings.ts";
import type { Permissions, PluginChoice } from "../plugin.ts";

/** What is kept of one plugin. */
export interface PluginRecord {
  choice: PluginChoice;
  /** When it fell over lately, ISO 8601, newest last. */
  crashes: string[];
  /** Not started until the operator says so, or there is another build. */
  quarantine?: Quarantine;
}

export interface Quarantine {
  time: string;
  reason: string;
  /** Of the library that fell over. */
  sha256?: string;
  /** What it wrote last. */
  log?: string[];
}

/** The quarantine, if it is that build's. */
export function quarantineOf({ quarantine }: PluginRecord, sha256: string): Quarantine | undefined {
  return quarantine && (quarantine.sha256 ?? sha256) === sha256 ? quarantine : undefined;
}

/** How many crashes are remembered. */
export const MOST_CRASHES = 16;
const MOST = { paths: 256, settings: 128, reason_chars: 4096, value_chars: 65536, log_lines: 32, line_chars: 1024 };

type Checks = { readonly [key: string]: (value: unknown) => unknown };

const FLAG = (value: unknown) => (typeof value === "boolean" ? value : undefined);

const PERMISSIONS: { [K in keyof Permissions]: (value: unknown) => unknown } = {
  network: FLAG,
  processes: FLAG,
  threads: FLAG,
  read: paths,
  write: paths,
  subscribe: listOf(isEventType),
  publish: listOf(isPluginName),
  services: listOf(isPluginName),
};

const ENTRY: { [K in keyof (PluginChoice & PluginRecord) as Exclude<K, "choice">]-?: (value: unknown) => unknown } = {
  enabled: FLAG,
  pinned: (value) => (typeof value === "string" && isVersion(value) ? value : undefined),
  trusted: (value) => (value === "unsigned" ? value : FLAG(value)),
  granted: (value) => parts(value, PERMISSIONS),
  config: settings,
  crashes: (value) => (Array.isArray(value) && value.every(isTime) ? value.slice(-MOST_CRASHES) : undefined),
  quarantine,
};

/** The record, and the keys of what cannot be used. */
export function readRecord(value: unknown): { record: PluginRecord; lost: string[] } {
  const entry = isMap(value) ? value : {};
  const { crashes = [], quarantine, ...choice } = (parts(entry, ENTRY) ?? {}) as Partial<PluginChoice & PluginRecord>;
  const given = Object.keys(entry);
  const lost = given.filter((key) => !Object.hasOwn(ENTRY, key) || Reflect.get(ENTRY, key)(entry[key]) === undefined);
  // What cannot be told to be enabled was touched by somebody, and stays off.
  const isDamaged = !isMap(value) || lost.includes("enabled");
  const record = {
    choice: { ...choice, ...(isDamaged && { enabled: false }) },
    crashes,
    ...(quarantine && { quarantine }),
  };
  return { record, lost: isMap(value) ? lost : ["the entry"] };
}

/** The parts that pass; undefined if it is no map. */
function parts(value: unknown, checks: Checks): Record<string, unknown> | undefined {
  if (!isMap(value)) return undefined;
  const passed = Object.entries(checks).map(([key, check]) => [
    key,
    Object.hasOwn(value, key) ? check(value[key]) : undefined,
  ]);
  return Object.fromEntries(passed.filter(([, part]) => part !== undefined));
}

function listOf(fits: (member: string) => boolean): (value: unknown) => string[] | undefined {
  const isMember = (member: unknown) => typeof member === "string" && fits(member);
  return (value) => (Array.isArray(value) && value.length <= MOST.paths && value.every(isMember) ? value : undefined);
}

function paths(value: unknown): string[] | undefined {
  return listOf((path) => permissionPathComplaint(path) === undefined)(value);
}

function settings(value: unknown): Record<string, ParamValue> | undefined {
  if (!isMap(value) || Object.keys(value).length > MOST.settings) return undefined;
  const isSetting = ([key, it]: [string, unknown]) => SNAKE_CASE.test(key) && isParamValue(it);
  return Object.entries(value).every(isSetting) ? (value as Record<string, ParamValue>) : undefined;
}

/** In shape; whether it fits the plugin's setting is for whoever knows the plugin to say. */
function isParamValue(value: unknown): value is ParamValue {
  if (JSON.stringify(value)?.length > MOST.value_chars) return false;
  const isNumber = (it: unknown) => Number.isFinite(it);
  const isNumbers = (it: unknown) => Array.isArray(it) && it.every(isNumber);
  if (typeof value === "boolean" || typeof value === "string" || isNumber(value)) return true;
  if (Array.isArray(value))
    return isNumbers(value) || value.every((it) => typeof it === "string") || value.every(isNumbers);
  return isMap(value) && Object.values(value).every((it) => isNumbers(it) && (it as number[]).length === 2);
}

function quarantine(value: unknown): Quarantine | undefined {
  const { time, reason, sha256, log } = isMap(value) ? value : {};
  if (!isTime(time) || typeof reason !== "string") return undefined;
  const isLog = Array.isArray(log) && log.every((line) => typeof line === "string");
  return {
    time,
    reason: reason.slice(0, MOST.reason_chars),
    ...(typeof sha256 === "string" && /^[0-9a-f]{64}$/.test(sha256) && { sha256 }),
    ...(isLog && { log: log.slice(-MOST.log_lines).map((line: string) => line.slice(0, MOST.line_chars)) }),
  };
}

function isTime(value: unknown): value is string {
  return typeof value === "string" && value.length <= 32 && !Number.isNaN(Date.parse(value));
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
