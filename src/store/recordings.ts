// SPDX-License-Identifier: Apache-2.0
import { readdirSync, statSync } from "node:fs";
import { unlink } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import { formatProblem, messageOf, ProblemsError } from "../pipeline/problem.ts";
import { syncFolder } from "./atomic-file.ts";
import { NameError, resolveInside } from "./folder.ts";

export interface RecordingFile {
  name: string;
  bytes: number;
  /** ISO 8601. */
  modified: string;
  /** Still being written. */
  open: boolean;
}

/** What a recording's header says; not told of a file that is still being written. */
export interface RecordingSummary {
  format: string;
  rate_hz: number;
  frames: number;
  duration_s: number;
  channels: readonly { name: string; unit: string }[];
  /** ISO 8601; absent where the file does not say. */
  start?: string;
  annotations: number;
  notices: readonly string[];
}

/** `problem`: why the header could not be read; files that are no recordings have it too. */
export type Recording = RecordingFile & Partial<RecordingSummary> & { problem?: string };

/** A file that is being written cannot be deleted. */
export class InUseError extends Error {
  constructor(name: string) {
    super(`${name} is being written: stop the pipeline or remove its recorder first`);
    this.name = "InUseError";
  }
}

export interface RecordingOptions {
  /** Reads a recording's header. Throws in words if it cannot. */
  summarise: (path: string) => RecordingSummary;
  isBeingWritten: (path: string) => boolean;
}

/** The files in the recordings folder, newest first. */
export class RecordingStore {
  #summaries = new Map<string, { version: string; summary: Partial<RecordingSummary> & { problem?: string } }>();

  /** `folder` exists. */
  constructor(
    readonly folder: string,
    private readonly options: RecordingOptions,
  ) {}

  names(): string[] {
    return readdirSync(this.folder, { withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.startsWith("."))
      .map((entry) => entry.name);
  }

  /** Reads the headers of files that are new or have changed, one at a time, so that others get their turn. */
  async list(): Promise<Recording[]> {
    const names = this.names();
    const recordings: Recording[] = [];
    for (const name of names) {
      const recording = this.get(name);
      if (recording) recordings.push(recording);
      await setImmediate();
    }
    const here = new Set(names);
    for (const name of this.#summaries.keys()) if (!here.has(name)) this.#summaries.delete(name);
    return recordings.sort((a, b) => b.modified.localeCompare(a.modified) || a.name.localeCompare(b.name));
  }

  /** Undefined if there is none. Throws NameError. */
  get(name: string): Recording | undefined {
    const path = this.path(name);
    if (path === undefined) return undefined;
    const { size, mtimeMs, mtime } = statSync(path);
    const version = `${size}-${mtimeMs}`;
    const open = this.options.isBeingWritten(path);
    const file = { name, bytes: size, modified: mtime.toISOString(), open };
    if (open) return file; // its header changes all the time
    let known = this.#summaries.get(name);
    if (known?.version !== version) {
      known = { version, summary: this.#summarise(path) };
      this.#summaries.set(name, known);
    }
    return { ...file, ...known.summary };
  }

  /** Where the file lies; undefined if there is none. Throws NameError. */
  path(name: string): string | undefined {
    if (/[/\\]/.test(name)) throw new NameError(name, "is a path; give the name of a file in the recordings folder");
    const path = resolveInside(this.folder, name);
    return statSync(path, { throwIfNoEntry: false })?.isFile() ? path : undefined;
  }

  /** False if there is none. Throws NameError, InUseError. */
  async delete(name: string): Promise<boolean> {
    const path = this.path(name);
    if (path === undefined) return false;
    if (this.options.isBeingWritten(path)) throw new InUseError(name);
    await unlink(path);
    await syncFolder(this.folder);
    return true;
  }

  #summarise(path: string): Partial<RecordingSummary> & { problem?: string } {
    try {
      return this.options.summarise(path);
    } catch (error) {
      return { problem: words(error) };
    }
  }
}

/** Without the path, which the caller need not know. */
function words(error: unknown): string {
  if (error instanceof ProblemsError) return error.problems.map(({ file, ...rest }) => formatProblem(rest)).join("; ");
  return messageOf(error);
}
