// SPDX-License-Identifier: Apache-2.0
//
// Types of the component model, as they are compared and as a message names them.

export type ValueType =
  | { kind: "primitive"; name: string }
  | { kind: "record"; fields: Labelled[] }
  | { kind: "variant"; cases: { label: string; type?: ValueType | undefined }[] }
  | { kind: "list" | "option"; of: ValueType }
  | { kind: "tuple"; of: ValueType[] }
  | { kind: "flags" | "enum"; labels: string[] }
  | { kind: "result"; ok?: ValueType | undefined; error?: ValueType | undefined }
  /** Resources, streams and the like: of no world of ours. */
  | { kind: "other"; name: string };
export interface Labelled {
  label: string;
  type: ValueType;
}
export interface FunctionType {
  kind: "function";
  params: Labelled[];
  result?: ValueType | undefined;
  isAsync: boolean;
}
export interface InstanceType {
  kind: "instance";
  exports: Map<string, Extern>;
}
export interface ComponentType {
  kind: "component";
  imports: Map<string, Extern>;
  exports: Map<string, Extern>;
}
export type AnyType = ValueType | FunctionType | InstanceType | ComponentType;
/** What can be imported or exported. */
export type Extern = FunctionType | InstanceType | ComponentType | { kind: "type"; type: AnyType } | { kind: "module" };

const DEPTH = 3;

/** As in WIT, what lies deep as `…`. */
export function typeWords(type: ValueType | undefined, depth = DEPTH): string {
  if (!type) return "_";
  const inner = (it: ValueType | undefined) => (depth > 0 ? typeWords(it, depth - 1) : "…");
  const all = (words: string[]) => (words.length > 8 ? [...words.slice(0, 8), "…"] : words).join(", ");
  switch (type.kind) {
    case "primitive":
    case "other":
      return type.name;
    case "record":
      return `record { ${all(type.fields.map((it) => `${it.label}: ${inner(it.type)}`))} }`;
    case "variant":
      return `variant { ${all(type.cases.map((it) => (it.type ? `${it.label}(${inner(it.type)})` : it.label)))} }`;
    case "list":
    case "option":
      return `${type.kind}<${inner(type.of)}>`;
    case "tuple":
      return `tuple<${all(type.of.map(inner))}>`;
    case "flags":
    case "enum":
      return `${type.kind} { ${all(type.labels)} }`;
    case "result":
      if (!type.ok && !type.error) return "result";
      return type.error ? `result<${inner(type.ok)}, ${inner(type.error)}>` : `result<${inner(type.ok)}>`;
  }
}

/** `func(samples: list<f32>) -> string` */
export function functionWords({ params, result, isAsync }: FunctionType): string {
  const list = params.map(({ label, type }) => `${label}: ${typeWords(type, 1)}`).join(", ");
  return `${isAsync ? "async " : ""}func(${list})${result ? ` -> ${typeWords(result, 2)}` : ""}`;
}

/** The first place in which a function is not as it should be: `parameter samples, element: list<f32> is expected, list<f64>
 * was found`. Undefined: there is none. */
export function functionDifference(expected: FunctionType, found: FunctionType): string | undefined {
  const isSame = (one: Labelled, index: number) => one.label === found.params[index]?.label;
  if (found.isAsync || expected.params.length !== found.params.length || !expected.params.every(isSame))
    return mismatch([], functionWords(expected), functionWords(found));
  for (const [index, { label, type }] of expected.params.entries()) {
    const difference = valueDifference(type, found.params[index]?.type, [`parameter ${label}`]);
    if (difference) return difference;
  }
  return valueDifference(expected.result, found.result, ["result"]);
}

/** Goes as deep as `expected` does, and so ends however large `found` is. */
function valueDifference(
  expected: ValueType | undefined,
  found: ValueType | undefined,
  path: string[],
): string | undefined {
  if (!expected && !found) return undefined;
  if (!expected || !found || labelsOf(expected) !== labelsOf(found))
    return mismatch(path, typeWords(expected), typeWords(found));
  const others = partsOf(found);
  for (const [index, [name, part]] of partsOf(expected).entries()) {
    const difference = valueDifference(part, others[index]?.[1], [...path, name]);
    if (difference) return difference;
  }
  return undefined;
}

function mismatch(path: string[], expected: string, found: string): string {
  return `${path.length > 0 ? `${path.join(", ")}: ` : ""}expected ${expected}, found ${found}`;
}

/** Equal where two types are of one make, but for the types in them. */
function labelsOf(type: ValueType): string {
  switch (type.kind) {
    case "primitive":
    case "other":
      return `${type.kind} ${type.name}`;
    case "record":
      return `record ${type.fields.map(({ label }) => label).join()}`;
    case "variant":
      return `variant ${type.cases.map((it) => (it.type ? `${it.label}()` : it.label)).join()}`;
    case "flags":
    case "enum":
      return `${type.kind} ${type.labels.join()}`;
    case "tuple":
      return `tuple ${type.of.length}`;
    case "result":
      return `result ${!type.ok} ${!type.error}`;
    default:
      return type.kind;
  }
}

function partsOf(type: ValueType): [name: string, part: ValueType | undefined][] {
  switch (type.kind) {
    case "record":
      return type.fields.map(({ label, type }) => [`field ${label}`, type]);
    case "variant":
      return type.cases.map(({ label, type }) => [`case ${label}`, type]);
    case "list":
    case "option":
      return [["element", type.of]];
    case "tuple":
      return type.of.map((part, index) => [`element ${index}`, part]);
    case "result":
      return [
        ["ok", type.ok],
        ["error", type.error],
      ];
    default:
      return [];
  }
}
