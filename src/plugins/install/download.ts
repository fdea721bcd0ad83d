// SPDX-License-Identifier: Apache-2.0
//
// A zip file from the web. The server may be anybody's: it gets so much time and room and no more, and it may send us
// on only to another place on the web, and never from https back to http.
import { fileRefusal, ProblemsError } from "../../pipeline/problem.ts";
import { quote } from "../../pipeline/words.ts";
import { LIMITS, megabytes } from "./limits.ts";

const REDIRECTS = [301, 302, 303, 307, 308];

export interface DownloadLimits {
  bytes: number;
  silence_ms: number;
  total_ms: number;
}

const DEFAULTS: DownloadLimits = {
  bytes: LIMITS.packed_bytes,
  silence_ms: LIMITS.silence_ms,
  total_ms: LIMITS.download_ms,
};

/** Nobody refused anything; it may work another time. */
export class UnreachableError extends ProblemsError {}

/** The file at `address`, an http or https URL. Throws ProblemsError, or the reason of `signal`. */
export async function download(address: string, signal: AbortSignal, limits = DEFAULTS): Promise<Uint8Array> {
  const refuse = (message: string) => fileRefusal(withoutSecrets(address), message);
  const unreachable = (message: string) => new UnreachableError(refuse(message).problems);
  const watch = new Watch(limits);
  const ends = AbortSignal.any([signal, watch.signal]);
  try {
    const response = await follow(new URL(address), ends, watch, refuse);
    if (!response.ok || !response.body)
      throw refuse(`the server says ${response.status} ${response.statusText}`.trim());
    return await collect(response.body, limits.bytes, watch, refuse);
  } catch (error) {
    if (error instanceof ProblemsError) throw error;
    if (signal.aborted) throw signal.reason;
    if (watch.signal.aborted)
      throw unreachable(`${watch.signal.reason}; try again, or download it yourself and install the file`);
    throw unreachable(`cannot be had (${(error as Error).message}); is the address right, and is there a network?`);
  } finally {
    watch.end();
  }
}

/** An address as a message may show it: without a user's name and password, or a token in its query. */
export function withoutSecrets(address: string): string {
  if (!URL.canParse(address)) return address;
  const url = new URL(address);
  url.username = "";
  url.password = "";
  url.search = "";
  return url.href;
}

async function follow(url: URL, signal: AbortSignal, watch: Watch, refuse: (message: string) => Error) {
  for (let redirects = 0; redirects <= LIMITS.redirects; redirects++) {
    const response = await fetch(url.href, { redirect: "manual", signal });
    watch.heard();
    if (!REDIRECTS.includes(response.status)) return response;
    await response.body?.cancel();
    const location = response.headers.get("location") ?? "";
    const next = URL.canParse(location, url.href) ? new URL(location, url) : undefined;
    const isWeb = next?.protocol === "https:" || (next?.protocol === "http:" && url.protocol === "http:");
    if (!next || !isWeb) throw refuse(`the server sends us on to ${quote(location)}, where we do not go`);
    url = next;
  }
  throw refuse(`the server sends us on more than ${LIMITS.redirects} times`);
}

async function collect(
  body: ReadableStream<Uint8Array>,
  most: number,
  watch: Watch,
  refuse: (message: string) => Error,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of body) {
    watch.heard();
    bytes += part.length;
    if (bytes > most) throw refuse(`is larger than ${megabytes(most)}, which no packed plugin is`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** Ends what takes too long, or stands still. */
class Watch {
  readonly #abort = new AbortController();
  readonly #total: Timer;
  #silence: Timer;

  constructor(private readonly limits: DownloadLimits) {
    this.#total = setTimeout(() => this.#abort.abort("the download takes too long"), limits.total_ms);
    this.#silence = this.#startSilence();
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  heard(): void {
    clearTimeout(this.#silence);
    this.#silence = this.#startSilence();
  }

  end(): void {
    clearTimeout(this.#total);
    clearTimeout(this.#silence);
  }

  #startSilence(): Timer {
    return setTimeout(() => this.#abort.abort("the server has gone silent"), this.limits.silence_ms);
  }
}
