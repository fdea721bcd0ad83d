// SPDX-License-Identifier: Apache-2.0
//
// Stands between the engine's blocks and a plugin's TypeScript: finds the code of each class that plugin.toml declares,
// hands it blocks as arrays that lie where the blocks lie, and takes care of what it throws. Runs in the plugin's own
// process, in the sandbox, where script.c calls it; it is one file, since it comes out of a library and not of a folder.
import { CString, dlopen, JSCallback, type Pointer, read, toArrayBuffer } from "bun:ffi";
import { writeSync } from "node:fs";
import { basename, dirname } from "node:path";
import { formatWithOptions } from "node:util";
import type { Block as BlockSeen, Format, Output, Source, Stage, StageEvent, StageFunction } from "stagebox";

const { symbols: host } = dlopen("/proc/self/fd/4", {
  sb_script_open: { args: ["cstring", "cstring", "cstring"], returns: "cstring" },
  sb_script_tell: { returns: "cstring" },
  sb_script_where: { returns: "ptr" },
  sb_script_broken: { returns: "void" },
  sb_script_fail: { args: ["cstring"], returns: "void" },
  sb_script_put_format: { args: ["ptr", "u32"], returns: "void" },
  sb_script_serve: { args: ["ptr", "ptr", "cstring"], returns: "i32" },
  sb_script_sdk: { returns: "cstring" },
  sb_script_main: { returns: "cstring" },
  sb_script_begin: { args: ["cstring"], returns: "cstring" },
  sb_script_serve_across: { args: ["ptr", "ptr", "cstring"], returns: "i32" },
  sb_script_where_crossing: { returns: "ptr" },
  sb_script_answer: { args: ["f64"], returns: "void" },
  sb_script_service: { returns: "cstring" },
  sb_script_wire: { returns: "cstring" },
});

const [OK, END, AGAIN, INVALID, CRASHED, LATE] = [0, 1, 2, -1, -9, -10]; // stagebox/status.h
const [EXIT_MEMORY, EXIT_FAILURES] = [112, 113]; // engine/isolated/process.h
const PORTS = ["none", "signal", "spectrum", "features"] as const;
const [STATE, LATENCY, SELF_PACED] = [1, 2, 4]; // classes.h
const MOST_EVENTS = 64;
const MOST_VIEWS = 4096;
const MOST_AT_ONCE = 1 << 16; // characters of a log: it holds no more
const LABEL_BYTES = 56;
const EVENT_BYTES = 8 + LABEL_BYTES;

/** Where the fields of struct sb_block stand (stagebox/block.h), and how long it is. */
const AT = { flags: 4, sequence: 8, first_frame: 16, time_ns: 24, rate_hz: 32, frames: 40, lost_before: 56 };
const EVENT_COUNT = 60;
const DATA = { rows: 64, times: 72, events: 80 };
const BLOCK_BYTES = 88;
const GAP = 1;

/** What a failed block costs, what a good one earns, and how much is too much: five in a row, or one in nine for long. */
const [COST, EARNED, TOO_MUCH] = [8, 1, 40];
const TELL_EVERY_MS = 1000;

// ---- what a plugin is given: sdk/typescript/stagebox.ts says what that is ----

const text = new TextDecoder();
const bytesOf = new TextEncoder();
const inAt = host.sb_script_where() as unknown as number;
const outAt = inAt + BLOCK_BYTES;
const outBlock = new DataView(toArrayBuffer(outAt as Pointer, 0, BLOCK_BYTES));
const at = (address: number, offset: number) => [address as Pointer, offset] as const;

const EMPTY: Float32Array = new Float32Array();

class Block implements BlockSeen {
  params: Record<string, unknown> = {};
  out = EMPTY;
  stride = 0;
  out_stride = 0;
  frames = 0;

  get flags(): number {
    return read.u32(...at(inAt, AT.flags));
  }
  get gap(): boolean {
    return (this.flags & GAP) !== 0;
  }
  get sequence(): number {
    return Number(read.u64(...at(inAt, AT.sequence)));
  }
  get first_frame(): number {
    return Number(read.u64(...at(inAt, AT.first_frame)));
  }
  get rate_hz(): number {
    return read.f64(...at(inAt, AT.rate_hz));
  }
  get lost_before(): number {
    return read.u32(...at(inAt, AT.lost_before));
  }
  get time_ns(): bigint {
    return read.i64(...at(inAt, AT.time_ns));
  }
  set time_ns(time_ns: bigint) {
    outBlock.setBigInt64(AT.time_ns, time_ns, true);
  }
  get events(): StageEvent[] {
    return eventsOf(inAt);
  }

