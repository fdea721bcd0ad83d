// SPDX-License-Identifier: Apache-2.0
import { parse } from "yaml";
import type { ComponentSpec, ParamSpec, ParamValue, Port } from "../pipeline/catalog.ts";
import { lib } from "./engine.ts";

interface NativeComponent extends Omit<ComponentSpec, "params" | "input" | "output" | "category"> {
  category?: string;
  input?: Port;
  output?: Port;
  /** Defaults stand as they would be written in a pipeline file. */
  params: (Omit<ParamSpec, "default"> & { default?: string })[];
}

/** The sources and stages built into the native library. */
export function nativeComponents(): { sources: ComponentSpec[]; stages: ComponentSpec[] } {
  const catalog = JSON.parse(String(lib.sb_catalog())) as { sources: NativeComponent[]; stages: NativeComponent[] };
  return { sources: catalog.sources.map(component), stages: catalog.stages.map(component) };
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
