// SPDX-License-Identifier: Apache-2.0
import type { ComponentSpec, Params } from "../pipeline/catalog.ts";

/** Ids of the parameters that have another value after. */
export function changed(before: Params, after: Params): string[] {
  return Object.keys(after).filter((id) => JSON.stringify(before[id]) !== JSON.stringify(after[id]));
}

export function pick(params: Params, ids: readonly string[]): Params {
  return Object.fromEntries(Object.entries(params).filter(([id]) => ids.includes(id)));
}

/** Whether a running instance can take another value. */
export function isLive(spec: ComponentSpec, id: string): boolean {
  return spec.params.some((param) => param.id === id && param.live);
}
