// SPDX-License-Identifier: Apache-2.0
import { parse } from "yaml";
import type { ComponentSpec, ParamSpec, ParamValue, Port, SinkSpec } from "../pipeline/catalog.ts";
import { lib } from "./engine.ts";

interface NativeComponent extends Omit<ComponentSpec, "params" | "input" | "output" | "category"> {
  category?: string;
  input?: Port;
  output?: Port;
  /** Defaults stand as they would be written in a pipeline file. */
  params: (Omit<ParamSpec, "default"> & { default?: string })[];
}

export interface NativeComponents {
  sources: ComponentSpec[];
  stages: ComponentSpec[];
  /** Stages without an output. */
  sinks: SinkSpec[];
}

/** The components that are built into the native library, or those of a catalogue in its form. */
export function nativeComponents(json = String(lib.sb_catalog())): NativeComponents {
  const catalog = JSON.parse(json) as { sources: NativeComponent[]; stages: NativeComponent[] };
  const stages = catalog.stages.map(component);
  return {
    sources: catalog.sources.map(component),
    stages: stages.filter(({ output }) => output !== "none"),
    sinks: stages
      .filter(({ output }) => output === "none")
      .map((spec) => ({ ...spec, accepts: [spec.input], native: true })),
  };
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

function param({ default: fallback, ...spec }: NativeComponent["params"][number]): ParamSpec {
  if (fallback === undefined) return spec;
  const isText = spec.kind === "text" || spec.kind === "choice";
  return { ...spec, default: isText ? fallback : (parse(fallback) as ParamValue) };
}
