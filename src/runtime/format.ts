// SPDX-License-Identifier: Apache-2.0
import type { Format } from "./box.ts";

export type { Format };

/** Equal for formats whose packets look and mean the same; how late they are does not matter. */
export function formatKey({ latency_s: _, ...format }: Format): string {
  return JSON.stringify(format);
}
