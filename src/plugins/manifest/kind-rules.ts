// SPDX-License-Identifier: Apache-2.0
//
// What a kind of runtime asks of the rest of a manifest.
import type { ParamSpec } from "../../pipeline/catalog.ts";
import type { Field } from "../../pipeline/field.ts";
import { quote } from "../../pipeline/words.ts";
import type { ConfigSpec, Limits, Manifest, StageNotice } from "../plugin.ts";
import { KINDS, type Kind } from "./kinds.ts";

type Ruled = Pick<Manifest, "runtime" | "stages" | "limits" | "permissions" | "config">;
type Given = Omit<Ruled, "runtime"> & { runtime: Omit<Manifest["runtime"], "library"> & { library?: string } };

/** Refuses what does not go with its kind; the limits, with the usual ones of that kind filled in. */
export function limitsOfKind(
  { runtime, stages, limits, permissions, config }: Given,
  field: Field,
): Limits | undefined {
  const kind = KINDS[runtime.kind];
  const before = field.problems.length;
  checkProgram(runtime, kind, field.at("runtime"));
  if (kind.adapter !== undefined) {
    checkAdapted(runtime, kind, field);
    for (const stage of stages) checkDeclared(stage, field.at("stages").at(stage.type));
  }
  if (kind.key === "address") checkServed({ stages, permissions, config }, field);
  if (kind.isLent) for (const stage of stages) checkTransforms(stage, field.at("stages").at(stage.type));
  else checkNotLent(permissions, runtime.kind, field.at("permissions"));
  const memory = field.at("limits").at("memory_mb");
  const { usual, least } = kind.memory_mb;
  if (memory.given && limits.memory_mb < least)
    memory.refuse(`memory_mb: ${runtime.kind} itself takes so much that ${least} MB are the least; write more`);
  if (field.problems.length > before) return undefined;
  return memory.given ? limits : { ...limits, memory_mb: usual };
}

/** Those that the manifest has, and those of its kind. */
export function settingsOfKind({ runtime, config }: Pick<Given, "runtime" | "config">): ConfigSpec[] {
  if (runtime.address === undefined) return config;
  const description = "Where its server is: http://127.0.0.1:PORT, https://HOST:PORT or unix:/PATH.";
  return [...config, { id: "address", kind: "text", unit: "", default: runtime.address, description }];
}

function checkServed({ stages, permissions, config }: Pick<Ruled, "stages" | "permissions" | "config">, field: Field) {
  const address = field.at("config").at("address");
  if (config.some(({ id }) => id === "address"))
    address.refuse("address is a setting of every service, which runtime.address has the default of; leave it out");
  if (!permissions.network)
    field.at("permissions").refuse("network is missing: a service is reached by a network; write network = true");
  for (const { type, role } of stages)
    if (role === "source")
      field.at("stages").at(type).at("role").refuse("role: a service computes stages and sinks, and is no source");
}

function checkProgram(runtime: Given["runtime"], { key, extension }: Kind, field: Field): void {
  for (const other of ["library", "script", "component", "address"] as const)
    if (other !== key && runtime[other] !== undefined)
      field.at(other).refuse(`${other} means nothing for kind ${runtime.kind}; leave it out`, "key");
  const file = runtime[key];
  if (key === "library") return; // has a usual place
  if (key === "address") {
    if (file === undefined)
      field.at(key).refuse('address is missing: where its server is, as in address = "http://127.0.0.1:50051"');
    return;
  }
  if (file === undefined)
    field.at(key).refuse(`${key} is missing: the file that is run, as in ${key} = "stage${extension}"`);
  else if (!file.endsWith(extension)) field.at(key).refuse(`${key}: ${quote(file)} does not end with ${extension}`);
}

function checkAdapted({ kind, isolation }: Given["runtime"], { is_compiled }: Kind, field: Field): void {
  if (isolation === "in-process")
    field.at("runtime").at("isolation").refuse(`isolation: ${kind} runs in a process of its own; leave it out`);
  if (!is_compiled && field.at("build").given)
    field.at("build").refuse(`[build] is for native plugins, and nothing of ${kind} is compiled; leave it out`, "key");
}

/** A component of the world `stage` has an input and an output. */
function checkTransforms({ role }: StageNotice, field: Field): void {
  if (role !== "stage") field.at("role").refuse(`role: a component is no ${role}; write it in another language`);
}

function checkNotLent(permissions: Manifest["permissions"], kind: string, field: Field): void {
  for (const right of ["log", "config"] as const)
    if (permissions[right])
      field.at(right).refuse(`${right}: what is of kind ${kind} may so anyway; leave it out`, "key");
}

/** What a library says of a class, the manifest has to say in its place. */
function checkDeclared({ description, params = [] }: StageNotice, field: Field): void {
  if (description === "") field.at("description").refuse("description is missing: say in a sentence what it does");
  for (const [index, param] of params.entries()) {
    const place = field.at("params").at(index);
    if ((param.minimum === undefined) !== (param.maximum === undefined))
      place.refuse(`${param.id} has one of minimum and maximum; write both, or none`);
    const odd = namesIn(param).find((name) => /[,:[\]{}]|^\s|\s$/.test(name));
    if (odd !== undefined)
      place
        .at("default")
        .refuse(`default: ${quote(odd)} has one of , : [ ] { } or a space at an end; write a plain name`);
  }
}

function namesIn({ kind, default: value }: ParamSpec): string[] {
  if (kind === "names" && Array.isArray(value)) return value.map(String);
  return kind === "bands" && value !== null && typeof value === "object" ? Object.keys(value) : [];
}
