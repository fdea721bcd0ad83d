// SPDX-License-Identifier: Apache-2.0
import { type Components, nativeComponents } from "../native/catalog.ts";
import type { Catalog, ComponentSpec, SinkSpec } from "../pipeline/catalog.ts";
import { ProblemsError } from "../pipeline/problem.ts";
import { sinkSpecs } from "./sink.ts";

const NOTHING: Components = { sources: [], stages: [], sinks: [] };

/** Everything this box can build a pipeline from. Plugins come and go while it runs; whoever holds it sees that. */
export class LiveCatalog implements Catalog {
  readonly sources: Map<string, ComponentSpec>;
  readonly stages: Map<string, ComponentSpec>;
  readonly sinks: Map<string, SinkSpec>;

  constructor() {
    const { sources, stages, sinks } = nativeComponents();
    this.sources = byType(sources);
    this.stages = byType(stages);
    this.sinks = byType([...sinkSpecs, ...sinks]);
  }

  /** Puts a plugin's components in the place of those it had. Throws ProblemsError, nothing changed, if one of its types
   * belongs to somebody else. Those that are not available give way to those that are. */
  replace(before: Components = NOTHING, after: Components = NOTHING): void {
    const own = new Set<ComponentSpec>(Object.values(before).flat());
    const isTaken = (type: string) =>
      [this.sources.get(type), this.stages.get(type), this.sinks.get(type)].some(
        (spec) => spec !== undefined && spec.unavailable === undefined && !own.has(spec),
      );
    const taken = Object.values(after)
      .flat()
      .filter(({ type, unavailable }) => unavailable === undefined && isTaken(type));
    if (taken.length > 0)
      throw new ProblemsError(
        taken.map(({ type }) => ({
          message: `there is a component of type "${type}" already; give the plugin's another name`,
        })),
      );
    for (const role of ["sources", "stages", "sinks"] as const) {
      const there: Map<string, ComponentSpec> = this[role];
      for (const spec of before[role]) if (there.get(spec.type) === spec) there.delete(spec.type);
    }
    const isWanted = ({ type, unavailable }: ComponentSpec) => unavailable === undefined || !isTaken(type);
    for (const spec of after.sources.filter(isWanted)) this.sources.set(spec.type, spec);
    for (const spec of after.stages.filter(isWanted)) this.stages.set(spec.type, spec);
    for (const spec of after.sinks.filter(isWanted)) this.sinks.set(spec.type, spec);
  }
}

/** What is built in, for those who run no plugins. */
export const loadCatalog = (): Catalog => new LiveCatalog();

function byType<Spec extends ComponentSpec>(specs: readonly Spec[]): Map<string, Spec> {
  return new Map([...specs].sort((a, b) => a.type.localeCompare(b.type)).map((spec) => [spec.type, spec]));
}
