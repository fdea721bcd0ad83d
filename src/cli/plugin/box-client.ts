// SPDX-License-Identifier: Apache-2.0
//
// The box that runs on a data folder, found through the folder's lock and asked through its API like by any other
// client.
import { fileRefusal, type Problem, ProblemsError } from "../../pipeline/problem.ts";
import { DataFolder } from "../../store/folder.ts";
import { folderOwner } from "../../store/folder-lock.ts";
import { readAdminToken } from "../../store/tokens.ts";

const ANSWER_MS = 30_000;

interface ProblemDocument {
  detail?: string;
  problems?: Problem[];
}

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

  get<T>(path: string): Promise<T> {
    return this.#call("GET", path);
  }

  post<T>(path: string, body: unknown = {}): Promise<T> {
    return this.#call("POST", path, JSON.stringify(body));
  }

  /** Throws ProblemsError with what the box says. */
  async #call<T>(method: string, path: string, body?: string): Promise<T> {
    const headers = { authorization: `Bearer ${this.token}`, "content-type": "application/json" };
    const init = { method, headers, redirect: "error", signal: AbortSignal.timeout(ANSWER_MS) } as const;
    let response: Response;
    try {
      response = await fetch(`${this.url}${path}`, { ...init, ...(body !== undefined && { body }) });
    } catch (error) {
      const message = `the box that runs there does not answer (${(error as Error).message})`;
      throw fileRefusal(this.url, message);
    }
    const answer = (await response.json().catch(() => ({}))) as ProblemDocument;
    if (response.ok) return answer as T;
    const detail = answer.detail ?? `the box says ${response.status} ${response.statusText}`;
    throw new ProblemsError(answer.problems?.length ? answer.problems : [{ message: detail }]);
  }
}
