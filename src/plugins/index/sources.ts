// SPDX-License-Identifier: Apache-2.0
//
// Where this box looks for plugins: plugin-indexes.json in the data folder. Beside each address stands the time of the
// newest index that was seen there: whoever serves an older one, though its signature holds, wants us to miss something.
import { existsSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { ProblemsError } from "../../pipeline/problem.ts";
import { suggestion } from "../../pipeline/suggest.ts";
import { quote } from "../../pipeline/words.ts";
import type { DataFolder } from "../../store/folder.ts";
import { JsonFile, type Notify } from "../../store/json-file.ts";
import { INDEX_FILE } from "./index-file.ts";

export interface IndexSource {
  /** Of index.json: http, https, or an absolute path. */
  address: string;
  /** The only key that may sign it, as the line of a public key file; absent: any that the box trusts. */
  key?: string;
  /** When the newest was made, ISO 8601. */
  newest?: string;
}

const MOST_SOURCES = 32;

export class IndexSources {
  readonly #file: JsonFile<{ indexes: IndexSource[] }>;

  constructor(folder: DataFolder, notify: Notify) {
    this.#file = new JsonFile(folder.file("plugin-indexes.json"), isStored, notify);
  }

  /** In the order in which they are asked. */
  async all(): Promise<IndexSource[]> {
    return (await this.#file.read())?.indexes ?? [];
  }

  /** Behind those that are there. Throws ProblemsError. */
  async add(typed: string, key?: string): Promise<IndexSource> {
    const source = { address: indexAddress(typed), ...(key && { key }) };
    const all = await this.all();
    const before = all.find(({ address }) => address === source.address);
    if (!before && all.length >= MOST_SOURCES) refuse(`there are ${MOST_SOURCES} indexes already; remove one`);
    // What was seen with another key says nothing about this one.
    const kept = before?.key === key && before?.newest ? { newest: before.newest } : {};
    const now = { ...source, ...kept };
    await this.#file.write({ indexes: before ? all.map((it) => (it === before ? now : it)) : [...all, now] });
    return now;
  }

  /** Throws ProblemsError. */
  async remove(typed: string): Promise<IndexSource> {
    const all = await this.all();
    const gone = all.find(({ address }) => address === typed || address === indexAddress(typed));
    const addresses = all.map(({ address }) => address);
    if (!gone) return refuse(`${quote(typed)} is no index of this box; ${suggestion(typed, addresses)}`);
    await this.#file.write({ indexes: all.filter((it) => it !== gone) });
    return gone;
  }

  async saw({ address }: IndexSource, made: string): Promise<void> {
    const all = await this.all();
    const isNews = (it: IndexSource) => it.address === address && (it.newest ?? "") < made;
    if (all.some(isNews))
      await this.#file.write({ indexes: all.map((it) => (isNews(it) ? { ...it, newest: made } : it)) });
  }
}

/** An address or a path, of the index or of the folder that it is in. Throws ProblemsError. */
export function indexAddress(typed: string): string {
  if (/^https?:\/\//i.test(typed) && URL.canParse(typed)) {
    const url = new URL(typed);
    if (url.search || url.hash) refuse(`${quote(typed)} has a ? or # in it; an index is a file beside its bundles`);
    if (!url.pathname.endsWith(".json")) url.pathname = `${url.pathname.replace(/\/$/, "")}/${INDEX_FILE}`;
    return url.href;
  }
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(typed)) refuse(`${quote(typed)} is no http or https address, nor a path`);
  const path = resolve(typed);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return join(path, INDEX_FILE);
  if (!existsSync(path) && !existsSync(dirname(path))) refuse(`${quote(typed)} is not there`);
  return path;
}

function refuse(message: string): never {
  throw new ProblemsError([{ message }]);
}

function isStored(value: unknown): value is { indexes: IndexSource[] } {
  const { indexes } = (value ?? {}) as { indexes?: unknown };
  const isText = (it: unknown) => it === undefined || (typeof it === "string" && it.length <= 4096);
  const isSource = (it: unknown) => {
    const { address, key, newest } = (it ?? {}) as Partial<IndexSource>;
    return typeof address === "string" && [address, key, newest].every(isText);
  };
  return Array.isArray(indexes) && indexes.length <= MOST_SOURCES && indexes.every(isSource);
}
