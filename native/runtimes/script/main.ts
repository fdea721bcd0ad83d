// SPDX-License-Identifier: Apache-2.0
//
// The main part of a plugin in TypeScript: adapter.ts hands over to it where the engine wants no stages but this. Texts go
// both ways over a socket (native/engine/isolated/main_part.h). Events are handled one after the other, as they came;
// services and calls go on beside them.
import { read, writeSync } from "node:fs";
import { type Box, type BoxEvent, type MainPart, ServiceError } from "stagebox";

const SOCKET = 3;
const HEAD_BYTES = 8;
const TEXT = 8; // engine/isolated/channel.h
const TEXT_BYTES = 2 ** 18;
/** Events that wait for their turn. */
const MOST_WAITING = 256;

type Handler = (event: BoxEvent) => unknown;
type Service = (request: unknown) => unknown;

export interface MainParts {
  /** An error in words, with the place in the plugin's own files. */
  wordsOf(error: unknown): string;
  /** Seals the sandbox and waits for the sign to begin; the context, as JSON. Undefined: the process is to end. */
  begin(): string | undefined;
}

const services = new Map<string, Service>();
const handlers = new Map<string, Handler[]>();
const calls = new Map<number, { resolve(answer: unknown): void; reject(error: Error): void }>();
let count = 0;
let watches = 0;
/** What the file says while it is run; undefined: it can be said at once. */
let early: Uint8Array[] | undefined = [];

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function say(words: string, body = ""): void {
  const text = encoder.encode(`${words}\n${body}`);
  if (text.length > TEXT_BYTES) throw new RangeError(`${words}: has ${text.length} bytes, and may have ${TEXT_BYTES}`);
  const head = new Uint8Array(Uint32Array.of(TEXT, text.length).buffer);
  const message = Buffer.concat([head, text]);
  if (early) early.push(message);
  else write(message);
}

function write(message: Uint8Array): void {
  for (let sent = 0; sent < message.length; ) sent += writeSync(SOCKET, message, sent);
}

function nameOf(name: string): string {
  if (!/^\S+$/.test(name)) throw new TypeError(`${JSON.stringify(name)} is no name`);
  return name;
}

/** JSON, null in the place of nothing. */
const written = (value: unknown) => JSON.stringify(value ?? null);

/** What is behind `stagebox` in a main part. */
export const offered: Omit<Box, "config" | "data_folder"> = {
  async subscribe(type: string, handler?: Handler): Promise<void> {
    say(`subscribe ${nameOf(type)}`);
    handlers.set(type, [...(handlers.get(type) ?? []), ...(handler ? [handler] : [])]);
  },
  async publish(type: string, data: object = {}): Promise<void> {
    say(`publish ${nameOf(type)}`, written(data));
  },
  async call(service: string, request?: unknown): Promise<unknown> {
    if (early) throw new ServiceError(`${service}: only from on_load on`);
    const number = ++count;
    say(`call ${number} ${nameOf(service)}`, written(request));
    return new Promise((resolve, reject) => calls.set(number, { resolve, reject }));
  },
  watch(folder: string, debounce_ms = 500): number {
    say(`watch ${++watches} ${Math.round(debounce_ms)}`, folder);
    return watches;
  },
  unwatch(subscription: number): void {
    say(`unwatch ${subscription}`);
  },
  service(name: string, serve: Service): void {
    services.set(name, serve);
  },
};

function readSome(into: Uint8Array, at: number): Promise<number> {
  return new Promise((resolve, reject) =>
    read(SOCKET, into, at, into.length - at, null, (error, bytes) => (error ? reject(error) : resolve(bytes))),
  );
}

/** Undefined: the box has gone. */
async function readExactly(bytes: number): Promise<Uint8Array | undefined> {
  const into = new Uint8Array(bytes);
  for (let at = 0; at < bytes; ) {
    const some = await readSome(into, at);
    if (some === 0) return undefined;
    at += some;
  }
  return into;
}

export async function run(plugin: Record<string, unknown>, { wordsOf, begin }: MainParts): Promise<number> {
  const waiting: string[] = [];
  let dropped = 0;
  let loaded = () => {};
  let handling = new Promise<void>((resolve) => {
    loaded = resolve;
  });

  const ask = (name: keyof MainPart, ...given: unknown[]) => {
    const method = plugin[name];
    return typeof method === "function" ? method(...given) : undefined;
  };
  const tell = (error: unknown) => console.error(error instanceof Error ? (error.stack ?? String(error)) : error);

  async function handleNext(): Promise<void> {
    const body = waiting.shift();
    if (body === undefined) return;
    const event = JSON.parse(body) as BoxEvent;
    event.lost = (event.lost ?? 0) + dropped;
    dropped = 0;
    const own = [...(handlers.get(event.type) ?? []), ...(handlers.get("*") ?? [])];
    for (const handler of own.length > 0 ? own : [(it: BoxEvent) => ask("on_event", it)])
      try {
        await handler(event);
      } catch (error) {
        tell(error);
      }
  }

  async function serve(number: string, name: string, body: string): Promise<void> {
    try {
      const service = services.get(name);
      if (!service) throw new ServiceError(`it registers no service("${name}", ...)`);
      const answer = written(await service(JSON.parse(body)));
      say(`answer ${number} ok`, answer);
    } catch (error) {
      if (!(error instanceof ServiceError)) tell(error);
      say(`answer ${number} error`, wordsOf(error).slice(0, 4096));
    }
  }

  /** Whether it goes on. */
  function take(text: string): boolean {
    const end = text.indexOf("\n");
    const [verb, first = "", second = ""] = text.slice(0, end).split(" ");
    const body = text.slice(end + 1);
    if (verb === "unload") return false;
    if (verb === "ping") say("pong");
    else if (verb === "request") serve(first, second, body);
    else if (verb === "answer") {
      const call = calls.get(Number(first));
      calls.delete(Number(first));
      if (second === "ok") call?.resolve(JSON.parse(body));
      else call?.reject(new ServiceError(body));
    } else if (verb === "event") {
      waiting.push(body);
      if (waiting.length > MOST_WAITING) {
        waiting.shift();
        dropped++;
      }
      handling = handling.then(handleNext);
    }
    return true;
  }

  async function listen(): Promise<void> {
    for (;;) {
      const head = await readExactly(HEAD_BYTES);
      const [kind, bytes = 0] = head ? new Uint32Array(head.buffer) : [0];
      const text = head && kind === TEXT ? await readExactly(bytes) : undefined;
      if (!text || !take(decoder.decode(text))) return;
    }
  }

  const context = begin();
  if (context === undefined) return 1;
  const [said, listening] = [early ?? [], listen()]; // on_load may call services
  early = undefined;
  for (const message of said) write(message);
  try {
    await ask("on_load", JSON.parse(context));
  } catch (error) {
    tell(error);
    say("failed", wordsOf(error));
    return 1;
  }
  say("loaded");
  loaded();
  await listening;
  await ask("on_unload");
  return 0;
}
