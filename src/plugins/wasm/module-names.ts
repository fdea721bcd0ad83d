// SPDX-License-Identifier: Apache-2.0
//
// What core modules call their imports and exports. The translator puts those names between quotes of JavaScript as they
// are, so one with a quote in it would be code, and run with all that the process has instead of what was granted.
import { quote } from "../../pipeline/words.ts";
import { Binary, HEADER_BYTES, Malformed } from "./binary.ts";

const SECTION = { import: 2, export: 7 };
const KIND = { function: 0, table: 1, memory: 2, global: 3, tag: 4 };
const LIMITS = { has_maximum: 1, has_page_size: 8 };
/** A reference to a type, which follows. */
const REFERENCES = [0x63, 0x64];
const ENDS_STRING = /['\\\p{Cc}\u2028\u2029]/u;

/** Throws Malformed for a name that could not stand in a string. The module is valid: the translator has seen to that. */
export function checkNames(module: Uint8Array): void {
  const bad = namesOf(module).find((name) => ENDS_STRING.test(name));
  if (bad === undefined) return;
  const words = quote(JSON.stringify(bad.slice(0, 64)).slice(1, -1));
  throw new Malformed(`it has an import or export called ${words}, with a quote, backslash or control character in it`);
}

function namesOf(module: Uint8Array): string[] {
  const names: string[] = [];
  const binary = new Binary(module);
  binary.take(HEADER_BYTES);
  for (const [id, content] of binary.sections()) {
    const section = new Binary(content);
    if (id === SECTION.import)
      section.list(() => {
        names.push(section.text(), section.text());
        passType(section);
      });
    if (id === SECTION.export)
      section.list(() => {
        names.push(section.text());
        section.byte();
        section.u32();
      });
  }
  return names;
}

function passType(section: Binary): void {
  const kind = section.byte();
  if (kind === KIND.function) section.u32();
  else if (kind === KIND.table) {
    passValueType(section);
    passLimits(section);
  } else if (kind === KIND.memory) passLimits(section);
  else if (kind === KIND.global) {
    passValueType(section);
    section.byte();
  } else if (kind === KIND.tag) {
    section.byte();
    section.u32();
  } else throw new Malformed(`it has an import of a kind that this version does not know (${kind})`);
}

function passValueType(section: Binary): void {
  if (REFERENCES.includes(section.byte())) section.u64(); // signed, and as long
}

function passLimits(section: Binary): void {
  const flags = section.byte();
  section.u64();
  if (flags & LIMITS.has_maximum) section.u64();
  if (flags & LIMITS.has_page_size) section.u32();
}
