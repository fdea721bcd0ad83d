// SPDX-License-Identifier: Apache-2.0
import { readFile, rename } from "node:fs/promises";
import { writeAtomic } from "./atomic-file.ts";

export type Notify = (notice: string) => void;

/** A small file that holds one JSON value. Writes happen one after the other, each whole. */
export class JsonFile<T> {
  #writes: Promise<void> = Promise.resolve();

  /** `isValid` guards against what an older version, a person or a broken card left there. */
  constructor(
    readonly path: string,
    private readonly isValid: (value: unknown) => value is T,
    private readonly notify: Notify,
    private readonly mode = 0o644,
  ) {}

  /** Undefined if there is no file. One that cannot be used is kept aside, with a notice, and counts as none. */
  async read(): Promise<T | undefined> {
    const text = await readFile(this.path, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw error;
    });
    if (text === undefined) return undefined;
    const value = parseJson(text);
    if (this.isValid(value)) return value;
    const aside = `${this.path}.unreadable`;
    await rename(this.path, aside);
    this.notify(`${this.path} could not be read and was set aside as ${aside}; going on without it`);
    return undefined;
  }

  write(value: T): Promise<void> {
    const text = `${JSON.stringify(value, null, 2)}\n`;
    const write = this.#writes.then(() => writeAtomic(this.path, text, this.mode));
    this.#writes = write.catch(() => {});
    return write;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
