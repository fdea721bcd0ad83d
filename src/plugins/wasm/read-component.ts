// SPDX-License-Identifier: Apache-2.0
//
// What a component imports and exports, out of its bytes (github.com/WebAssembly/component-model, Binary.md). Of the rest
// only as much is read as the index spaces need; whether it is valid, the translator says.
import { Binary, HEADER_BYTES, Malformed } from "./binary.ts";
import type { AnyType, ComponentType, Extern, FunctionType, InstanceType, Labelled, ValueType } from "./types.ts";

const MOST_DEPTH = 8;
const MOST_ENTRIES = 100_000;

const SECTION = { component: 4, instance: 5, alias: 6, type: 7, canon: 8, import: 10, export: 11 };
const SORT = { core: 0, function: 1, type: 3, component: 4, instance: 5 };

/** Throws Malformed. */
export function readComponent(bytes: Uint8Array): ComponentType {
  return new Scope(undefined, { left: MOST_ENTRIES }).component(bytes);
}

/** The index spaces of a component, or of a type of one. */
class Scope {
  private readonly types: AnyType[] = [];
  private readonly functions: FunctionType[] = [];
  private readonly instances: InstanceType[] = [];
  private readonly components: ComponentType[] = [];
  private readonly imports = new Map<string, Extern>();
  private readonly exports = new Map<string, Extern>();
  private readonly depth: number;

  constructor(
    private readonly outer: Scope | undefined,
    private readonly budget: { left: number },
  ) {
    this.depth = outer ? outer.depth + 1 : 0;
    if (this.depth > MOST_DEPTH) throw new Malformed(`it has components in components, more than ${MOST_DEPTH} deep`);
  }

  component(bytes: Uint8Array): ComponentType {
    const all = new Binary(bytes);
    all.take(HEADER_BYTES);
    for (const [id, content] of all.sections()) {
      const binary = new Binary(content);
      if (id === SECTION.component) this.components.push(new Scope(this, this.budget).component(content));
      else if (id === SECTION.type) this.each(binary, () => this.types.push(this.type(binary)));
      else if (id === SECTION.import) this.each(binary, () => this.import(binary));
      else if (id === SECTION.alias) this.each(binary, () => this.alias(binary));
      else if (id === SECTION.instance) this.each(binary, () => this.instances.push(this.instance(binary)));
      else if (id === SECTION.canon) this.each(binary, () => this.canon(binary));
      else if (id === SECTION.export) this.each(binary, () => this.export(binary));
    }
    return this.asComponent();
  }

  private asComponent(): ComponentType {
    return { kind: "component", imports: this.imports, exports: this.exports };
  }

  private each(binary: Binary, read: () => unknown): unknown[] {
    return binary.list(() => {
      if (--this.budget.left < 0) throw new Malformed(`it has more than ${MOST_ENTRIES} types and functions`);
      return read();
    });
  }

  private import(binary: Binary): void {
    const name = nameIn(binary);
    this.imports.set(name, this.entered(this.described(binary)));
  }

  private export(binary: Binary): void {
    const name = nameIn(binary);
    const own = this.sorted(binary);
    this.exports.set(name, this.entered(binary.optional(() => this.described(binary)) ?? own));
  }

  /** What is imported or exported has an index from there on. */
  private entered(it: Extern): Extern {
    if (it.kind === "type") this.types.push(it.type);
    else if (it.kind === "function") this.functions.push(it);
    else if (it.kind === "instance") this.instances.push(it);
    else if (it.kind === "component") this.components.push(it);
    return it;
  }

  /** By its type. */
  private described(binary: Binary): Extern {
    const sort = binary.byte();
    if (sort === SORT.core) return coreSort(binary);
    if (sort === SORT.function) return ofKind(this.typeAt(binary.u32()), "function");
    if (sort === SORT.component) return ofKind(this.typeAt(binary.u32()), "component");
    if (sort === SORT.instance) return ofKind(this.typeAt(binary.u32()), "instance");
    if (sort !== SORT.type) throw unknown("an import or export", sort);
    const isResource = binary.byte() !== 0;
    return { kind: "type", type: isResource ? { kind: "other", name: "resource" } : this.typeAt(binary.u32()) };
  }

  /** By its index. */
  private sorted(binary: Binary): Extern {
    const sort = binary.byte();
    if (sort === SORT.core) return coreSort(binary);
    const index = binary.u32();
    if (sort === SORT.function) return indexed(this.functions, index);
    if (sort === SORT.instance) return indexed(this.instances, index);
    if (sort === SORT.component) return indexed(this.components, index);
    if (sort === SORT.type) return { kind: "type", type: this.typeAt(index) };
    throw unknown("an index", sort);
  }

  private alias(binary: Binary): void {
    const sort = binary.byte();
    if (sort === SORT.core) binary.byte();
    const target = binary.byte();
    const first = binary.u32();
    if (target === 0) {
      const it = indexed(this.instances, first).exports.get(binary.text());
      if (!it) throw new Malformed("an alias is of nothing");
      this.entered(it);
    } else if (target === 1) {
      binary.text(); // of a core instance
    } else if (target === 2) {
      const [scope, index] = [this.above(first), binary.u32()];
      if (sort === SORT.type) this.types.push(scope.typeAt(index));
      else if (sort === SORT.component) this.components.push(indexed(scope.components, index));
    } else throw unknown("an alias", target);
  }

  private above(levels: number): Scope {
    let scope: Scope = this;
    for (let i = 0; i < levels; i++) {
      if (!scope.outer) throw new Malformed("an alias leads out of it");
      scope = scope.outer;
    }
    return scope;
  }

