// SPDX-License-Identifier: Apache-2.0
//
// Main parts of plugins, each a process with which texts are exchanged (native/engine/isolated/main_part.h). One call of
// the engine looks after all of them, some times a second while there is one.
import { SB_MAIN_GONE, SB_MAIN_TEXT } from "./abi.generated.ts";
import { check, checkHandle, cstring, type Handle, lib, STATUS } from "./engine.ts";
import type { Library } from "./library.ts";

export interface MainPartListener {
  said(text: string): void;
  /** Its process is no more; the words say why. */
  gone(reason: string): void;
  /** Every time that all have been looked at: it may take more by now. */
  looked(): void;
}

const LOOK_MS = 5;
const ROOM_BYTES = 2 ** 20;
const HEAD_BYTES = 12;

const parts = new Map<number, MainPartListener>();
const room = new Uint8Array(ROOM_BYTES);
const decoder = new TextDecoder();
let looking: Timer | undefined;
let count = 0;

function look(): void {
  const bytes = lib.sb_main_parts_poll(room, ROOM_BYTES);
  /* A copy: whoever is told may take its time, and begin or end parts. */
  const news = new DataView(room.slice(0, bytes).buffer);
  for (let at = 0; at < bytes; ) {
    const [number, kind, length] = [0, 4, 8].map((field) => news.getUint32(at + field, true)) as [
      number,
      number,
      number,
    ];
    const text = decoder.decode(new Uint8Array(news.buffer, at + HEAD_BYTES, length));
    if (kind === SB_MAIN_TEXT) tell(number, (listener) => listener.said(text));
    if (kind === SB_MAIN_GONE) tell(number, (listener) => listener.gone(text));
    at += HEAD_BYTES + length;
  }
  for (const number of parts.keys()) tell(number, (listener) => listener.looked());
}

/** What goes wrong with one is not the others' affair. */
function tell(number: number, news: (listener: MainPartListener) => void): void {
  const listener = parts.get(number);
  try {
    if (listener) news(listener);
  } catch (error) {
    console.error("news of a plugin's main part could not be taken:", error);
  }
}

export class MainPart {
  readonly #handle: Handle;
  readonly #number = ++count;

  /** Of a library that was opened with `part: "main"`; which may be closed once this is destroyed. Throws EngineError. */
  constructor(library: Library, listener: MainPartListener) {
    this.#handle = checkHandle(lib.sb_main_part_create(library.handle, this.#number));
    parts.set(this.#number, listener);
    looking ??= setInterval(look, LOOK_MS);
  }

  /** Lets it begin, in a new process if it is gone. `context`: JSON. Throws EngineError. */
  begin(context: string): void {
    check(lib.sb_main_part_begin(this.#handle, cstring(context)));
  }

  /** False: it has not taken what was sent before. Throws EngineError for what is too long. */
  send(text: string): boolean {
    const bytes = Buffer.from(text);
    const status = lib.sb_main_part_send(this.#handle, bytes, bytes.length);
    check(status);
    return status !== STATUS.again;
  }

  /** It will be gone, with that reason. */
  kill(why: string): void {
    lib.sb_main_part_kill(this.#handle, cstring(why));
  }

  usage(): { memory_bytes: number; cpu_ns: number } {
    const out = new Float64Array(2);
    lib.sb_main_part_usage(this.#handle, out);
    return { memory_bytes: out[0] ?? 0, cpu_ns: out[1] ?? 0 };
  }

  /** `wasAsked`: it was told to end, and may take a moment. */
  destroy(wasAsked: boolean): void {
    parts.delete(this.#number);
    if (parts.size === 0) {
      clearInterval(looking);
      looking = undefined;
    }
    lib.sb_main_part_destroy(this.#handle, wasAsked ? 1 : 0);
  }
}
