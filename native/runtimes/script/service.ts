// SPDX-License-Identifier: Apache-2.0
//
// The stages of a plugin that has a server: each instance is one gRPC call, which blocks go through one after the other
// (plugins/proto/stage.proto). adapter.ts runs them as it runs any that await something; no code of the plugin is in this
// process, and nothing that the server sends is believed.
import { existsSync, readFileSync } from "node:fs";
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from "node:http2";
import { connect as connectSocket } from "node:net";
import { join } from "node:path";
import * as wire from "stagebox:wire";
import type { Block, Format, Port, Stage } from "stagebox";

/** How long the server may take, in ms: for one that hangs the engine would end this process after a second. */
const PATIENCE_MS = { describe: 3000, open: 5000, block: 800 };
const RECONNECT_MS = { first: 100, most: 5000 };
const AFTER_MS = 5;
/** Of gRPC's codes, those that say what to do. */
const [INVALID, UNIMPLEMENTED, UNAUTHENTICATED] = [3, 12, 16];
/** Beside samples. */
const MOST_WORDS_BYTES = 1 << 20;
const MOST_BLOCK_WORDS_BYTES = 1 << 14;

export interface ServiceTask {
  address: string;
  /** Holds `token` and `ca.pem`, if there are any. */
  data: string;
  stages: readonly { type: string; output: Port }[];
  tell(words: string): void;
}

type Params = Record<string, unknown>;

/** There is no answer, which is nobody's mistake here: the block goes without, and the log tells why once. */
export class Away extends Error {}

/** A class for each stage. Throws Error in words if the server is not there, or is another one. */
export async function connectStages(task: ServiceTask): Promise<Record<string, unknown>> {
  const server = new Server(task);
  const types = wire.readTypes(await server.ask("Describe"));
  const missing = task.stages.filter(({ type }) => !types.includes(type)).map(({ type }) => type);
  if (missing.length > 0)
    throw new Error(
      `${task.address} has no stage ${missing.join(", ")}; it has ${types.slice(0, 20).join(", ") || "none"}`,
    );
  return Object.fromEntries(
    task.stages.map((stage) => [
      stage.type,
      class extends RemoteStage {
        constructor(params: Params, format: Format) {
          super(server, task, stage, params, format);
        }
      },
    ]),
  );
}

// ---- the connection ----

class Server {
  readonly #address: string;
  readonly #headers: Record<string, string>;
  readonly #ca: Buffer | undefined;
  #session: ClientHttp2Session | undefined;
  #problem: string | undefined;

  constructor({ address, data }: ServiceTask) {
    const kept = (name: string) => (data && existsSync(join(data, name)) ? readFileSync(join(data, name)) : undefined);
    const token = kept("token")?.toString().trim();
    this.#address = address;
    this.#ca = kept("ca.pem");
    this.#headers = {
      ...{ ":method": "POST", "content-type": "application/grpc", te: "trailers", "user-agent": "stagebox" },
      ...(token && { authorization: `Bearer ${token}` }),
    };
  }

  /** The answer of a method that takes an empty message. */
  async ask(method: string): Promise<Uint8Array> {
    const call = this.call(method, MOST_WORDS_BYTES);
    try {
      call.send(wire.framed([]));
      return await call.next(PATIENCE_MS.describe);
    } finally {
      call.end();
    }
  }

  call(method: string, most: number): Call {
    const stream = this.#connected().request({ ...this.#headers, ":path": `/stagebox.stage.v1.Stage/${method}` });
    return new Call(stream, most, (words) => `${this.#address} ${this.#problem ?? words}`);
  }

  /** The next call begins with a new connection. */
  drop(): void {
    this.#session?.destroy();
    this.#session = undefined;
  }

  #connected(): ClientHttp2Session {
    if (this.#session && !this.#session.closed && !this.#session.destroyed) return this.#session;
    const isLocal = this.#address.startsWith("unix:");
    const path = this.#address.slice("unix:".length);
    this.#problem = undefined;
    const session = connect(isLocal ? "http://localhost" : this.#address, {
      ...(isLocal && { createConnection: () => connectSocket(path) }),
      ...(this.#ca && { ca: this.#ca }),
    });
    session.on("error", (error) => {
      if (session === this.#session) this.#problem = systemWords(error);
    });
    this.#session = session;
    return session;
  }
}

function systemWords(error: NodeJS.ErrnoException): string {
  const known: Record<string, string> = {
    ECONNREFUSED: "refuses the connection: nothing listens there, so start the server",
    ENOENT: "is not there: start the server",
    EACCES: "may not be connected to by the plugin's user: change the socket's mode",
    EPERM: "may not be connected to: only the address that is granted may",
    ECONNRESET: "has broken the connection off",
    ENOTFOUND: "is on a machine that nobody knows: check the name",
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: "has a certificate of nobody known: put its ca.pem into the plugin's data folder",
    SELF_SIGNED_CERT_IN_CHAIN: "has a certificate of nobody known: put its ca.pem into the plugin's data folder",
    DEPTH_ZERO_SELF_SIGNED_CERT: "has a certificate of nobody known: put it into the plugin's data folder, as ca.pem",
  };
  return known[error.code ?? ""] ?? `cannot be reached: ${plain(error.message)}`;
}

