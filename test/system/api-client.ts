// SPDX-License-Identifier: Apache-2.0
//
// A box's API as its clients see it, wherever the box runs.

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: what the API sends is what the tests are about
  body: any;
}

export abstract class ApiClient {
  abstract readonly url: string;
  abstract readonly token: string;

  /** An object goes as JSON, a text as it is. A header of undefined is left out. */
  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string | undefined> = {},
  ): Promise<Answer> {
    const isText = typeof body === "string" || body instanceof Uint8Array || body instanceof ReadableStream;
    const all = {
      authorization: `Bearer ${this.token}`,
      ...(body !== undefined && !isText && { "content-type": "application/json" }),
      ...headers,
    };
    const response = await fetch(this.url + path, {
      method,
      headers: Object.entries(all).filter((header): header is [string, string] => header[1] !== undefined),
      redirect: "manual",
      ...(body !== undefined && { body: isText ? (body as string) : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = /[/+]json/.test(response.headers.get("content-type") ?? "");
    return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : undefined };
  }

  get(path: string, headers: Record<string, string | undefined> = {}): Promise<Answer> {
    return this.call("GET", path, undefined, headers);
  }

  post(path: string, body?: unknown, headers: Record<string, string | undefined> = {}): Promise<Answer> {
    return this.call("POST", path, body, headers);
  }

  patch(actions: unknown, headers: Record<string, string | undefined> = {}): Promise<Answer> {
    return this.post("/api/graph/patch", actions, headers);
  }
}
