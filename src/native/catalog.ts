// SPDX-License-Identifier: Apache-2.0
import { parse } from "yaml";
import type { ComponentSpec, ParamSpec, ParamValue, Port, SinkSpec } from "../pipeline/catalog.ts";
import { type Handle, lib } from "./engine.ts";

/** Its default stands as it would be written in a pipeline file. */
export type NativeParam = Omit<ParamSpec, "default"> & { default?: string };

interface NativeComponent extends Omit<ComponentSpec, "params" | "input" | "output" | "category"> {
  category?: string;
  input?: Port;
  output?: Port;
  params: NativeParam[];
}

export interface Components {
  sources: ComponentSpec[];
  stages: ComponentSpec[];
  /** Stages without an output. */
  sinks: SinkSpec[];
}

/** Which plugin library a spec came out of. Specs travel as plain data everywhere else. */
const libraries = new WeakMap<ComponentSpec, Handle>();

export const libraryOf = (spec: ComponentSpec): Handle | null => libraries.get(spec) ?? null;

/** The components built into the native library. */
export function nativeComponents(): Components {
  return componentsOf(String(lib.sb_catalog()));
}

/** The components of a catalogue as the engine writes it; a plugin's lead back to its library. */
export function componentsOf(json: string, library?: Handle): Components {
  const catalog = JSON.parse(json) as { sources: NativeComponent[]; stages: NativeComponent[] };
  const [sources, stages] = [catalog.sources.map(component), catalog.stages.map(component)];
  const components = {
    sources,
    stages: stages.filter(({ output }) => output !== "none"),
    sinks: stages
      .filter(({ output }) => output === "none")
      .map((spec) => ({ ...spec, accepts: [spec.input], native: true })),
  };
  if (library) for (const spec of Object.values(components).flat()) libraries.set(spec, library);
  return components;
}

function component(native: NativeComponent): ComponentSpec {
  return {
    type: native.type,
    name: native.name,
    category: native.category ?? "source",
    description: native.description,
    input: native.input ?? "none",
    output: native.output ?? "signal",
    params: native.params.map(param),
  };
}

export function param({ default: fallback, ...spec }: NativeParam): ParamSpec {
  if (fallback === undefined) return spec;
  const isText = spec.kind === "text" || spec.kind === "choice";
  return { ...spec, default: isText ? fallback : (parse(fallback) as ParamValue) };
}