  private instance(binary: Binary): InstanceType {
    const form = binary.byte();
    if (form === 0) {
      const { exports } = indexed(this.components, binary.u32());
      binary.list(() => [binary.text(), this.sorted(binary)]);
      return { kind: "instance", exports };
    }
    if (form !== 1) throw unknown("an instance", form);
    return { kind: "instance", exports: new Map(binary.list(() => [nameIn(binary), this.sorted(binary)])) };
  }

  /** Of all of them only a lift makes a function that can be exported. */
  private canon(binary: Binary): void {
    const form = binary.byte();
    if (form === 0 || form === 1) {
      binary.byte();
      binary.u32();
      binary.list(() => {
        const option = binary.byte();
        if (option > 8) throw unknown("an option of a function", option);
        // Encodings and `async` stand alone; memory, realloc, post-return, callback and a core type are indices.
        if (option >= 3 && option !== 6) binary.u32();
      });
      if (form === 0) this.functions.push(ofKind(this.typeAt(binary.u32()), "function"));
    } else if (form <= 4) {
      binary.u32(); // a resource's
    } else throw new Malformed(`it uses tasks, streams or threads (canon ${form}), which no plugin is given`);
  }

  private typeAt(index: number): AnyType {
    return indexed(this.types, index);
  }

  /** A deftype. */
  private type(binary: Binary): AnyType {
    const form = binary.byte();
    if (form === 0x40 || form === 0x43) return this.functionType(binary, form === 0x43);
    if (form === 0x41 || form === 0x42) {
      const inside = new Scope(this, this.budget);
      inside.each(binary, () => inside.declaration(binary));
      const type = inside.asComponent();
      return form === 0x41 ? type : { kind: "instance", exports: type.exports };
    }
    if (form === 0x3f) {
      binary.byte();
      binary.optional(() => binary.u32());
      return { kind: "other", name: "resource" };
    }
    return this.valueType(binary, form);
  }

  private declaration(binary: Binary): void {
    const form = binary.byte();
    if (form === 1) this.types.push(this.type(binary));
    else if (form === 2) this.alias(binary);
    else if (form === 3) this.import(binary);
    else if (form === 4) {
      const name = nameIn(binary);
      this.exports.set(name, this.entered(this.described(binary)));
    } else throw unknown("a declaration", form);
  }

  private functionType(binary: Binary, isAsync: boolean): FunctionType {
    const params = this.labelled(binary);
    const form = binary.byte();
    if (form > 1) throw unknown("a result", form);
    const result = form === 0 ? this.value(binary) : undefined;
    if (form === 1 && binary.byte() !== 0) throw new Malformed("a function has results with names");
    return { kind: "function", params, result, isAsync };
  }

  private labelled(binary: Binary): Labelled[] {
    return binary.list(() => ({ label: binary.text(), type: this.value(binary) }));
  }

  /** A primitive, or the index of a type. */
  private value(binary: Binary): ValueType {
    const first = binary.bytes[binary.at] ?? 0;
    if (first >= 0x40 && first < 0x80) return primitive(binary.byte());
    const type = this.typeAt(binary.u32());
    if (type.kind === "function" || type.kind === "instance" || type.kind === "component")
      throw new Malformed(`${type.kind} is no type of a value`);
    return type;
  }

  private valueType(binary: Binary, form: number): ValueType {
    const value = () => this.value(binary);
    const labels = () => binary.list(() => binary.text());
    switch (form) {
      case 0x72:
        return { kind: "record", fields: this.labelled(binary) };
      case 0x71:
        return {
          kind: "variant",
          cases: binary.list(() => {
            const it = { label: binary.text(), type: binary.optional(value) };
            binary.optional(() => binary.u32());
            return it;
          }),
        };
      case 0x70:
        return { kind: "list", of: value() };
      case 0x6f:
        return { kind: "tuple", of: binary.list(value) };
      case 0x6e:
        return { kind: "flags", labels: labels() };
      case 0x6d:
        return { kind: "enum", labels: labels() };
      case 0x6b:
        return { kind: "option", of: value() };
      case 0x6a:
        return { kind: "result", ok: binary.optional(value), error: binary.optional(value) };
      case 0x69:
      case 0x68:
        binary.u32();
        return { kind: "other", name: "resource" };
      default:
        return primitive(form);
    }
  }
}

const PRIMITIVES: Record<number, string> = {
  ...{ 127: "bool", 126: "s8", 125: "u8", 124: "s16", 123: "u16", 122: "s32", 121: "u32", 120: "s64", 119: "u64" },
  ...{ 118: "f32", 117: "f64", 116: "char", 115: "string" },
};

function primitive(form: number): ValueType {
  const name = PRIMITIVES[form];
  if (name === undefined) throw unknown("a type", form);
  return { kind: "primitive", name };
}

function coreSort(binary: Binary): Extern {
  binary.byte();
  binary.u32();
  return { kind: "module" };
}

function nameIn(binary: Binary): string {
  const form = binary.byte();
  if (form > 1) throw unknown("a name", form);
  return binary.text();
}

function indexed<T>(all: readonly T[], index: number): T {
  const it = all[index];
  if (it === undefined) throw new Malformed(`it names number ${index} of ${all.length}`);
  return it;
}

function ofKind<K extends AnyType["kind"]>(type: AnyType, kind: K): AnyType & { kind: K } {
  if (type.kind !== kind) throw new Malformed(`${type.kind} stands where ${kind} should`);
  return type as AnyType & { kind: K };
}

function unknown(what: string, form: number): Malformed {
  return new Malformed(`it has ${what} of a form that this version does not know (0x${form.toString(16)})`);
}