/** On one line, and no longer than a line. */
const plain = (words: string) => words.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").slice(0, 300);

interface Waiting {
  resolve(message: Uint8Array): void;
  reject(error: Error): void;
}

/** One call of gRPC, to and fro, each message awaited. */
class Call {
  #messages: Uint8Array[] = [];
  #waiting: Waiting | undefined;
  #failure: Error | undefined;
  readonly #unframing: wire.Unframing;

  constructor(
    readonly stream: ClientHttp2Stream,
    most: number,
    /** What went wrong, with the server's address. */
    readonly words: (what: string) => string,
  ) {
    this.#unframing = new wire.Unframing(most);
    stream.on("response", (headers) => {
      if ("grpc-status" in headers) this.#finish(headers);
      else if (headers[":status"] !== 200) this.#away(`answers with HTTP ${headers[":status"]}: it speaks no gRPC`);
    });
    stream.on("data", (piece: Uint8Array) => this.#take(piece));
    stream.on("trailers", (headers) => this.#finish(headers));
    // What broke the connection is told by the session, maybe after this.
    const later = (what: string) => setTimeout(() => this.#away(what), AFTER_MS);
    stream.on("error", (error) => later(`has broken the call off: ${plain(error.message)}`));
    stream.on("close", () => later("has ended the call"));
  }

  send(message: Uint8Array): void {
    if (!this.#failure) this.stream.write(message);
  }

  /** The next message. Throws Away if there is none, and TypeError for what can be none. */
  next(patience_ms: number): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      const message = this.#messages.shift();
      if (message) return resolve(message);
      if (this.#failure) return reject(this.#failure);
      const timer = setTimeout(() => this.#away(`does not answer within ${patience_ms / 1000} s`), patience_ms);
      this.#waiting = {
        resolve: (message) => {
          clearTimeout(timer);
          resolve(message);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
    });
  }

  /** Beside what is awaited nothing may come. */
  get hasMore(): boolean {
    return this.#messages.length > 0;
  }

  setMost(bytes: number): void {
    this.#unframing.most = bytes;
  }

  end(): void {
    this.#fail(new Away("ended"));
  }

  #take(piece: Uint8Array): void {
    if (this.#failure) return;
    try {
      for (const message of this.#unframing.take(piece)) {
        const waiting = this.#waiting;
        this.#waiting = undefined;
        if (waiting) waiting.resolve(message);
        else if (this.#messages.push(message) > 1) throw new TypeError("was not asked for");
      }
    } catch (error) {
      this.#fail(new TypeError(this.words(`sends a message that ${(error as Error).message}`)));
    }
  }

  /** As gRPC ends a call: with a status, and words if it is no success. */
  #finish(headers: Record<string, unknown>): void {
    const status = Number(headers["grpc-status"]);
    const said = plain(decoded(String(headers["grpc-message"] ?? "")));
    if (status === INVALID && said) this.#fail(new Error(said));
    else if (status === UNIMPLEMENTED) this.#away(`is no server of stages: ${said || "unimplemented"}`);
    else if (status === UNAUTHENTICATED) this.#away(`wants another token: ${said || "unauthenticated"}`);
    else this.#away(status === 0 ? "has ended the call" : `has ended the call with status ${status}: ${said}`);
  }

  #away(what: string): void {
    this.#fail(new Away(this.words(what)));
  }

  #fail(error: Error): void {
    if (this.#failure) return;
    this.#failure = error;
    this.#waiting?.reject(error);
    this.#waiting = undefined;
    this.stream.close(constants.NGHTTP2_CANCEL);
  }
}

function decoded(words: string): string {
  try {
    return decodeURIComponent(words);
  } catch {
    return words;
  }
}

// ---- one instance ----

class RemoteStage implements Stage {
  output: Format;
  #latency_s = 0;
  #call: Call | undefined;
  #isClosed = false;
  /** From when on it can never be right again. */
  #problem: Error | undefined;
  readonly #usual: Format;
  readonly #width: number;

  constructor(
    readonly server: Server,
    readonly task: ServiceTask,
    readonly stage: { type: string; output: Port },
    readonly params: Params,
    readonly input: Format,
  ) {
    const isOther = stage.output !== input.port;
    this.#usual = { ...input, port: stage.output, ...(isOther && { values: [], bins: 0, bin_hz: 0 }) };
    this.output = this.#usual;
    this.#width = widthOf(input);
  }

  get latency_s(): number {
    return this.#latency_s;
  }

  async open(): Promise<void> {
    const { call, format, latency_s } = await this.#opened();
    [this.#call, this.output, this.#latency_s] = [call, format, latency_s];
  }

  close(): void {
    this.#isClosed = true;
    this.#call?.end();
    this.#call = undefined;
  }

  set(name: string, value: unknown): void {
    this.params[name] = value;
    this.#call?.send(wire.change(name, value));
  }

  async process(samples: Float32Array, block: Block): Promise<Float32Array> {
    if (this.#problem) throw this.#problem;
    const call = this.#call;
    if (!call) throw new Away();
    try {
      return await this.#exchange(call, samples, block);
    } catch (error) {
      this.#lose(call, error as Error);
      throw error;
    }
  }

  async #exchange(call: Call, samples: Float32Array, block: Block): Promise<Float32Array> {
    if (call.hasMore) throw new TypeError(call.words("sends a block that was not asked for"));
    const { sequence, first_frame, time_ns, lost_before, events } = block;
    const rows = rowsOf(samples, block.stride, this.#width);
    call.send(wire.block({ sequence, first_frame, time_ns, lost_before, events, samples: rows }));
    const { block: answer } = this.#read(call, await call.next(PATIENCE_MS.block));
    if (!answer) throw new TypeError(call.words("answers a block with something else"));
    if (answer.samples.length % 4 !== 0)
      throw new TypeError(call.words(`answers with ${answer.samples.length} bytes, which are no float32`));
    if (answer.time_ns !== undefined) block.time_ns = answer.time_ns;
    for (const { frame, label, duration_s } of answer.events) block.addEvent(frame, label, duration_s);
    const made = new Float32Array(answer.samples.length / 4);
    new Uint8Array(made.buffer).set(answer.samples);
    return made;
  }

  /** Of the first answer, or of one after a new connection: then it has to be what it was. */
  async #opened(): Promise<{ call: Call; format: Format; latency_s: number }> {
    const call = this.server.call("Run", MOST_WORDS_BYTES);
    try {
      call.send(wire.open(this.stage.type, this.params, this.input, this.#usual));
      const { opened } = this.#read(call, await call.next(PATIENCE_MS.open));
      if (!opened) throw new TypeError(call.words("answers Open with something else"));
      const format = { ...this.#usual, ...said(opened.format ?? {}) };
      const { port } = format;
      if (port !== this.stage.output)
        throw new TypeError(call.words(`puts out ${port}, where plugin.toml has ${this.stage.output}`));
      if (!(format.rate_hz >= 0 && format.rate_hz < Number.POSITIVE_INFINITY))
        throw new TypeError(call.words(`puts out ${format.rate_hz} frames per second`));
      if ((port === "features" && format.values.length === 0) || (port === "spectrum" && format.bins === 0))
        throw new TypeError(call.words(`puts out ${port}, and does not say which: Opened needs a format`));
      call.setMost(4 * widthOf(format) * format.max_frames + MOST_BLOCK_WORDS_BYTES);
      return { call, format, latency_s: opened.latency_s };
    } catch (error) {
      call.end();
      this.server.drop();
      throw error;
    }
  }

  #read(call: Call, message: Uint8Array): wire.WireReply {
    try {
      return wire.readReply(message);
    } catch (error) {
      throw new TypeError(call.words(`sends what ${(error as Error).message}`));
    }
  }

  #lose(call: Call, error: Error): void {
    if (this.#call !== call) return;
    this.#call = undefined;
    call.end();
    this.server.drop();
    this.task.tell(`${error.message}; until it is there again, the late policy stands in`);
    void this.#reconnect();
  }

  async #reconnect(): Promise<void> {
    for (let wait_ms = RECONNECT_MS.first; !this.#isClosed; wait_ms = Math.min(2 * wait_ms, RECONNECT_MS.most)) {
      await Bun.sleep(wait_ms);
      try {
        const { call, format } = await this.#opened();
        if (this.#isClosed) return call.end();
        if (!Bun.deepEquals(format, this.output))
          this.#problem = new TypeError(call.words("puts out another format than before"));
        this.#call = call;
        return this.task.tell(call.words("is there again"));
      } catch (error) {
        if (!(error instanceof Away)) this.task.tell((error as Error).message);
      }
    }
  }
}

/** What a format that came says; what is usual in a message says nothing. */
const said = (format: Partial<Format>): Partial<Format> =>
  Object.fromEntries(
    Object.entries(format).filter(([, value]) =>
      Array.isArray(value) ? value.length > 0 : !["none", "", 0].includes(value),
    ),
  );

const widthOf = ({ channels, values, bins }: Format) => channels.length * (values.length || bins || 1);

/** Without the room between them; a view where there is none. */
function rowsOf(samples: Float32Array, stride: number, width: number): Uint8Array {
  if (stride === width) return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  const rows = new Float32Array((samples.length / stride) * width);
  for (let row = 0; row * width < rows.length; row++)
    rows.set(samples.subarray(row * stride, row * stride + width), row * width);
  return new Uint8Array(rows.buffer);
}
