// SPDX-License-Identifier: Apache-2.0
//
// The stages that a manifest declares as the engine takes them from a process (native/engine/library/descriptor.c): for
// adapters, which register just these.
import type { ParamSpec, ParamValue, Port } from "../../pipeline/catalog.ts";
import type { Manifest, StageNotice } from "../plugin.ts";

/** As in stagebox/format.h and stagebox/param.h. */
const PORTS: readonly Port[] = ["none", "signal", "spectrum", "features"];
const KINDS = ["number", "integer", "boolean", "choice", "text", "numbers", "names", "bands", "matrix"] as const;
const LIVE = 1;
const REQUIRED = 2;

const NO_TEXT = 0xffffffff;

/** Hexadecimal digits. */
export function declaredClasses({ stages, category }: Pick<Manifest, "stages" | "category">): string {
  const [sources, others] = [stages.filter(isSource), stages.filter((notice) => !isSource(notice))];
  const bytes = [
    ...counted(others, ({ type, name, description, input, output, params = [] }) => [
      ...[u32(0), text(type), text(name), text(category), text(description)],
      ...[u32(PORTS.indexOf(input)), u32(PORTS.indexOf(output)), u32(Number(params.some(({ live }) => live)))],
      ...counted(params, packParam),
    ]),
    ...counted(sources, ({ type, name, description, params = [] }) => [
      ...[u32(0), text(type), text(name), text(description), u32(Number(params.some(({ live }) => live)))],
      ...counted(params, packParam),
    ]),
  ];
  return Buffer.concat(bytes).toString("hex");
}

const isSource = ({ role }: StageNotice) => role === "source";

function packParam(param: ParamSpec): Buffer[] {
  const { id, kind, live, required, unit, minimum = 0, maximum = 0, description, choices } = param;
  const flags = (live ? LIVE : 0) | (required ? REQUIRED : 0);
  const fallback = param.default === undefined ? undefined : written(param.default);
  return [
    ...[text(id), u32(KINDS.indexOf(kind)), u32(flags), text(unit), f64(minimum), f64(maximum)],
    ...[text(fallback), text(description), u32(choices?.length ?? 0), u32(Number(choices !== undefined))],
    ...(choices ?? []).map(text),
  ];
}

/** A default as it would stand in a pipeline file: `{ alpha: [8, 13] }`. */
function written(value: ParamValue): string {
  if (Array.isArray(value)) return `[${value.map((it) => written(it as ParamValue)).join(", ")}]`;
  if (typeof value !== "object") return String(value);
  const entries = Object.entries(value).map(([name, edges]) => `${name}: ${written(edges)}`);
  return `{ ${entries.join(", ")} }`;
}

function counted<T>(items: readonly T[], pack: (item: T) => Buffer[]): Buffer[] {
  return [u32(items.length), ...items.flatMap(pack)];
}

function u32(number: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(number);
  return bytes;
}

function f64(number: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(number);
  return bytes;
}

function text(words: string | undefined): Buffer {
  if (words === undefined) return u32(NO_TEXT);
  const bytes = Buffer.from(words);
  return Buffer.concat([u32(bytes.length), bytes, Buffer.alloc(1)]);
}
