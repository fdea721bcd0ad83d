// SPDX-License-Identifier: Apache-2.0
//
// Plugins by what they are and what they bring.
import type { Manifest } from "./plugin.ts";

export interface PluginFilter {
  type?: string | undefined;
  category?: string | undefined;
  capability?: string | undefined;
  state?: string | undefined;
}

type Sought = Pick<Manifest, "type" | "category" | "capabilities"> & { state: string };

/** Those that are all that is asked for. */
export function findPlugins<T extends Sought>(plugins: readonly T[], filter: PluginFilter): T[] {
  const { type, category, capability, state } = filter;
  return plugins
    .filter((it) => type === undefined || it.type === type)
    .filter((it) => category === undefined || it.category === category)
    .filter((it) => capability === undefined || hasCapability(it.capabilities, capability))
    .filter((it) => state === undefined || it.state === state);
}

/** `backend` is brought by backend:fftw, too; backend:fftw by that alone. */
export function hasCapability(capabilities: readonly string[], sought: string): boolean {
  return capabilities.some((it) => it === sought || it.startsWith(`${sought}:`));
}
