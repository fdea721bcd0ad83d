// SPDX-License-Identifier: Apache-2.0
import { nativeComponents } from "../native/catalog.ts";
import type { Catalog, ComponentSpec } from "../pipeline/catalog.ts";
import { sinkSpecs } from "./sink.ts";

/** Everything this box can build a pipeline from. */
export function loadCatalog(): Catalog {
  const { sources, stages, sinks } = nativeComponents();
  return { sources: byType(sources), stages: byType(stages), sinks: byType([...sinkSpecs, ...sinks]) };
}

function byType<Spec extends ComponentSpec>(specs: readonly Spec[]): Map<string, Spec> {
  return new Map([...specs].sort((a, b) => a.type.localeCompare(b.type)).map((spec) => [spec.type, spec]));
}
