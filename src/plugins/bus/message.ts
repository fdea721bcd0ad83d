// SPDX-License-Identifier: Apache-2.0
//
// What is said to main parts and by them: a line of words, and behind it a body. What comes is hostile.
import { messageOf } from "../../pipeline/problem.ts";

export interface Message {
  words: string[];
  body: string;
}

export function readMessage(text: string): Message {
  const end = text.indexOf("\n");
  const line = end < 0 ? text : text.slice(0, end);
  return { words: line.slice(0, 256).split(" "), body: end < 0 ? "" : text.slice(end + 1) };
}

export function message(words: string, body = ""): string {
  return `${words}\n${body}`;
}

/** Of what plugins exchange. */
export const PAYLOAD_LIMITS = { event_bytes: 2 ** 16, service_bytes: 2 ** 17, depth: 32 };

/** The value, or what is wrong with it. Values that are nested too deep would overflow a stack later on. */
export function readJson(text: string, most_bytes: number): { value: unknown } | { problem: string } {
  const bytes = Buffer.byteLength(text);
  if (bytes > most_bytes) return { problem: `has ${bytes} bytes, and may have ${most_bytes}` };
  if (depthOf(text) > PAYLOAD_LIMITS.depth) return { problem: `is nested more than ${PAYLOAD_LIMITS.depth} deep` };
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { problem: `is no JSON: ${messageOf(error)}` };
  }
}

const [QUOTE, BACKSLASH] = [34, 92];
const OPENING = new Set([..."[{"].map((it) => it.charCodeAt(0)));
const CLOSING = new Set([..."]}"].map((it) => it.charCodeAt(0)));

/** Of brackets outside of strings, whether they match or not. */
function depthOf(text: string): number {
  let [depth, deepest, isString] = [0, 0, false];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) isString = !isString;
    else if (isString && code === BACKSLASH) at++;
    else if (!isString && OPENING.has(code)) deepest = Math.max(deepest, ++depth);
    else if (!isString && CLOSING.has(code)) depth--;
  }
  return deepest;
}
