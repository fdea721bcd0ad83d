// SPDX-License-Identifier: Apache-2.0
// RIFF chunks of a WAVE file. Microsoft's "Multiple channel audio data and WAVE files"; RF64: EBU Tech 3306.
import type { FileWindow } from "./file-window.ts";
import type { Channel, Range } from "./recording.ts";
import { refuse } from "./refuse.ts";

export const PCM = 1;
export const FLOAT = 3;
export const EXTENSIBLE = 0xfffe;

/** What a WAVE file cannot say about channels; our writer leaves it as JSON in the INFO list's comment. */
export interface WavComment {
  channels: (Channel & Partial<Range>)[];
  rate_hz: number;
}

export interface WavHeader {
  coding: "pcm" | "float";
  channels: number;
  rate_hz: number;
  sample_bytes: number;
  data_position: number;
  /** Claimed by the header. */
  data_bytes: number;
  comment?: string;
  /** From the INFO list's creation date. */
  start?: Date;
  cues: { frame: number; text: string }[];
}

/** Other chunks are small; of larger ones only the beginning is looked at. */
const MAX_CHUNK_BYTES = 4 * 1024 * 1024;
const MAX_CHUNKS = 1000;

export function readWavHeader(file: FileWindow): WavHeader {
  const { path, size } = file;
  const header: Partial<WavHeader> = {};
  const cues = new Map<number, number>();
  const labels = new Map<number, string>();
  let data64: number | undefined;
  let position = 12;
  file.resize(Math.min(MAX_CHUNK_BYTES, Math.max(8, size)));
  for (let chunk = 0; chunk < MAX_CHUNKS && position + 8 <= size; chunk++) {
    const head = dataView(file.view(position, 8));
    const id = text(head, 0, 4);
    const claimed = head.getUint32(4, true);
    const length = id === "data" && claimed === 0xffffffff && data64 !== undefined ? data64 : claimed;
    if (id === "data") Object.assign(header, { data_position: position + 8, data_bytes: length });
    else {
      const body = dataView(file.view(position + 8, Math.min(length, MAX_CHUNK_BYTES)));
      if (id === "fmt ") Object.assign(header, parseFormat(path, body));
      else if (id === "ds64" && body.byteLength >= 16) data64 = Number(body.getBigUint64(8, true));
      else if (id === "cue ") parseCues(body, cues);
      else if (id === "LIST") parseList(body, header, labels);
    }
    position += 8 + length + (length % 2);
  }
  if (header.rate_hz === undefined) refuse(path, "has no fmt chunk; it is damaged or cut off");
  if (header.data_position === undefined) refuse(path, "has no data chunk; it is damaged or cut off");
  return {
    ...(header as WavHeader),
    cues: [...cues].map(([id, frame]) => ({ frame, text: labels.get(id) || `cue ${id}` })),
  };
}

function parseFormat(path: string, body: DataView) {
  if (body.byteLength < 16) refuse(path, "has a fmt chunk that is cut off");
  const tag = body.getUint16(0, true);
  // The subformat's first two bytes are the tag that a plain file would have.
  const coding = tag === EXTENSIBLE && body.byteLength >= 26 ? body.getUint16(24, true) : tag;
  const channels = body.getUint16(2, true);
  const rate_hz = body.getUint32(4, true);
  const bits = body.getUint16(14, true);
  const known = (coding === PCM && [16, 24, 32].includes(bits)) || (coding === FLOAT && bits === 32);
  if (!known)
    refuse(
      path,
      `has ${bits}-bit samples of coding ${coding}; save it as PCM of 16, 24 or 32 bits, or as 32-bit float`,
    );
  if (channels === 0 || rate_hz === 0)
    refuse(path, `claims ${channels} channels at ${rate_hz} Hz; its header is damaged`);
  return { coding: coding === PCM ? "pcm" : "float", channels, rate_hz, sample_bytes: bits / 8 };
}

function parseCues(body: DataView, cues: Map<number, number>): void {
  for (let at = 4; at + 24 <= body.byteLength; at += 24)
    cues.set(body.getUint32(at, true), body.getUint32(at + 20, true));
}

function parseList(body: DataView, header: Partial<WavHeader>, labels: Map<number, string>): void {
  for (let at = 4; at + 8 <= body.byteLength; ) {
    const id = text(body, at, 4);
    const length = Math.min(body.getUint32(at + 4, true), body.byteLength - at - 8);
    const value = () => text(body, at + 8, length).replace(/\0.*$/s, "");
    if (id === "ICMT") header.comment = value();
    else if (id === "ICRD" && !Number.isNaN(Date.parse(value()))) header.start = new Date(value());
    else if (id === "labl" && length > 4)
      labels.set(body.getUint32(at + 8, true), text(body, at + 12, length - 4).replace(/\0.*$/s, ""));
    at += 8 + length + (length % 2);
  }
}

function dataView(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function text(view: DataView, at: number, length: number): string {
  return Buffer.from(view.buffer, view.byteOffset + at, length).toString("utf8");
}
