// SPDX-License-Identifier: Apache-2.0
//
// The manifest announces stages to consoles that load nothing; the library's own tables are the truth.
import { isDeepStrictEqual } from "node:util";
import { type NativeParam, param } from "../../native/catalog.ts";
import type { ParamSpec } from "../../pipeline/catalog.ts";
import type { StageNotice } from "../../plugins/plugin.ts";
import type { RegisteredComponent } from "./library.ts";

const PARAM_KEYS = ["kind", "unit", "minimum", "maximum", "choices", "default", "live"] as const;

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
  const known = new Map(component.params.map((given) => [given.id, registered(given)]));
  const wrong = params.flatMap((said) => {
    const is = known.get(said.id);
    if (!is) return [`[stages.${type}] has a parameter ${said.id}, which the library lacks`];
    return PARAM_KEYS.filter(
      (key) => said[key] !== undefined && said[key] !== "" && !isDeepStrictEqual(said[key], is[key]),
    ).map(
      (key) =>
        `[stages.${type}] says that ${key} of ${said.id} is ${words(said[key])}; the library's is ${words(is[key])}`,
    );
  });
  const unnamed = [...known.keys()].filter((id) => params.length > 0 && !params.some((said) => said.id === id));
  const silence = unnamed.map((id) => `[stages.${type}] names parameters, but not ${id}; the library has it`);
  return [...facts, ...wrong, ...silence];
}

/** A default that cannot be read stays as it is written, and agrees with none. */
function registered(given: NativeParam): Partial<ParamSpec> {
  try {
    return param(given);
  } catch {
    return { ...given };
  }
}

function words(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : `${value ?? "none"}`;
}