  timeOf(frame: number): bigint {
    return this.time_ns + BigInt(Math.round((frame * 1e9) / this.rate_hz));
  }

  addEvent(frame: number, label: string, duration_s = 0): boolean {
    const count = outBlock.getUint32(EVENT_COUNT, true);
    if (count >= MOST_EVENTS) return false;
    putEvent(count, { frame, label, duration_s });
    outBlock.setUint32(EVENT_COUNT, count + 1, true);
    return true;
  }

  setTimes(times_ns: readonly bigint[]): void {
    const place = read.ptr(...at(outAt, DATA.times)) as Pointer;
    if (!place) throw new TypeError("the output has a rate, so that its frames have no times of their own");
    new BigInt64Array(toArrayBuffer(place, 0, 8 * outBlock.getUint32(AT.frames, true))).set(times_ns);
  }
}

function eventsOf(block: number): StageEvent[] {
  const first = read.ptr(...at(block, DATA.events));
  return Array.from({ length: read.u32(...at(block, EVENT_COUNT)) }, (_, index) =>
    readEvent(first + index * EVENT_BYTES),
  );
}

function readEvent(address: number): StageEvent {
  const label = new Uint8Array(toArrayBuffer((address + 8) as Pointer, 0, LABEL_BYTES));
  return {
    frame: read.i32(...at(address, 0)),
    duration_s: read.f32(...at(address, 4)),
    label: text.decode(label.subarray(0, Math.max(0, label.indexOf(0)))),
  };
}

/** Into the block that goes out. */
function putEvent(index: number, { frame, label, duration_s }: StageEvent): void {
  const place = (read.ptr(...at(outAt, DATA.events)) + index * EVENT_BYTES) as Pointer;
  const event = new DataView(toArrayBuffer(place, 0, EVENT_BYTES));
  const label_bytes = new Uint8Array(event.buffer, 8, LABEL_BYTES).fill(0);
  event.setInt32(0, frame, true);
  event.setFloat32(4, duration_s, true);
  bytesOf.encodeInto(String(label).replaceAll("\0", ""), label_bytes.subarray(0, LABEL_BYTES - 1));
}

// ---- its log ----

/** A pipe that nobody may be reading: what has no room in it is lost, and nobody waits. */
class Log {
  #lost = 0; // bytes

  constructor(readonly file: number) {}

  write(words: string): void {
    let left = bytesOf.encode(words.slice(0, MOST_AT_ONCE));
    this.#lost += words.length - Math.min(words.length, MOST_AT_ONCE);
    try {
      if (this.#lost > 0) writeSync(this.file, `... ${this.#lost} bytes of output left out\n`);
      this.#lost = 0;
      while (left.length > 0) left = left.subarray(writeSync(this.file, left));
    } catch {
      this.#lost += left.length;
    }
  }
}

const log = new Log(2);
const tell = (...values: unknown[]) => log.write(`${formatWithOptions({ depth: 4 }, ...values)}\n`);
for (const name of ["log", "error", "warn", "info", "debug"] as const) console[name] = tell;

// ---- from a file to components ----

interface Declared {
  type: string;
  input: Format["port"];
  output: Format["port"];
  live: string[];
}

type StageObject = Partial<Stage & Source>;
type StageClass = (new (params: object, format: Format) => StageObject) & { self_paced?: boolean };

/** Between plugin.toml and the code. */
class Disagreement extends Error {}

const isAsync = (code: unknown) => Object.prototype.toString.call(code) === "[object AsyncFunction]";

const isClass = (code: unknown): code is StageClass =>
  typeof code === "function" && /^class\b/.test(Function.prototype.toString.call(code));

/** The code of a class that plugin.toml declares: a function, or a class with methods. */
class Component {
  readonly isSource: boolean;
  readonly verb: "read" | "process";
  readonly place: string;
  readonly name: string;
  readonly code: StageClass | StageFunction;

