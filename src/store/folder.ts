// SPDX-License-Identifier: Apache-2.0
//
// The data folder and the one way from a name that somebody gave us to a path in it.
import { existsSync, lstatSync, mkdirSync, realpathSync } from "node:fs";
import { dirname, isAbsolute, join, resolve, sep } from "node:path";

const NAME_BYTES = 255;
/** Recordings are about people: not for every account of the machine. */
const FOLDER_MODE = 0o750;

/** Where a box keeps what it must not forget. Folders are made when they are first asked for. */
export class DataFolder {
  readonly path: string;

  /** Relative to where the process was started; what it leads to is named to other processes too. */
  constructor(path: string) {
    this.path = resolve(path);
  }

  get pipelines(): string {
    return this.#sub("pipelines");
  }

  get recordings(): string {
    return this.#sub("recordings");
  }

  get plugins(): string {
    return this.#sub("plugins");
  }

  /** Of those whose plugins may run inside the service. */
  get trusted_keys(): string {
    return this.#sub("trusted-keys");
  }

  /** Private folders of plugins, by id. */
  get plugin_data(): string {
    return this.#sub("plugin-data");
  }

  /** Files of the project that the box works on, for its plugins and its people. */
  get project(): string {
    return this.#sub("project");
  }

  /** What was made of components, by the id of their plugin; made anew if need be. */
  get prepared(): string {
    return this.#sub("prepared");
  }

  /** Path of a file directly in the folder. */
  file(name: string): string {
    mkdirSync(this.path, { recursive: true, mode: FOLDER_MODE });
    return join(this.path, name);
  }

  #sub(name: string): string {
    const path = join(this.path, name);
    mkdirSync(path, { recursive: true, mode: FOLDER_MODE });
    return path;
  }
}

/** A name that leads out of its folder, or could not be a file's name. */
export class NameError extends Error {
  constructor(name: string, reason: string) {
    super(`${JSON.stringify(name.slice(0, 64))} ${reason}`);
    this.name = "NameError";
  }
}

/**
 * The path of `name` below `folder`, which exists; the file itself need not. Throws NameError for whatever leads out
 * of the folder, links included, and for hidden files.
 */
export function resolveInside(folder: string, name: string): string {
  if (name === "") throw new NameError(name, "is empty; give a file's name");
  if (name.includes("\0")) throw new NameError(name, "holds a zero byte");
  if (isAbsolute(name)) throw new NameError(name, "is an absolute path; give a name below the folder");
  for (const part of name.split(/[/\\]/)) {
    if (part === "" || part.startsWith(".")) throw new NameError(name, "is hidden or leads out of the folder");
    if (Buffer.byteLength(part) > NAME_BYTES) throw new NameError(name, `is longer than ${NAME_BYTES} bytes`);
  }
  const path = join(folder, name);
  const root = realpathSync(folder);
  if (!followed(path).startsWith(root + sep)) throw new NameError(name, "is a link that leads out of the folder");
  return path;
}

/** Where a path leads once its links are followed; for what does not exist yet, where it would lie. */
function followed(path: string): string {
  if (existsSync(path)) return realpathSync(path);
  // existsSync follows links, so what lstat still finds here is a link to nothing, which a write would follow.
  if (lstatSync(path, { throwIfNoEntry: false })) return "";
  return join(followed(dirname(path)), path.slice(dirname(path).length));
}
