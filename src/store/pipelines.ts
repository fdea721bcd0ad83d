// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { unlink } from "node:fs/promises";
import { join } from "node:path";
import { syncFolder, writeAtomic } from "./atomic-file.ts";
import { NameError } from "./folder.ts";

export const PIPELINE_NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/i;
const EXTENSION = ".yaml";

export interface StoredPipeline {
  name: string;
  yaml: string;
  /** Changes with every byte of the text. */
  revision: string;
  /** Came with Stagebox; read-only. */
  bundled: boolean;
}

/** Somebody else has written the pipeline since the caller read it. */
export class StaleError extends Error {
  constructor(readonly revision: string | undefined) {
    super("the pipeline has changed since it was read: read it again and repeat the change");
    this.name = "StaleError";
  }
}

/** What came with Stagebox and cannot be deleted. */
export class BundledError extends Error {
  constructor(name: string) {
    super(`${name} comes with Stagebox and cannot be deleted; a pipeline saved under its name stands in its place`);
    this.name = "BundledError";
  }
}

/** The pipelines a box knows: those that came with it, below those that its users wrote. */
export class PipelineStore {
  #changes: Promise<unknown> = Promise.resolve();

  /** `bundled`: name -> YAML. `folder` exists. */
  constructor(
    private readonly bundled: ReadonlyMap<string, string>,
    private readonly folder: string,
  ) {}

  /** In the order of their names. */
  list(): StoredPipeline[] {
    const written = readdirSync(this.folder, { withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith(EXTENSION))
      .map((entry) => entry.name.slice(0, -EXTENSION.length))
      .filter((name) => PIPELINE_NAME.test(name));
    const names = [...new Set([...this.bundled.keys(), ...written])].sort();
    return names.map((name) => this.get(name)).filter((pipeline) => pipeline !== undefined);
  }

  /** Throws NameError. */
  get(name: string): StoredPipeline | undefined {
    const written = readIfThere(this.#path(name));
    const yaml = written ?? this.bundled.get(name);
    return yaml === undefined ? undefined : { name, yaml, revision: revisionOf(yaml), bundled: written === undefined };
  }

  /** `expected`: the revision it must have now. Throws NameError, StaleError. */
  put(name: string, yaml: string, expected?: string): Promise<StoredPipeline> {
    return this.#change(name, expected, async () => {
      await writeAtomic(this.#path(name), yaml);
      return { name, yaml, revision: revisionOf(yaml), bundled: false };
    });
  }

  /** False if there is none. A bundled pipeline of that name shows again. Throws NameError, StaleError, BundledError. */
  delete(name: string, expected?: string): Promise<boolean> {
    return this.#change(name, expected, async (now) => {
      if (!now) return false;
      if (now.bundled) throw new BundledError(name);
      await unlink(this.#path(name));
      await syncFolder(this.folder);
      return true;
    });
  }

  /** One change at a time: between the look at the revision and the write nobody else writes. */
  #change<T>(
    name: string,
    expected: string | undefined,
    change: (now: StoredPipeline | undefined) => Promise<T>,
  ): Promise<T> {
    const result = this.#changes.then(() => {
      const now = this.get(name);
      if (expected !== undefined && now?.revision !== expected) throw new StaleError(now?.revision);
      return change(now);
    });
    this.#changes = result.catch(() => {});
    return result;
  }

  #path(name: string): string {
    if (!PIPELINE_NAME.test(name))
      throw new NameError(name, "cannot name a pipeline: begin with a letter or digit, then up to 63 of a-z 0-9 _ -");
    return join(this.folder, name + EXTENSION);
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function revisionOf(yaml: string): string {
  return createHash("sha256").update(yaml).digest("hex").slice(0, 16);
}
