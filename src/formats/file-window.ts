// SPDX-License-Identifier: Apache-2.0
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { refuse } from "./refuse.ts";

/** A file seen through one bounded buffer: files of any size are read without ever being held in memory. */
export class FileWindow {
  readonly size: number;
  readonly #fd: number;
  #buffer: Uint8Array;
  #start = 0;
  #length = 0;

  constructor(
    readonly path: string,
    window_bytes = 65536,
  ) {
    try {
      this.#fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK); // a pipe would wait for its writer
    } catch (error) {
      refuse(path, `cannot be opened (${(error as NodeJS.ErrnoException).code}); check the path and its permissions`);
    }
    const stat = fstatSync(this.#fd);
    if (!stat.isFile()) {
      closeSync(this.#fd);
      refuse(path, "is not a file; give the path of a recording");
    }
    this.size = stat.size;
    this.#buffer = new Uint8Array(window_bytes);
  }

  get window_bytes(): number {
    return this.#buffer.length;
  }

  /** Changes the longest span that `view` can give. */
  resize(window_bytes: number): void {
    this.#buffer = new Uint8Array(window_bytes);
    this.#length = 0;
  }

  /** `length` bytes from `position` on, fewer at the end of the file or when longer than the window. Valid until the
   * next call. On a miss the window is filled from `fill_from` on, for callers that know what is asked for next. */
  view(position: number, length: number, fill_from = position): Uint8Array {
    if (position < this.#start || position + length > this.#start + this.#length) {
      const covers = fill_from <= position && position + length <= fill_from + this.#buffer.length;
      this.#fill(covers ? fill_from : position);
    }
    const offset = position - this.#start;
    return this.#buffer.subarray(Math.min(offset, this.#length), Math.min(offset + length, this.#length));
  }

  close(): void {
    closeSync(this.#fd);
  }

  #fill(position: number): void {
    this.#start = position;
    this.#length = 0;
    while (this.#length < this.#buffer.length) {
      const read = readSync(
        this.#fd,
        this.#buffer,
        this.#length,
        this.#buffer.length - this.#length,
        position + this.#length,
      );
      if (read === 0) break;
      this.#length += read;
    }
  }
}

/** What `read` makes of the file, which stays open for it; closed again if it throws. */
export function openWindow<T>(path: string, read: (file: FileWindow) => T): T {
  const file = new FileWindow(path);
  try {
    return read(file);
  } catch (error) {
    file.close();
    throw error;
  }
}
