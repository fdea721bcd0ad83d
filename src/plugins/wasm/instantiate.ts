// SPDX-License-Identifier: Apache-2.0
//
// Brings a prepared component to life in this process, with what it was granted and nothing else. What it does then
// nobody here can end: it runs in a process of its own.
import { ProblemsError } from "../../pipeline/problem.ts";
import { inWords } from "./binary.ts";
import { CAPABILITIES, type Capabilities, interfaceId, MissingGrant, refusing } from "./capabilities.ts";
import { boundMemories, memoriesOf } from "./memory.ts";
import type { PreparedComponent } from "./prepare.ts";

export interface Surroundings {
  /** The most that its memories have together. */
  memory_mb: number;
  /** What it was granted. */
  capabilities: Capabilities;
}

/** The component returned an error, in its own words. It goes on. */
export class ComponentRefusal extends Error {
  constructor(words: string) {
    super(words.slice(0, MOST_WORDS) || "it refused, and did not say why");
    this.name = "ComponentRefusal";
  }
}

/** The component fell over. Every later call fails. */
export class ComponentTrap extends Error {
  constructor(call: string, cause: unknown) {
    super(trapWords(call, cause), { cause });
    this.name = "ComponentTrap";
  }
}

const MOST_WORDS = 1000;

type Linked = ConstructorParameters<typeof WebAssembly.Instance>[1];
interface Glue {
  instantiate(
    module: (name: string) => WebAssembly.Module,
    imports: Record<string, object>,
    instance: (module: WebAssembly.Module, imports?: Linked) => WebAssembly.Instance,
  ): Record<string, object>;
}

/** One whose glue is loaded. */
export type LoadedComponent = Glue & Pick<PreparedComponent, "modules" | "wants">;

/** The component with the functions of the interface `name` that it exports. Its start function has run. Throws
 * ProblemsError where it may not have the memory that it wants, and ComponentTrap. */
export function instantiate<T>(
  { modules, wants, instantiate }: LoadedComponent,
  name: string,
  { memory_mb, capabilities }: Surroundings,
): Instance<T> {
  const bounded = inWords(() => boundMemories(modules, memory_mb));
  const imports = Object.fromEntries(
    CAPABILITIES.map((it) => [importId(it), capabilities[it] ?? refusing(it, wants[it] ?? [])]),
  );
  // A module that is instantiated twice has its memory twice.
  const made = new Set<WebAssembly.Module>();
  const owners = new Set<WebAssembly.Module>();
  const compile = (file: string) => {
    const bytes = bounded.get(file) as Uint8Array<ArrayBuffer>;
    const module = new WebAssembly.Module(bytes);
    if (memoriesOf(bytes).length > 0) owners.add(module);
    return module;
  };
  const instance = (module: WebAssembly.Module, given?: Linked) => {
    if (owners.has(module) && made.has(module))
      throw new ProblemsError([{ message: "it makes two instances of a module that has a memory; it may make one" }]);
    made.add(module);
    return new WebAssembly.Instance(module, given);
  };
  return new Instance(called("instantiate", () => instantiate(compile, imports, instance)[interfaceId(name)] as T));
}

export class Instance<T> {
  private fallen?: ComponentTrap;

  constructor(private readonly functions: T) {}

  /** Throws ComponentRefusal or ComponentTrap. */
  call<R>(name: string, act: (functions: T) => R): R {
    if (this.fallen) throw this.fallen;
    try {
      return called(name, () => act(this.functions));
    } catch (error) {
      if (error instanceof ComponentTrap) this.fallen = error;
      throw error;
    }
  }
}

/** The translator leaves versions away. */
function importId(capability: string): string {
  return interfaceId(capability).split("@")[0] as string;
}

function called<T>(name: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    if (error instanceof ProblemsError) throw error;
    throw typeof error === "string" ? new ComponentRefusal(error) : new ComponentTrap(name, error);
  }
}

function trapWords(call: string, cause: unknown): string {
  if (cause instanceof MissingGrant) return cause.message;
  const message = cause instanceof Error ? cause.message : String(cause);
  if (cause instanceof RangeError && /stack/i.test(message))
    return `it fell over in ${call}: it calls itself without end, or has too much on its stack`;
  const words = message.replace(/ \(evaluating .*\)$/s, "").slice(0, MOST_WORDS);
  const place = cause instanceof Error ? /wasm-function\[([^\]]{1,200})\]/.exec(cause.stack ?? "")?.[1] : undefined;
  return `it fell over in ${call}${place === undefined ? "" : ` (${place})`}: ${words}`;
}
