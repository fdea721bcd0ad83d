// SPDX-License-Identifier: Apache-2.0
//
// A file from the web. The server may be anybody's: it gets so much time and room and no more, and it may send us on
// only to another place on the web, and never from https back to http.
import { fileRefusal, ProblemsError } from "../pipeline/problem.ts";
import { megabytes, quote } from "../pipeline/words.ts";

/** Nobody refused anything; it may work another time. */
export class UnreachableError extends ProblemsError {}

const REDIRECTS = [301, 302, 303, 307, 308];
const REDIRECTS_MOST = 5;

export interface WebFileLimits {
  bytes: number;
  /** Without a byte from the other side. */
  silence_ms: number;
  total_ms: number;
}

export interface WebFile {
  /** As the server says; undefined if it does not. */
  bytes: number | undefined;
  /** Read once, to the end. Throws ProblemsError, or the reason of the signal. */
  pieces: AsyncIterable<Uint8Array>;
}

/** The file at `address`, an http or https URL. `kind`: what it should be, `packed plugin`. Throws ProblemsError, or the
 * reason of `signal`. */
export async function openWebFile(
  address: string,
  kind: string,
  signal: AbortSignal,
  limits: WebFileLimits,
): Promise<WebFile> {
  const refuse = (message: string) => fileRefusal(withoutSecrets(address), message);
  const unreachable = (message: string) => new UnreachableError(refuse(message).problems);
  const watch = new Watch(limits);
  const inWords = (error: unknown) => {
    watch.end();
    if (error instanceof ProblemsError) return error;
    if (signal.aborted) return signal.reason;
    if (watch.signal.aborted)
      return unreachable(`${watch.signal.reason}; try again, or download it yourself and install the file`);
    return unreachable(`cannot be had (${(error as Error).message}); is the address right, and is there a network?`);
  };
  try {
    const response = await follow(new URL(address), AbortSignal.any([signal, watch.signal]), watch, refuse);
    if (!response.ok || !response.body)
      throw refuse(`the server says ${response.status} ${response.statusText}`.trim());
    const isPlain = !response.headers.has("content-encoding");
    const length = isPlain ? Number(response.headers.get("content-length") ?? Number.NaN) : Number.NaN;
    const pieces = counted(response.body, watch, () =>
      refuse(`is larger than ${megabytes(limits.bytes)}, which no ${kind} is`),
    );
    return { bytes: Number.isNaN(length) ? undefined : length, pieces };
  } catch (error) {
    throw inWords(error);
  }

  async function* counted(body: AsyncIterable<Uint8Array>, watch: Watch, tooLarge: () => Error) {
    let bytes = 0;
    try {
      for await (const piece of body) {
        watch.heard();
        bytes += piece.length;
        if (bytes > limits.bytes) throw tooLarge();
        yield piece;
      }
    } catch (error) {
      throw inWords(error);
    } finally {
      watch.end();
    }
  }
}

/** The same, whole. */
export async function readWebFile(...file: Parameters<typeof openWebFile>): Promise<Buffer> {
  const { pieces } = await openWebFile(...file);
  const parts: Uint8Array[] = [];
  for await (const piece of pieces) parts.push(piece);
  return Buffer.concat(parts);
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
  for (let redirects = 0; redirects <= REDIRECTS_MOST; redirects++) {
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
  throw refuse(`the server sends us on more than ${REDIRECTS_MOST} times`);
}

/** Ends what takes too long, or stands still. */
class Watch {
  readonly #abort = new AbortController();
  readonly #total: Timer;
  #silence: Timer;

  constructor(private readonly limits: WebFileLimits) {
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
