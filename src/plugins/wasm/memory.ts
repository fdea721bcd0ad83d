// SPDX-License-Identifier: Apache-2.0
//
// Bounds on a component's memory. Its modules say how large their memories may become: here that is written anew, so that
// the engine itself refuses what goes beyond. What is no memory of theirs, the process's limits bound.
import { Binary, HEADER_BYTES, Malformed } from "./binary.ts";

const SECTION = { memory: 5 };
const LIMITS = { has_maximum: 1, is_shared: 2, is_64_bit: 4 };
const PAGES_PER_MB = 16;

/** What Bun itself takes of a process that hosts a component, and its code. */
const HOST_MB = 64;

/** Of [limits] memory_mb, what the component's own memories may have together. */
export function componentMemory(memory_mb: number): number {
  return Math.max(1, memory_mb - HOST_MB);
}

interface Memory {
  minimum: number;
  maximum?: number;
}

/** The modules, whose memories together never have more than `memory_mb`. Throws Malformed, with a reason for people. */
export function boundMemories(modules: ReadonlyMap<string, Uint8Array>, memory_mb: number): Map<string, Uint8Array> {
  const all = [...modules.values()].flatMap(memoriesOf);
  const least = all.reduce((sum, { minimum }) => sum + minimum, 0);
  const spare = memory_mb * PAGES_PER_MB - least;
  if (spare < 0)
    throw new Malformed(
      `it wants ${Math.ceil(least / PAGES_PER_MB)} MB of memory at once, of which it may have ${memory_mb}; ` +
        "raise memory_mb under [limits], or link it with less",
    );
  const share = Math.floor(spare / Math.max(1, all.length));
  const bound = ({ minimum, maximum = Number.POSITIVE_INFINITY }: Memory): Memory => ({
    minimum,
    maximum: Math.min(maximum, minimum + share),
  });
  return new Map([...modules].map(([name, module]) => [name, withMemories(module, memoriesOf(module).map(bound))]));
}

/** Those that it makes, not those that it is given. */
export function memoriesOf(module: Uint8Array): Memory[] {
  const binary = new Binary(module);
  binary.take(HEADER_BYTES);
  for (const [id, content] of binary.sections()) {
    const section = new Binary(content);
    if (id === SECTION.memory) return section.list(() => memory(section));
  }
  return [];
}

function memory(binary: Binary): Memory {
  const flags = binary.byte();
  if ((flags & ~LIMITS.has_maximum) !== 0)
    throw new Malformed(
      "it has a memory that is shared, of 64 bits or of odd pages; build it for wasm32, with one thread",
    );
  const minimum = binary.u32();
  return flags === LIMITS.has_maximum ? { minimum, maximum: binary.u32() } : { minimum };
}

function withMemories(module: Uint8Array, memories: readonly Memory[]): Uint8Array {
  if (memories.length === 0) return module;
  const parts: Uint8Array[] = [module.subarray(0, HEADER_BYTES)];
  const binary = new Binary(module);
  binary.take(HEADER_BYTES);
  const entries = memories.flatMap(({ minimum, maximum = 0 }) => [
    LIMITS.has_maximum,
    ...leb(minimum),
    ...leb(maximum),
  ]);
  const own = [...leb(memories.length), ...entries];
  for (const [id, content] of binary.sections())
    parts.push(
      ...(id === SECTION.memory
        ? [Uint8Array.of(id, ...leb(own.length), ...own)]
        : [Uint8Array.of(id, ...leb(content.length)), content]),
    );
  return Buffer.concat(parts);
}

function leb(value: number): number[] {
  const low = value % 128;
  return value < 128 ? [low] : [low | 0x80, ...leb(Math.floor(value / 128))];
}
