// SPDX-License-Identifier: Apache-2.0
import { closeSync, fdatasyncSync, fstatSync, ftruncateSync, openSync, readSync } from "node:fs";
import { headerBytes, parseEdfHeader, RECORDS_POSITION, recordsText, signalCount } from "./edf-header.ts";
import { writeFully } from "./file-writing.ts";
import { refuse } from "./refuse.ts";

/** Mends a recording of ours whose writer died between a data record and the header's count: an unfinished record at
 * the end is cut off and the count set to what is there. Returns whether anything had to be done. */
export function repairEdf(path: string): boolean {
  const fd = openSync(path, "r+");
  try {
    const { size } = fstatSync(fd);
    const first = new Uint8Array(256);
    readSync(fd, first, 0, 256, 0);
    const header_bytes = headerBytes(signalCount(first));
    if (!(header_bytes >= 256 && header_bytes <= size))
      refuse(path, "is cut off inside its header and cannot be repaired");
    const bytes = new Uint8Array(header_bytes);
    readSync(fd, bytes, 0, header_bytes, 0);
    const header = parseEdfHeader(path, bytes);
    const record_bytes = header.sample_bytes * header.signals.reduce((sum, { samples }) => sum + samples, 0);
    if (record_bytes === 0) return false;
    const records = Math.floor((size - header_bytes) / record_bytes);
    const end = header_bytes + records * record_bytes;
    // A header without records says -1: that is right until the first is written.
    if (size === end && (header.records === records || records === 0)) return false;
    ftruncateSync(fd, end);
    writeFully(fd, Buffer.from(recordsText(records === 0 ? -1 : records)), RECORDS_POSITION);
    fdatasyncSync(fd);
    return true;
  } finally {
    closeSync(fd);
  }
}
