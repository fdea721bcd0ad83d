// SPDX-License-Identifier: Apache-2.0
//
// [main], [events] and [services]: what a plugin is besides its stages.
import type { Field } from "../../pipeline/field.ts";
import { anyText, list, named, number, optional, type Shape, table, turned } from "../../pipeline/shape.ts";
import { quote } from "../../pipeline/words.ts";
import type { EventNotice, Manifest, ServiceNotice } from "../plugin.ts";
import { KINDS } from "./kinds.ts";
import { payloadSchema } from "./payload-schema.ts";
import { pluginId, relativePath } from "./rules.ts";
import { SNAKE_CASE, SNAKE_CASE_RULE } from "./settings.ts";

const MOST = { events: 64, services: 64, plugins: 64 };
const names = (most: number) => ({ pattern: SNAKE_CASE, rule: SNAKE_CASE_RULE, most });

export const main = table({
  script: optional(
    "The file that is run, for python and script; that of [runtime], unless it says otherwise.",
    relativePath(),
  ),
});

const event = table({
  description: optional("One or two sentences.", anyText(1024), ""),
  schema: optional("What it carries, as a JSON schema of an object.", payloadSchema("object"), {}),
  from: optional(
    "Other plugins that may publish it, too; each has to ask for that.",
    list(pluginId, { most: MOST.plugins }),
    [],
  ),
});

export const events: Shape<EventNotice[]> = turned(named(event, names(MOST.events)), (entries) =>
  entries.map(([name, notice]) => ({ name, ...notice })),
);

const service = table({
  description: optional("One or two sentences.", anyText(1024), ""),
  request: optional("What it is given, as a JSON schema.", payloadSchema(), {}),
  answer: optional("What it gives back, as a JSON schema.", payloadSchema(), {}),
  timeout_ms: optional(
    "Whoever calls it waits so long.",
    number({ minimum: 1, maximum: 60_000, unit: "ms", whole: true }),
    2000,
  ),
});

export const services: Shape<ServiceNotice[]> = turned(named(service, names(MOST.services)), (entries) =>
  entries.map(([name, notice]) => ({ name, ...notice })),
);

type Ruled = Pick<Manifest, "main" | "events" | "services" | "permissions"> & {
  runtime: Pick<Manifest["runtime"], "kind" | "script">;
};

/** Refuses what only a main part could do where there is none. */
export function checkMain({ main, runtime, permissions, ...rest }: Ruled, field: Field): void {
  const kind = KINDS[runtime.kind];
  const script = field.at("main").at("script");
  if (main && kind && kind.main === undefined)
    field.at("main").refuse(`a plugin of kind ${runtime.kind} has no [main]; leave it out`, "key");
  else if (main?.script !== undefined && kind?.main === "same")
    script.refuse(`script means nothing for kind ${runtime.kind}, where one file has all of it; leave it out`, "key");
  else if (main?.script !== undefined && kind && !main.script.endsWith(kind.extension))
    script.refuse(`script: ${quote(main.script)} does not end with ${kind.extension}`);
  if (main) return;
  for (const section of ["events", "services"] as const)
    if (rest[section].length > 0)
      field.at(section).refuse(`[${section}] needs a [main], which alone could answer for them`, "key");
  for (const right of ["publish", "subscribe", "services"] as const)
    if (permissions[right].length > 0)
      field.at("permissions").at(right).refuse(`${right} needs a [main]: stages only compute`, "key");
  if (permissions.watch) field.at("permissions").at("watch").refuse("watch needs a [main]: stages only compute", "key");
}
