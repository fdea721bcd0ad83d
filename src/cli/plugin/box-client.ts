// SPDX-License-Identifier: Apache-2.0
//
// The box that runs on a data folder, found through the folder's lock, or any other by its address; asked through its API
// like by any other client.

import { DEFAULT_PORT } from "../../config.ts";
import { fileRefusal, type Problem, ProblemsError } from "../../pipeline/problem.ts";
import { DataFolder } from "../../store/folder.ts";
import { folderOwner } from "../../store/folder-lock.ts";
import { readAdminToken } from "../../store/tokens.ts";

const ANSWER_MS = 30_000;

interface ProblemDocument {
  detail?: string;
  problems?: Problem[];
}

/** Nothing came back: it is away, or there is no way to it. */
export class BoxSilentError extends ProblemsError {}

export class BoxClient {
  private constructor(
    readonly url: string,
    private readonly token: string,
  ) {}

  /** Undefined if none runs. Throws ProblemsError for one that cannot be asked. */
  static async find(data: string): Promise<BoxClient | undefined> {
    const folder = new DataFolder(data);
    const owner = folderOwner(folder);
    if (!owner) return undefined;
    const refuse = (message: string) => fileRefusal(data, message);
    if (!owner.url) throw refuse(`process ${owner.pid} is a Stagebox that is still starting; try again in a moment`);
    const token = await readAdminToken(folder);
    if (!token) throw refuse("holds no admin-token; without it the box that runs there cannot be asked");
    return new BoxClient(owner.url, token);
  }

  /** `address`: `stagebox.local`, `192.0.2.7:8080` or all of it. Throws ProblemsError. */
  static at(address: string, token: string): BoxClient {
    const text = /^https?:\/\//i.test(address) ? address : `http://${address}`;
    if (!URL.canParse(text))
      throw fileRefusal(address, "is no address of a box; give one as http://stagebox.local:8080");
    const url = new URL(text);
    if (url.protocol === "http:" && !/:\d+\/?$/.test(text)) url.port = String(DEFAULT_PORT);
    return new BoxClient(url.origin, token);
  }

  get<T>(path: string): Promise<T> {
    return this.#call("GET", path);
  }

  post<T>(path: string, body: unknown = {}): Promise<T> {
    return this.#call("POST", path, JSON.stringify(body));
  }

  delete<T>(path: string): Promise<T> {
    return this.#call("DELETE", path);
  }

  /** Sends a file as it is, however long that takes. */
  send<T>(path: string, file: string, signal: AbortSignal): Promise<T> {
    return this.#call("POST", path, Bun.file(file), { type: "application/octet-stream", signal });
  }

  /** Throws ProblemsError with what the box says, BoxSilentError where it says nothing. */
  async #call<T>(
    method: string,
    path: string,
    body?: string | Blob,
    { type = "application/json", signal = AbortSignal.timeout(ANSWER_MS) } = {},
  ): Promise<T> {
    const headers = { authorization: `Bearer ${this.token}`, "content-type": type };
    const init = { method, headers, redirect: "error", signal } as const;
    let response: Response;
    try {
      response = await fetch(`${this.url}${path}`, { ...init, ...(body !== undefined && { body }) });
    } catch (error) {
      const message = `the box that runs there does not answer (${(error as Error).message})`;
      throw new BoxSilentError([{ file: this.url, message }]);
    }
    const answer = (await response.json().catch(() => ({}))) as ProblemDocument;
    if (response.ok) return answer as T;
    const detail = answer.detail ?? `the box says ${response.status} ${response.statusText}`;
    throw new ProblemsError(answer.problems?.length ? answer.problems : [{ message: detail }]);
  }
}
