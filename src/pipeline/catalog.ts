// SPDX-License-Identifier: Apache-2.0

/** What flows through a port. */
export type Port = "none" | "signal" | "spectrum" | "features";

export type ParamKind =
  | "number"
  | "integer"
  | "boolean"
  | "choice"
  | "text"
  | "numbers" // [1, 2, 3]
  | "names" // [Fp1, Fp2]
  | "bands" // { alpha: [8, 13] }
  | "matrix"; // [[1, 0], [0, 1]]

/** A parameter's value as it stands in a pipeline file. */
export type ParamValue =
  | number
  | boolean
  | string
  | number[]
  | string[]
  | number[][]
  | Record<string, [number, number]>;
export type Params = Record<string, ParamValue>;

/** A row of a component's parameter table. */
export interface ParamSpec {
  id: string;
  kind: ParamKind;
  /** Changes between two blocks without a new instance. */
  live: boolean;
  required: boolean;
  unit: string;
  minimum?: number;
  maximum?: number;
  default?: ParamValue;
  choices?: string[];
  description: string;
}

/** A type of source, stage or sink, as a pipeline may name it. */
export interface ComponentSpec {
  type: string;
  name: string;
  category: string;
  description: string;
  input: Port;
  output: Port;
  params: ParamSpec[];
  /** Where it comes from; absent: built in. */
  plugin?: { id: string; version: string };
  /** Why nothing can be made of it just now. It stands in the catalogue so that pipelines that name it keep their place
   * for it: its parameters are not looked at. */
  unavailable?: string;
}

export interface SinkSpec extends ComponentSpec {
  /** One or more kinds of port. */
  accepts: readonly Port[];
  /** It runs in the data plane, as a stage without an output, in a group of its own. */
  native?: boolean;
}

/** Everything a pipeline may be built from. */
export interface Catalog {
  sources: ReadonlyMap<string, ComponentSpec>;
  stages: ReadonlyMap<string, ComponentSpec>;
  sinks: ReadonlyMap<string, SinkSpec>;
}
