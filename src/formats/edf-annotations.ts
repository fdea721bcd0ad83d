// SPDX-License-Identifier: Apache-2.0
// Time-stamped annotation lists (TAL) of EDF+ and BDF+: `+onset[\x15duration]\x14text\x14[text\x14...]\0`.
// The first TAL of a record has an empty text: its onset is the record's own time. EDF+ specification, 2.2.2.

const DURATION = 0x15;
const TEXT = 0x14;

/** Times are counted in 100 ns, the finest that readers resolve, so that sums stay exact. */
export const TICKS_PER_SECOND = 1e7;

export interface Tal {
  onset_s: number;
  duration_s: number;
  /** Empty for a record's own time. */
  texts: string[];
}

const decoder = new TextDecoder("utf-8");
const encoder = new TextEncoder();

/** All TALs in one record's annotation signal, and how many were malformed and left out. */
export function parseTals(bytes: Uint8Array): { tals: Tal[]; malformed: number } {
  const tals: Tal[] = [];
  let malformed = 0;
  for (let at = 0; at < bytes.length; ) {
    if (bytes[at] === 0) {
      at++;
      continue;
    }
    const zero = bytes.indexOf(0, at);
    const end = zero < 0 ? bytes.length : zero;
    const tal = parseTal(bytes.subarray(at, end));
    if (tal) tals.push(tal);
    else malformed++;
    at = end + 1;
  }
  return { tals, malformed };
}

function parseTal(bytes: Uint8Array): Tal | undefined {
  const firstText = bytes.indexOf(TEXT);
  if (firstText < 0 || bytes[bytes.length - 1] !== TEXT) return undefined;
  const [onset = "", duration = "0", ...rest] = decoder
    .decode(bytes.subarray(0, firstText))
    .split(String.fromCharCode(DURATION));
  if (rest.length > 0 || !/^[+-]\d+(?:\.\d*)?$/.test(onset) || !/^\d+(?:\.\d*)?$/.test(duration)) return undefined;
  const texts = decoder.decode(bytes.subarray(firstText + 1, bytes.length - 1)).split(String.fromCharCode(TEXT));
  const times = { onset_s: Number(onset), duration_s: Number(duration) };
  return Number.isFinite(times.onset_s) && Number.isFinite(times.duration_s) ? { ...times, texts } : undefined;
}

/** One TAL as bytes, its closing zero included; `text` empty for a record's own time. */
export function formatTal(onset_ticks: number, duration_ticks: number, text: string): Uint8Array {
  const duration = duration_ticks > 0 ? `\x15${ticksText(duration_ticks)}` : "";
  const sign = onset_ticks < 0 ? "-" : "+";
  return encoder.encode(`${sign}${ticksText(Math.abs(onset_ticks))}${duration}\x14${plainText(text)}\x14\0`);
}

/** Cuts `text` into pieces that each fit into a TAL of `bytes`; one annotation becomes several at the same time. */
export function splitText(text: string, onset_ticks: number, duration_ticks: number, bytes: number): string[] {
  const room = bytes - formatTal(onset_ticks, duration_ticks, "").length;
  const pieces: string[] = [];
  let piece = "";
  let used = 0;
  for (const character of plainText(text)) {
    const width = encoder.encode(character).length;
    if (used + width > room) {
      pieces.push(piece);
      piece = "";
      used = 0;
    }
    piece += character;
    used += width;
  }
  return [...pieces, piece];
}

/** Control characters would end the text or the list, and lone surrogates are not UTF-8. */
function plainText(text: string): string {
  return text.toWellFormed().replace(/\p{Control}/gu, " ");
}

function ticksText(ticks: number): string {
  const fraction = String(ticks % TICKS_PER_SECOND)
    .padStart(7, "0")
    .replace(/0+$/, "");
  return `${Math.floor(ticks / TICKS_PER_SECOND)}${fraction && `.${fraction}`}`;
}
