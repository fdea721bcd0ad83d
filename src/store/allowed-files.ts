// SPDX-License-Identifier: Apache-2.0
import { existsSync, realpathSync } from "node:fs";
import { isAbsolute, resolve, sep } from "node:path";
import { ProblemsError } from "../pipeline/problem.ts";
import { type DataFolder, NameError, resolveInside } from "./folder.ts";

const FIELD = "/source/params/file";

/** Which recordings a pipeline may play: those in the data folder, and those that were named on the command line. A
 * pipeline that came over the network must not read whatever the service can. */
export class AllowedFiles {
  readonly #allowed = new Set<string>();

  constructor(
    private readonly folder: DataFolder,
    paths: readonly string[],
  ) {
    for (const path of paths) this.allow(path);
  }

  allow(path: unknown): void {
    if (typeof path === "string" && isAbsolute(path)) this.#allowed.add(path);
  }

  /** A relative path counts from the recordings, then from the data folder, but must lead to the recordings. Throws
   * ProblemsError. */
  resolve(file: string): string {
    if (isAbsolute(file)) return this.#absolute(file);
    const places = [this.folder.recordings, this.folder.path].map((folder) => this.#inside(folder, file));
    const found = places.find((path) => existsSync(path) && this.#isRecording(realpathSync(path)));
    if (!found) throw refusal(`there is no recording "${file}" in the recordings folder`);
    return found;
  }

  #absolute(file: string): string {
    const path = existsSync(file) ? realpathSync(file) : resolve(file);
    if (!this.#isRecording(path) && !this.#allowed.has(file))
      throw refusal(`"${file}" lies outside the recordings folder; copy it there, or name it with run --input`);
    if (!existsSync(path)) throw refusal(`"${file}" is not there`);
    return path;
  }

  #isRecording(path: string): boolean {
    return path.startsWith(realpathSync(this.folder.recordings) + sep);
  }

  #inside(folder: string, file: string): string {
    try {
      return resolveInside(folder, file);
    } catch (error) {
      throw error instanceof NameError ? refusal(error.message) : error;
    }
  }
}

function refusal(message: string): ProblemsError {
  return new ProblemsError([{ field: FIELD, message }]);
}
