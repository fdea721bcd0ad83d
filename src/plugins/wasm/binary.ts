// SPDX-License-Identifier: Apache-2.0
//
// WebAssembly's binary format, as far as modules and components have it in common. Bytes are hostile: whatever is read
// stays within them.
import { ProblemsError } from "../../pipeline/problem.ts";

/** What cannot be: cut off, or of no known form. */
export class Malformed extends Error {}

/** What is malformed, told as a problem. */
export function inWords<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof Malformed) throw new ProblemsError([{ message: error.message }]);
    throw error;
  }
}

export class Binary {
  at = 0;
  constructor(readonly bytes: Uint8Array) {}

  get isDone(): boolean {
    return this.at >= this.bytes.length;
  }

  byte(): number {
    const byte = this.bytes[this.at++];
    if (byte === undefined) throw new Malformed("it ends in the middle");
    return byte;
  }

  /** LEB128. */
  u32(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80 && value < 2 ** 32) return value;
    }
    throw new Malformed(`a number is too long at ${this.at}`);
  }

  u64(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80 && value < 1n << 64n) return value;
    }
    throw new Malformed(`a number is too long at ${this.at}`);
  }

  take(length: number): Uint8Array {
    if (length > this.bytes.length - this.at) throw new Malformed("it ends in the middle");
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  text(): string {
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(this.take(this.u32()));
    } catch (error) {
      throw error instanceof Malformed ? error : new Malformed(`a name is not UTF-8 at ${this.at}`);
    }
  }

  /** As many as the number before them says. */
  list<T>(read: () => T): T[] {
    const count = this.u32();
    // Each takes a byte at least.
    if (count > this.bytes.length - this.at) throw new Malformed("it ends in the middle");
    return Array.from({ length: count }, read);
  }

  /** A byte 0 or 1 that says whether there is one. */
  optional<T>(read: () => T): T | undefined {
    const byte = this.byte();
    if (byte > 1) throw new Malformed(`${byte} at ${this.at - 1} is neither 0 nor 1`);
    return byte === 1 ? read() : undefined;
  }

  /** Behind the header: each section's number and its bytes. */
  *sections(): Generator<[id: number, content: Uint8Array]> {
    while (!this.isDone) {
      const id = this.byte();
      yield [id, this.take(this.u32())];
    }
  }
}

export const HEADER_BYTES = 8;
const MAGIC = [0, 0x61, 0x73, 0x6d];
const VERSIONS = { module: [1, 0, 0, 0], component: [0x0d, 0, 1, 0] };

/** By its first bytes. */
export function formOf(bytes: Uint8Array): keyof typeof VERSIONS | undefined {
  const starts = (offset: number, wanted: readonly number[]) => wanted.every((byte, i) => bytes[offset + i] === byte);
  if (!starts(0, MAGIC)) return undefined;
  return starts(4, VERSIONS.module) ? "module" : starts(4, VERSIONS.component) ? "component" : undefined;
}
