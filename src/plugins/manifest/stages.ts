// SPDX-License-Identifier: Apache-2.0
//
// [stages]: what a plugin announces. A native library's own table is the truth once it is loaded.
import type { Port } from "../../pipeline/catalog.ts";
import type { Field } from "../../pipeline/field.ts";
import {
  anyText,
  choice,
  list,
  named,
  optional,
  required,
  type Shape,
  table,
  text,
  turned,
  uniqueIds,
} from "../../pipeline/shape.ts";
import type { StageNotice } from "../plugin.ts";
import { param, SNAKE_CASE, SNAKE_CASE_RULE } from "./settings.ts";

const MOST = { stages: 64, params: 128 };
const PORTS = ["signal", "spectrum", "features"] as const;

const stage = table({
  role: optional("A source has no input, a sink no output.", choice(["stage", "source", "sink"]), "stage"),
  name: required("For people.", text({ most: 64 })),
  description: optional("One or two sentences.", anyText(1024), ""),
  input: optional("What flows in; a signal unless it says otherwise.", choice([...PORTS, "none"])),
  output: optional("What flows out; a signal unless it says otherwise.", choice([...PORTS, "none"])),
  params: optional("Its parameters.", turned(list(param, { most: MOST.params }), uniqueIds)),
});

/** The port on each side, as the role has it. */
function portsOf(
  role: StageNotice["role"],
  given: { input?: Port; output?: Port },
  field: Field,
): StagePorts | undefined {
  const none = { stage: undefined, source: "input", sink: "output" }[role] as keyof StagePorts | undefined;
  const before = field.problems.length;
  for (const side of ["input", "output"] as const) {
    if (side === none && given[side] && given[side] !== "none")
      field.at(side).refuse(`a ${role} has no ${side}; leave it out`, "key");
    if (side !== none && given[side] === "none")
      field.at(side).refuse(`a ${role} has an ${side}; name what flows there, or change the role`);
  }
  if (field.problems.length > before) return undefined;
  const port = (side: keyof StagePorts) => (side === none ? "none" : (given[side] ?? "signal"));
  return { input: port("input"), output: port("output") };
}

type StagePorts = Pick<StageNotice, "input" | "output">;

export const stages: Shape<StageNotice[]> = turned(
  named(
    turned(stage, ({ input, output, ...rest }, field) => {
      const ports = portsOf(rest.role, { ...(input && { input }), ...(output && { output }) }, field);
      return ports && { ...rest, ...ports };
    }),
    { pattern: SNAKE_CASE, rule: SNAKE_CASE_RULE, most: MOST.stages },
  ),
  (entries) => entries.map(([type, notice]) => ({ type, ...notice })),
);
