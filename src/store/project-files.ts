// SPDX-License-Identifier: Apache-2.0
//
// Files of the project that the box works on: notes, tables, reports, exports, by plugins and by people. There is room for
// so many, and never so many that a recording would find none.
import { constants, lstatSync, realpathSync, statfsSync } from "node:fs";
import { open, rename, rmdir, unlink } from "node:fs/promises";
import { ProblemsError } from "../pipeline/problem.ts";
import { megabytes } from "../pipeline/words.ts";
import { syncFolder, writeAtomic } from "./atomic-file.ts";
import { NameError } from "./folder.ts";
import { filesBelow, pathParts, withFile } from "./project-path.ts";

export interface ProjectFile {
  /** From the project's folder on: `reports/monday.txt`. */
  path: string;
  bytes: number;
  /** ISO 8601. */
  modified: string;
}

export interface ProjectPart extends ProjectFile {
  content: Uint8Array;
}

export const PROJECT_LIMITS = { files: 1000, bytes: 2 ** 30, spare_bytes: 2 ** 27 };

// A pipe that somebody put there must not hold us up.
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const APPEND =
  constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;

export class ProjectFiles {
  #changes: Promise<unknown> = Promise.resolve();

  /** `folder` exists. */
  constructor(
    readonly folder: string,
    private readonly limits = PROJECT_LIMITS,
  ) {}

  /** In the order of their paths. */
  list(): ProjectFile[] {
    const files: ProjectFile[] = [];
    for (const { path, stats } of filesBelow(this.folder)) {
      files.push({ path, bytes: stats.size, modified: stats.mtime.toISOString() });
      if (files.length === this.limits.files) break;
    }
    return files;
  }

  /** Undefined if there is none. Throws NameError. */
  read(path: string, offset: number, length: number): Promise<ProjectPart | undefined> {
    return withFile(this.folder, path, async (real) => {
      const file = await open(real, READ).catch(missing);
      if (!file) return undefined;
      try {
        const stats = await file.stat();
        if (!stats.isFile()) throw new NameError(path, "is no file");
        const content = Buffer.alloc(Math.max(0, Math.min(length, stats.size - offset)));
        const { bytesRead } = await file.read(content, 0, content.length, offset);
        const modified = stats.mtime.toISOString();
        return { path, bytes: stats.size, modified, content: content.subarray(0, bytesRead) };
      } finally {
        await file.close();
      }
    });
  }

  /** Where it lies now; undefined if there is none. Throws NameError. */
  find(path: string): Promise<string | undefined> {
    return withFile(this.folder, path, async (real) => {
      const stats = lstatSync(real, { throwIfNoEntry: false });
      if (stats && !stats.isFile()) throw new NameError(path, "is no file");
      return stats && realpathSync(real);
    });
  }

  /** In one step, in the place of what is there. Throws NameError; ProblemsError where there is no room. */
  write(path: string, content: Uint8Array): Promise<ProjectFile> {
    return this.#put(path, content.length, false, (real) => writeAtomic(real, content));
  }

  /** A power cut may leave a part of what is added. Throws as `write` does. */
  append(path: string, content: Uint8Array): Promise<ProjectFile> {
    return this.#put(path, content.length, true, async (real) => {
      const file = await open(real, APPEND, 0o644);
      try {
        await file.writeFile(content);
        await file.sync();
      } finally {
        await file.close();
      }
    });
  }

  /** Takes over a file that lies on the same disk. Throws as `write` does; it then stays where it was. */
  adopt(path: string, from: string): Promise<ProjectFile> {
    return this.#put(path, lstatSync(from).size, false, async (real) => {
      await rename(from, real);
      await syncFolder(real.slice(0, real.lastIndexOf("/")));
    });
  }

  /** With folders that hold nothing any more. False if there is none. Throws NameError. */
  delete(path: string): Promise<boolean> {
    return this.#change(async () => {
      const isGone = await withFile(this.folder, path, async (real) => {
        const there = lstatSync(real, { throwIfNoEntry: false });
        if (!there) return false;
        if (!there.isFile()) throw new NameError(path, "is no file");
        await unlink(real);
        return true;
      });
      if (!isGone) return false;
      const parts = pathParts(path);
      while (parts.pop() && parts.length > 0)
        if (await withFile(this.folder, parts.join("/"), (real) => rmdir(real).then(no, yes))) break;
      return true;
    });
  }

  /** How many more bytes there is room for. */
  room(files = this.list()): number {
    const { bavail, bsize } = statfsSync(this.folder);
    const taken = files.reduce((sum, { bytes }) => sum + bytes, 0);
    return Math.max(0, Math.min(this.limits.bytes - taken, bavail * bsize - this.limits.spare_bytes));
  }

  #put(path: string, bytes: number, appends: boolean, write: (real: string) => Promise<void>): Promise<ProjectFile> {
    return this.#change(async () => {
      this.#checkRoom(path, bytes, appends);
      const put = async (real: string) => {
        const there = lstatSync(real, { throwIfNoEntry: false });
        if (there && !there.isFile()) throw new NameError(path, "is there, and no file; choose another name");
        await write(real);
        const { size, mtime } = lstatSync(real);
        return { path, bytes: size, modified: mtime.toISOString() };
      };
      return (await withFile(this.folder, path, put, { make: true })) as ProjectFile;
    });
  }

  #checkRoom(path: string, bytes: number, appends: boolean): void {
    pathParts(path);
    const files = this.list();
    const before = files.find((file) => file.path === path);
    const refuse = (message: string) => new ProblemsError([{ file: path, message }]);
    if (!before && files.length >= this.limits.files)
      throw refuse(`the project has ${files.length} files, and may have no more; delete some`);
    if (bytes > this.room(files) + (appends ? 0 : (before?.bytes ?? 0)))
      throw refuse(
        `there is no room for ${bytes} bytes: a project has ${megabytes(this.limits.bytes)} at most, and ${megabytes(this.limits.spare_bytes)} of the disk are kept for recordings; delete some files`,
      );
  }

  /** One at a time, so that there is the room that was found. */
  #change<T>(change: () => Promise<T>): Promise<T> {
    const result = this.#changes.then(change);
    this.#changes = result.catch(() => {});
    return result;
  }
}

const yes = () => true;
const no = () => false;

function missing(error: NodeJS.ErrnoException): undefined {
  if (error.code === "ENOENT") return undefined;
  throw error;
}