  constructor(
    module: Record<string, unknown>,
    readonly declared: Declared,
    isAlone: boolean,
  ) {
    this.isSource = declared.input === "none";
    this.verb = this.isSource ? "read" : "process";
    this.place = `[stages.${declared.type}] of plugin.toml`;
    this.name = this.#find(module, isAlone);
    this.code = module[this.name] as StageClass | StageFunction;
    if (isClass(this.code)) this.#check(this.code);
    else if (this.isSource)
      throw new Disagreement(`${this.place} is a source, and ${this.name} no class, which could say what will come`);
  }

  #find(module: Record<string, unknown>, isAlone: boolean): string {
    const { type } = this.declared;
    const camel = type.replace(/(?:^|_)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
    const names = [...new Set([type, camel, ...(isAlone ? [this.verb, "default"] : [])])];
    const found = names.find((it) => typeof module[it] === "function");
    if (found !== undefined) return found;
    const lacks = `${basename(file)} exports no function or class ${names.join(" or ")}`;
    throw new Disagreement(`${this.place} is declared, and ${lacks}`);
  }

  #check({ prototype }: StageClass): void {
    const lacks = (method: keyof StageObject) => typeof prototype[method] !== "function";
    if (lacks(this.verb)) throw new Disagreement(`class ${this.name} has no ${this.verb}, which ${this.place} needs`);
    if (lacks("save") !== lacks("load"))
      throw new Disagreement(`class ${this.name} has one of save and load; write both, or none`);
  }

  /** It may await something before it has answered. */
  get awaits(): boolean {
    if (!isClass(this.code)) return isAsync(this.code);
    const { process, read, open } = this.code.prototype as StageObject;
    return [process, read, open].some(isAsync);
  }

  get traits(): number {
    if (!isClass(this.code)) return 0;
    const { prototype, self_paced } = this.code;
    return (prototype.save ? STATE : 0) | ("latency_s" in prototype ? LATENCY : 0) | (self_paced ? SELF_PACED : 0);
  }
}

// ---- one instance ----

/** Made by create, brought to life by activate: so that one that is activated again begins anew. */
class Instance {
  readonly #block = new Block();
  readonly #views = new Map<number, Float32Array>();
  readonly #failures: Failures;
  readonly #awaits: boolean;
  #params: Record<string, unknown>;
  #object: StageObject = {};
  #output: Format | undefined;
  #in = { width: 0, stride: 0 };
  #out = { width: 0, stride: 0 };
  #samples = EMPTY;
  #room = EMPTY;
  /** As many frames go out as come in, at the same times. */
  #isFrameByFrame = false;
  /** Events that wait for a frame, by their time. */
  #held: (StageEvent & { time_ns: number })[] = [];
  #stateBytes = 0;

  constructor(
    readonly component: Component,
    params: Record<string, unknown>,
  ) {
    this.#params = params;
    this.#failures = new Failures(component.declared.type);
    this.#awaits = component.awaits;
  }

  activate(formats: Formats): void | Promise<void> {
    const agree = this.#make(formats);
    return this.#awaits ? this.#opened().then(agree) : agree();
  }

