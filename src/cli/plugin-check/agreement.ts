// SPDX-License-Identifier: Apache-2.0
//
// The manifest announces stages to consoles that load nothing; the library's own tables are the truth.
import type { StageNotice } from "../../plugins/plugin.ts";
import type { RegisteredComponent } from "./library.ts";

/** Where the two differ, in sentences. */
export function disagreements(announced: readonly StageNotice[], registered: readonly RegisteredComponent[]): string[] {
  const found = new Map(registered.map((component) => [component.type, component]));
  const missing = announced.filter(({ type }) => !found.has(type));
  const silent = registered.filter(({ type }) => !announced.some((notice) => notice.type === type));
  return [
    ...missing.map(
      ({ type }) => `[stages.${type}] is not in the library; it registers ${[...found.keys()].join(", ")}`,
    ),
    ...silent.map(
      ({ type }) => `the library registers ${type}, which plugin.toml does not announce; add [stages.${type}]`,
    ),
    ...announced.flatMap((notice) => {
      const component = found.get(notice.type);
      return component ? differences(notice, component) : [];
    }),
  ];
}

function differences(notice: StageNotice, component: RegisteredComponent): string[] {
  const { type, params = [] } = notice;
  const facts = (["role", "input", "output"] as const)
    .filter((key) => notice[key] !== component[key])
    .map((key) => `[stages.${type}] says ${key} = "${notice[key]}"; the library's is "${component[key]}"`);
  const known = new Map(component.params.map((param) => [param.id, param]));
  const wrong = params.flatMap(({ id, kind, minimum, maximum, unit }) => {
    const param = known.get(id);
    if (!param) return [`[stages.${type}] has a parameter ${id}, which the library lacks`];
    const pairs = {
      kind: [kind, param.kind],
      unit: [unit, param.unit],
      minimum: [minimum, param.minimum],
      maximum: [maximum, param.maximum],
    };
    return Object.entries(pairs)
      .filter(([, [said, is]]) => said !== undefined && said !== "" && said !== is)
      .map(([key, [said, is]]) => `[stages.${type}] says that ${key} of ${id} is ${said}; the library's is ${is}`);
  });
  return [...facts, ...wrong];
}