  async #opened(): Promise<void> {
    await this.#object.open?.();
  }

  /** Makes the object; returns what is to be done when it is ready. */
  #make({ input: told, output: { port, max_frames } }: Formats): () => void {
    const { code } = this.component;
    const input = told ? formatOf(told) : undefined;
    const given = input ?? { ...NOTHING, port, max_frames };
    const usual: Format = { ...given, port, ...(port !== given.port && { values: [], bins: 0, bin_hz: 0 }) };
    const params = { ...this.#params };
    this.#object = isClass(code) ? new code(params, structuredClone(given)) : { process: code };
    this.#held = [];
    if (Object.hasOwn(this.#object, "latency_s"))
      throw new Disagreement(`class ${this.component.name} has a field latency_s; write get latency_s() { ... }`);
    return () => this.#agree(input, usual, params);
  }

  #agree(input: Format | undefined, usual: Format, params: object): void {
    const { traits } = this.component;
    const { port } = usual;
    this.#output = port === "none" ? undefined : this.#agreed({ ...usual, ...this.#object.output, port });
    this.#isFrameByFrame = input !== undefined && input.rate_hz > 0 && input.rate_hz === this.#output?.rate_hz;
    this.#in = input ? layout(input) : { width: 0, stride: 0 };
    this.#out = this.#output ? layout(this.#output) : { width: 0, stride: 0 };
    Object.assign(this.#block, { params, stride: this.#in.stride, out_stride: this.#out.stride });
    this.#stateBytes = traits & STATE ? this.#saved().byteLength : 0;
    if (this.#output) putFormat(this.#output);
  }

  /** What the code says of its output, if that can be. */
  #agreed(output: Format): Format {
    const { place, name } = this.component;
    const { port, channels, values, bins, rate_hz } = output;
    const needs = ({ features: values, spectrum: bins } as Record<string, unknown>)[port];
    if (needs !== undefined && !(Array.isArray(needs) ? needs.length : needs)) {
      const field = port === "spectrum" ? "bins" : "values";
      throw new Disagreement(`${place} puts out ${port}: set this.output = { ...format, ${field}: ... }`);
    }
    const hasNames = [channels, values].every(
      (it) => Array.isArray(it) && it.every((word) => typeof word === "string"),
    );
    if (!hasNames || channels.length === 0 || !(rate_hz >= 0) || (this.component.isSource && rate_hz === 0))
      throw new Disagreement(
        `class ${name} must say what comes: this.output = { ...format, rate_hz, channels: [...] }`,
      );
    return { ...output, ...(port !== "features" && { values: [] }), ...(port !== "spectrum" && { bins: 0 }) };
  }

  /** Of a source as sb_source_class.read, of others as sb_stage_class.process. */
  run(): number | Promise<number> {
    if (this.#awaits) return this.#runAwaiting();
    try {
      return this.#take(this.#call());
    } catch (error) {
      return this.#miss(error);
    }
  }

  async #runAwaiting(): Promise<number> {
    try {
      return this.#take(await this.#call());
    } catch (error) {
      return this.#miss(error);
    }
  }

  #miss(error: unknown): number {
    if (Away !== undefined && error instanceof Away) return LATE;
    this.#failures.count(error);
    return this.component.isSource ? AGAIN : CRASHED;
  }

  #call(): unknown {
    if (this.component.isSource) return this.#object.read?.(this.#open(read.u32(...at(outAt, AT.frames))), this.#block);
    const frames = this.#open(read.u32(...at(inAt, AT.frames)), this.#output?.max_frames ?? 0);
    this.#samples = this.#rows(inAt, this.#in.stride * frames);
    return this.#object.process?.(this.#samples, this.#block);
  }

  #take(result: unknown): number {
    const status = this.component.isSource
      ? this.#takeRead(result as Output | null | undefined)
      : this.#takeProcessed(result as Output | undefined);
    this.#failures.forgive();
    return status;
  }

  #takeProcessed(result: Output | undefined): number {
    if (this.#out.width === 0) return OK;
    const count = this.#put(result ?? (this.#isFrameByFrame ? this.#room : EMPTY), this.#isFrameByFrame);
    if (!this.#isFrameByFrame) this.#placeEvents(count);
    return OK;
  }

  #takeRead(result: Output | null | undefined): number {
    if (result === undefined) return AGAIN;
    if (result === null) return END;
    this.#put(result, false);
    return OK;
  }

  /** The block that is handed to the code; what that did to the one before does not matter. */
  #open(frames: number, room = frames): number {
    const most = this.#isFrameByFrame ? frames : room;
    if (this.#out.width > 0) this.#room = this.#rows(outAt, this.#out.stride * most);
    const block = this.#block;
    block.frames = frames;
    block.out = this.#room;
    block.params = this.#params;
    return frames;
  }

  /** The memory itself, no copy. Blocks come by the same places again and again. */
  #rows(block: number, length: number): Float32Array {
    const address = read.ptr(...at(block, DATA.rows));
    let view = this.#views.get(address);
    if (!view || view.length < length) {
      if (this.#views.size > MOST_VIEWS) this.#views.clear();
      view = new Float32Array(toArrayBuffer(address as Pointer, 0, 4 * length));
      this.#views.set(address, view);
    }
    return view.length === length ? view : view.subarray(0, length);
  }

  /** Rows as they are in a block, or, of the code's own, without the room between them; returns how many. */
  #put(rows: Output, isWhole: boolean): number {
    const room = this.#room;
    const { width, stride } = this.#out;
    const most = room.length / stride;
    if (!(rows instanceof Float32Array)) throw new TypeError(`${this.#name} returns ${nameOf(rows)}, no Float32Array`);
    const isBlock = rows.buffer === room.buffer || rows.buffer === this.#samples.buffer;
    const isPadded = isBlock || (isWhole && rows.length === room.length);
    const frames = rows.length / (isPadded ? stride : width);
    if (!(isWhole && frames > 0 ? frames === most : Number.isInteger(frames) && frames <= most)) {
      const wanted = `${isWhole ? "" : "at most "}${most} rows of ${width}`;
      throw new TypeError(`${this.#name} returns ${rows.length} values, not ${wanted}`);
    }
    if (!isPadded)
      for (let frame = 0; frame < frames; frame++)
        room.set(rows.subarray(frame * width, (frame + 1) * width), frame * stride);
    else if (rows.buffer !== room.buffer || rows.byteOffset !== room.byteOffset) room.set(rows);
    outBlock.setUint32(AT.frames, frames, true);
    return frames;
  }

  get #name(): string {
    return isClass(this.component.code) ? `${this.component.name}.${this.component.verb}` : this.component.name;
  }

  /** Where other frames go out than came in: each event at its time, once there is a frame to put it on. */
  #placeEvents(count: number): void {
    const came = outBlock.getUint32(EVENT_COUNT, true);
    if (came === 0 && this.#held.length === 0) return;
    const { time_ns, rate_hz } = this.#block;
    const began = Number(time_ns);
    const shift = (frame: number) => (rate_hz > 0 ? (frame * 1e9) / rate_hz : 0);
    const events = eventsOf(outAt).slice(0, came);
    const waiting = [...this.#held, ...events.map((it) => ({ ...it, time_ns: began + shift(it.frame) }))];
    const first = Number(outBlock.getBigInt64(AT.time_ns, true));
    const frameOf = (at_ns: number) => Math.floor(((at_ns - first) * (this.#output?.rate_hz ?? 0)) / 1e9 + 1e-6);
    const hasFrame = (it: { time_ns: number }) => count > 0 && frameOf(it.time_ns) < count;
    this.#held = waiting.filter((it) => !hasFrame(it)).slice(0, MOST_EVENTS);
    const placed = waiting.filter(hasFrame).slice(0, MOST_EVENTS);
    for (const [index, event] of placed.entries()) putEvent(index, { ...event, frame: frameOf(event.time_ns) });
    outBlock.setUint32(EVENT_COUNT, placed.length, true);
  }

  set([name, value]: [string, unknown]): void {
    try {
      this.#params = { ...this.#params, [name]: value };
      this.#object.set?.(name, value);
    } catch (error) {
      this.#failures.count(error);
    }
  }

  deactivate(): void {
    try {
      this.#object.close?.();
    } catch (error) {
      this.#failures.count(error);
    }
    this.#object = {};
    this.#views.clear();
  }

  get state_bytes(): number {
    return this.#stateBytes;
  }

  save(to: Uint8Array): number {
    try {
      const state = this.#saved();
      if (state.byteLength !== to.length) {
        const now = `${this.component.name}.save gives ${state.byteLength} bytes`;
        throw new TypeError(`${now}, and gave ${to.length} at first`);
      }
      to.set(state);
      return OK;
    } catch (error) {
      this.#failures.count(error);
      return CRASHED;
    }
  }

  load(bytes: Uint8Array): number | Promise<number> {
    if (bytes.length !== this.#stateBytes) return INVALID;
    return guarded(() => this.#object.load?.(bytes.slice()), false);
  }

  get latency_s(): number {
    try {
      return Number(this.#object.latency_s);
    } catch (error) {
      this.#failures.count(error);
      return 0;
    }
  }

  #saved(): Uint8Array {
    const state = this.#object.save?.();
    if (!ArrayBuffer.isView(state))
      throw new TypeError(`${this.component.name}.save gives ${nameOf(state)}, no typed array`);
    return new Uint8Array(state.buffer, state.byteOffset, state.byteLength);
  }
}

// ---- what it throws ----

/** An exception costs its block. */
class Failures {
  #score = 0;
  #toldAt = Number.NEGATIVE_INFINITY;
  #untold = 0;

  constructor(readonly type: string) {}

  forgive(): void {
    if (this.#score > 0) this.#score -= EARNED;
  }

  count(error: unknown): void {
    host.sb_script_fail(cstring(wordsOf(error)));
    const now = performance.now();
    if (now - this.#toldAt >= TELL_EVERY_MS) {
      if (this.#untold > 0) tell(`${this.type}: ${this.#untold} more exceptions since`);
      tell(traceOf(error));
      this.#toldAt = now;
      this.#untold = 0;
    } else this.#untold++;
    this.#score += COST;
    if (this.#score < TOO_MUCH) return;
    tell(`${this.type}: an exception in block after block, so its process ends`);
    process.exit(/^RangeError: Out of memory/i.test(wordsOf(error)) ? EXIT_MEMORY : EXIT_FAILURES);
  }
}

const cstring = (words: string) => Buffer.from(`${words.replaceAll("\0", "")}\0`);

/** Where in the plugin's own files; whatever was thrown, nothing is thrown here. */
function ownLines(error: unknown): string[] {
  try {
    const { stack } = error as Error;
    return String(stack)
      .split("\n")
      .filter((line) => /^\s+at /.test(line) && line.includes(`${dirname(file)}/`));
  } catch {
    return [];
  }
}

/** RangeError: out of range (stage.ts:7) */
function wordsOf(error: unknown): string {
  const [, name, line] = /([^/]+):(\d+):\d+\)?$/.exec(ownLines(error)[0] ?? "") ?? [];
  return shown(error) + (name === undefined ? "" : ` (${name}:${line})`);
}

const traceOf = (error: unknown) => [shown(error), ...ownLines(error)].join("\n");

function shown(error: unknown): string {
  try {
    return String(error instanceof Error ? error : `threw ${formatWithOptions({}, error)}`).slice(0, 800);
  } catch {
    return "threw something that has no words";
  }
}

/** In words of this file's, or its author's if it is one of `kinds`; undefined: it is a mistake in the code. */
function refusalOf(error: unknown, ...kinds: unknown[]): string | undefined {
  try {
    const isMeant = [Disagreement.prototype, ...kinds].includes(Object.getPrototypeOf(error));
    return isMeant ? String((error as Error).message).slice(0, 800) : undefined;
  } catch {
    return undefined;
  }
}

function nameOf(value: unknown): string {
  const isThing = typeof value === "object" && value !== null;
  return isThing ? `a ${Object.getPrototypeOf(value)?.constructor?.name ?? "thing"}` : `${value}`;
}

// ---- formats ----

interface ToldFormat extends Omit<Format, "bins"> {
  value_count: number;
}
interface Formats {
  input: ToldFormat | null;
  output: Pick<Format, "port" | "max_frames">;
}

const NOTHING: Format = {
  ...{ port: "signal", rate_hz: 0, channels: [], values: [], bins: 0, bin_hz: 0, max_frames: 0, unit: "1" },
};

function formatOf({ value_count, ...told }: ToldFormat): Format {
  return { ...told, bins: told.port === "spectrum" ? value_count : 0 };
}

function layout({ channels, values, bins }: Format): { width: number; stride: number } {
  const width = channels.length * (values.length || bins || 1);
  return { width, stride: (width + 7) & ~7 };
}

/** As engine/isolated/pack.h has it. */
function putFormat({ port, rate_hz, channels, values, bins, max_frames, bin_hz, unit }: Format): void {
  const u32 = (number: number) => new Uint8Array(Uint32Array.of(number).buffer);
  const f64 = (number: number) => new Uint8Array(Float64Array.of(number).buffer);
  const word = (words: string) => {
    const bytes = bytesOf.encode(String(words).replaceAll("\0", ""));
    return [u32(bytes.length), bytes, new Uint8Array(1)];
  };
  const list = (words: readonly string[]) => [u32(Number(words.length > 0)), ...words.flatMap(word)];
  const packed = Buffer.concat([
    ...[u32(PORTS.indexOf(port)), f64(rate_hz), u32(channels.length), u32(values.length || bins || 1)],
    ...[u32(max_frames), f64(bin_hz), ...word(unit), ...list(channels), ...list(values)],
  ]);
  host.sb_script_put_format(packed, packed.length);
}

// ---- the calls of script.c ----

/** What fails before there is anything to compute is said in full, unless it is a refusal. */
function guarded(act: () => void | Promise<void>, isTold = true): number | Promise<number> {
  const refuse = (error: unknown) => {
    const refusal = refusalOf(error, Error.prototype, Away?.prototype);
    if (isTold && refusal === undefined) tell(traceOf(error));
    host.sb_script_fail(cstring(refusal ?? wordsOf(error)));
    return INVALID;
  };
  try {
    return act()?.then(() => OK, refuse) ?? OK;
  } catch (error) {
    return refuse(error);
  }
}

const json = (address: number) => JSON.parse(String(new CString(address as Pointer)));
const memory = (address: number, bytes: number) =>
  bytes === 0 ? new Uint8Array() : new Uint8Array(toArrayBuffer(address as Pointer, 0, bytes));

interface Call {
  args: ("u32" | "ptr")[];
  returns: "i32" | "u32" | "f64" | "void";
  failed: number;
  act: (a: number, b: number, c: number) => unknown;
}

/** Nothing is thrown into script.c, not even if the plugin has broken what this file is made of. */
function callback({ args, returns, failed, act }: Call): JSCallback {
  const call = (a: number, b: number, c: number) => {
    try {
      return act(a, b, c);
    } catch {
      host.sb_script_broken();
      return failed;
    }
  };
  return new JSCallback(call, { args, returns });
}

/** In the order of sb_script_calls. */
function callsOf(components: readonly Component[]): Call[] {
  const instances = new Map<number, Instance>();
  const of = (number: number) => instances.get(number) as Instance;
  const create = (made: number, number: number, params: number) =>
    guarded(() => void instances.set(made, new Instance(components[number] as Component, json(params))));
  return [
    { args: ["u32", "u32", "ptr"], returns: "i32", failed: INVALID, act: create },
    {
      args: ["u32", "ptr"],
      returns: "i32",
      failed: INVALID,
      act: (it, formats) => guarded(() => of(it).activate(json(formats))),
    },
    { args: ["u32"], returns: "i32", failed: CRASHED, act: (it) => of(it).run() },
    { args: ["u32", "ptr"], returns: "void", failed: 0, act: (it, pair) => of(it).set(json(pair)) },
    { args: ["u32"], returns: "u32", failed: 0, act: (it) => of(it).state_bytes },
    {
      args: ["u32", "ptr", "u32"],
      returns: "i32",
      failed: CRASHED,
      act: (it, to, bytes) => of(it).save(memory(to, bytes)),
    },
    {
      args: ["u32", "ptr", "u32"],
      returns: "i32",
      failed: INVALID,
      act: (it, from, bytes) => of(it).load(memory(from, bytes)),
    },
    { args: ["u32"], returns: "f64", failed: 0, act: (it) => of(it).latency_s },
    { args: ["u32"], returns: "void", failed: 0, act: (it) => of(it).deactivate() },
    { args: ["u32"], returns: "void", failed: 0, act: (it) => void instances.delete(it) },
    { args: [], returns: "void", failed: 0, act: () => Bun.gc(false) },
  ];
}

/** For as long as the process lives. */
let held: JSCallback[] = [];

const traitsOf = (components: readonly Component[]) => Uint32Array.from([...components.map((it) => it.traits), 0]);

function serve(components: readonly Component[], problem: string): number {
  held = callsOf(components).map(callback);
  const table = BigUint64Array.from(held, ({ ptr }) => BigInt(ptr ?? 0));
  return host.sb_script_serve(traitsOf(components), table, cstring(problem));
}

/** The same where something is awaited: across.h. */
function serveAcross(components: readonly Component[], problem: string): number {
  const calls = callsOf(components);
  const crossing = host.sb_script_where_crossing() as Pointer;
  const number = (index: number) => read.f64(crossing, 8 * index);
  const answer = async () => {
    const { act, failed } = calls[number(0)] as Call;
    let result: unknown = failed;
    try {
      result = await act(number(1), number(2), number(3));
    } catch {
      host.sb_script_broken();
    }
    host.sb_script_answer(Number(result) || 0);
  };
  const wake = new JSCallback(() => void answer(), { returns: "void", threadsafe: true });
  held = [wake];
  setInterval(() => {}, 2 ** 30); // without anything else to wait for, JavaScript would end
  return host.sb_script_serve_across(traitsOf(components), wake.ptr, cstring(problem));
}

// ---- from here on it runs ----

const pieces: string[] = [];
for (let i = 0; process.env[`STAGEBOX_LINES_${i}`] !== undefined; i++)
  pieces.push(process.env[`STAGEBOX_LINES_${i}`] ?? "");
const variable = (name: string) => cstring(process.env[`STAGEBOX_${name}`] ?? "");
const told = String(host.sb_script_open(cstring(pieces.join("")), variable("PROTECTIONS"), variable("TRIAL")));
if (told === "") process.exit(1);
for (const name of Object.keys(process.env)) if (/^(STAGEBOX|BUN)_/.test(name)) delete process.env[name];
const { file, service, data, is_main, config, classes } = JSON.parse(told) as {
  file: string;
  service: string;
  data: string;
  is_main: boolean;
  config: object;
  classes: Declared[];
};

/** `stagebox`, and other parts of this file, which need each other and lie in no folder. */
const MODULES = {
  stagebox: host.sb_script_sdk,
  ...(is_main && { "stagebox:main": host.sb_script_main }),
  ...(service !== "" && { "stagebox:service": host.sb_script_service, "stagebox:wire": host.sb_script_wire }),
};
Bun.plugin({
  name: "stagebox",
  setup(build) {
    for (const [name, source] of Object.entries(MODULES))
      build.module(name, () => ({ loader: "ts", contents: String(source()) }));
  },
});
const notInAStage = () => {
  throw new Error("a stage only computes: subscribe, publish, call and watch in the plugin's [main]");
};
const { enter } = await import("stagebox");
const main: typeof import("./main.ts") | undefined = is_main ? await import("stagebox:main" as string) : undefined;
const offered = main?.offered ?? {
  ...{ subscribe: notInAStage, publish: notInAStage, call: notInAStage, service() {} },
  ...{ watch: notInAStage, unwatch: notInAStage },
};
enter({ config, data_folder: data || undefined, ...offered });

/** Of service.ts: what a block without an answer is thrown as. */
let Away: (new () => Error) | undefined;

/** The code of the classes: the plugin's, or its server's. */
async function load(): Promise<Record<string, unknown>> {
  if (service === "") return Promise.race([import(file), never()]);
  const remote: typeof import("./service.ts") = await import("stagebox:service");
  Away = remote.Away;
  const stages = classes.map(({ type, output }) => ({ type, output }));
  return remote.connectStages({ address: service, data, stages, tell });
}

/** Longer than anything takes that ends. */
const PATIENCE_S = 10;
const never = () =>
  Bun.sleep(1000 * PATIENCE_S).then(() => {
    throw new Disagreement(`${basename(file)} still awaits something after ${PATIENCE_S} s, at its top level`);
  });

/** Nothing is told of what Bun itself looks for on the way to the file. */
function confine(): void {
  try {
    Bun.resolveSync(file, "/");
  } catch {} // the import says it better
  const problem = String(host.sb_script_tell());
  if (problem !== "") throw new Disagreement(problem);
}

interface Opened {
  module: Record<string, unknown>;
  components: Component[];
  problem: string;
}

async function open(): Promise<Opened> {
  const problems: string[] = [];
  const components: Component[] = [];
  let module: Opened["module"] = {};
  try {
    confine();
    module = await load();
    for (const declared of classes)
      try {
        components.push(new Component(module, declared, classes.length === 1));
      } catch (error) {
        problems.push(refusalOf(error) ?? unrunnable(error));
      }
  } catch (error) {
    problems.push(
      (service ? refusalOf(error, Error.prototype, Away?.prototype) : refusalOf(error)) ?? unrunnable(error),
    );
  }
  return { module, components, problem: problems.join("; ") };
}

function unrunnable(error: unknown): string {
  tell(traceOf(error));
  return `${basename(file)} cannot be run: ${wordsOf(error)}`;
}

const { module, components, problem } = await open();
if (main) {
  const begin = () => String(host.sb_script_begin(cstring(problem))) || undefined;
  process.exit(await main.run(module, { wordsOf, begin }));
}
const awaits = components.some((it) => it.awaits);
const code = awaits ? serveAcross(components, problem) : serve(components, problem);
if (!awaits || code !== 0) process.exit(code);
