// SPDX-License-Identifier: Apache-2.0
//
// Stands between the engine's blocks and a plugin's TypeScript: finds the code of each class that plugin.toml declares,
// hands it blocks as arrays that lie where the blocks lie, and takes care of what it throws. Runs in the plugin's own
// process, in the sandbox, where script.c calls it; it is one file, since it comes out of a library and not of a folder.
import { CString, dlopen, JSCallback, type Pointer, read, toArrayBuffer } from "bun:ffi";
import { basename, dirname } from "node:path";

const { symbols: host } = dlopen("/proc/self/fd/4", {
  sb_script_open: { args: ["cstring", "cstring"], returns: "cstring" },
  sb_script_where: { returns: "ptr" },
  sb_script_fail: { args: ["cstring"], returns: "void" },
  sb_script_put_format: { args: ["ptr", "u32"], returns: "void" },
  sb_script_serve: { args: ["ptr", "ptr", "cstring"], returns: "i32" },
  sb_script_main: { returns: "cstring" },
  sb_script_begin: { args: ["cstring"], returns: "cstring" },
});

const [OK, END, AGAIN, FAILED] = [0, 1, 2, -1]; // stagebox/status.h; FAILED: any that is no success
const EXIT_FAILURES = 113; // engine/isolated/process.h
const PORTS = ["none", "signal", "spectrum", "features"] as const;
const [STATE, LATENCY, SELF_PACED] = [1, 2, 4]; // component.h
const MOST_EVENTS = 64;
const MOST_VIEWS = 4096;
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

// ---- what a plugin is given ----

/** What flows over a connection. `values`: names of a channel's values, of features; `bins`: of a spectrum. */
interface Format {
  port: (typeof PORTS)[number];
  /** Frames per second; 0: each frame has a time of its own. */
  rate_hz: number;
  channels: string[];
  values: string[];
  bins: number;
  bin_hz: number;
  /** No block has more. */
  max_frames: number;
  unit: string;
}

interface StageEvent {
  /** Of the block; negative: of one before. */
  frame: number;
  label: string;
  duration_s: number;
}

const text = new TextDecoder();
const bytesOf = new TextEncoder();
const inAt = host.sb_script_where() as unknown as number;
const outAt = inAt + BLOCK_BYTES;
const outBlock = new DataView(toArrayBuffer(outAt as Pointer, 0, BLOCK_BYTES));
const at = (address: number, offset: number) => [address as Pointer, offset] as const;

/** What else there is to know of the block in hand, and to say of the one that goes out. */
class Block {
  /** Parameters by their names, as they are now. */
  params: Record<string, unknown> = {};
  /** Room for the block that goes out, rows `out_stride` apart. */
  out: Float32Array = new Float32Array();
  stride = 0;
  out_stride = 0;
  frames = 0;

  get flags(): number {
    return read.u32(...at(inAt, AT.flags));
  }
  /** Frames are missing before this block. */
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
  /** Of its first frame, in nanoseconds. Set it where the first frame that goes out has another. */
  get time_ns(): bigint {
    return read.i64(...at(inAt, AT.time_ns));
  }
  set time_ns(time_ns: bigint) {
    outBlock.setBigInt64(AT.time_ns, time_ns, true);
  }
  get events(): StageEvent[] {
    const first = read.ptr(...at(inAt, DATA.events));
    return Array.from({ length: read.u32(...at(inAt, EVENT_COUNT)) }, (_, index) =>
      readEvent(first + index * EVENT_BYTES),
    );
  }

  /** Puts one on a frame, counted as those that come in are. False if the block can carry no more. */
  addEvent(frame: number, label: string, duration_s = 0): boolean {
    const count = outBlock.getUint32(EVENT_COUNT, true);
    if (count >= MOST_EVENTS) return false;
    const place = (read.ptr(...at(outAt, DATA.events)) + count * EVENT_BYTES) as Pointer;
    const event = new DataView(toArrayBuffer(place, 0, EVENT_BYTES));
    const label_bytes = new Uint8Array(event.buffer, 8, LABEL_BYTES).fill(0);
    event.setInt32(0, frame, true);
    event.setFloat32(4, duration_s, true);
    bytesOf.encodeInto(label, label_bytes.subarray(0, LABEL_BYTES - 1));
    outBlock.setUint32(EVENT_COUNT, count + 1, true);
    return true;
  }

  /** Of each frame that goes out, in nanoseconds, where the output's rate is 0. */
  setTimes(times_ns: readonly bigint[]): void {
    const place = read.ptr(...at(outAt, DATA.times)) as Pointer;
    new BigInt64Array(toArrayBuffer(place, 0, 8 * times_ns.length)).set(times_ns);
  }
}

function readEvent(address: number): StageEvent {
  const label = new Uint8Array(toArrayBuffer((address + 8) as Pointer, 0, LABEL_BYTES));
  return {
    frame: read.i32(...at(address, 0)),
    duration_s: read.f32(...at(address, 4)),
    label: text.decode(label.subarray(0, Math.max(0, label.indexOf(0)))),
  };
}

// ---- from a file to components ----

interface Declared {
  type: string;
  input: Format["port"];
  output: Format["port"];
  live: string[];
}

interface StageObject {
  process?(samples: Float32Array, block: Block): Float32Array | undefined;
  read?(frames: number, block: Block): Float32Array | undefined;
  set?(name: string, value: unknown): void;
  save?(): ArrayBufferView;
  load?(bytes: Uint8Array): void;
  latency_s?: number;
  output?: Format;
}
type StageClass = (new (
  params: object,
  format: Format,
) => StageObject) & { self_paced?: boolean; prototype: StageObject };
type StageFunction = (samples: Float32Array, block: Block) => Float32Array | undefined;

/** Between plugin.toml and the code. */
class Disagreement extends Error {}

const isClass = (code: unknown): code is StageClass =>
  typeof code === "function" && /^class\b/.test(Function.prototype.toString.call(code));

/** The code of a class that plugin.toml declares: a function, or a class with methods. */
class Component {
  readonly name: string;
  readonly code: StageClass | StageFunction;
  readonly isSource: boolean;
  readonly verb: "read" | "process";

  constructor(
    module: Record<string, unknown>,
    readonly declared: Declared,
    isAlone: boolean,
  ) {
    const { type, input } = declared;
    const place = `[stages.${type}] of plugin.toml`;
    this.isSource = input === "none";
    this.verb = this.isSource ? "read" : "process";
    const camel = type.replace(/(?:^|_)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
    const names = [type, camel, ...(isAlone ? [this.verb, "default"] : [])];
    const name = names.find((it) => typeof module[it] === "function");
    if (name === undefined)
      throw new Disagreement(
        `${place} is declared, and ${basename(file)} exports no function or class ${names.join(" or ")}`,
      );
    this.name = name;
    this.code = module[name] as StageClass | StageFunction;
    if (!isClass(this.code)) {
      if (this.isSource)
        throw new Disagreement(`${place} is a source, and ${name} no class, which could say what will come`);
      return;
    }
    const methods = this.code.prototype;
    const lacks = (method: keyof StageObject) => typeof methods[method] !== "function";
    if (lacks(this.verb)) throw new Disagreement(`class ${name} has no ${this.verb}, which ${place} needs`);
    if (declared.live.length > 0 && lacks("set"))
      throw new Disagreement(`${declared.live[0]} is live in ${place}, and class ${name} has no set(name, value)`);
    if (lacks("save") !== lacks("load"))
      throw new Disagreement(`class ${name} has one of save and load; write both, or none`);
  }

  get traits(): number {
    if (!isClass(this.code)) return 0;
    const { prototype, self_paced } = this.code;
    return (prototype.save ? STATE : 0) | ("latency_s" in prototype ? LATENCY : 0) | (self_paced ? SELF_PACED : 0);
  }
}

// ---- one instance ----

class Instance {
  readonly #block = new Block();
  readonly #views = new Map<number, Float32Array>();
  #object: StageObject = {};
  #input: Format | undefined;
  #output: Format | undefined;
  #in = { width: 0, stride: 0 };
  #out = { width: 0, stride: 0 };
  #stateBytes = 0;
  #score = 0;
  #toldAt = Number.NEGATIVE_INFINITY;
  #untold = 0;

  constructor(
    readonly component: Component,
    params: Record<string, unknown>,
  ) {
    this.#block.params = params;
  }

  activate({ input, output: { port, max_frames } }: Formats): void {
    const { code } = this.component;
    this.#input = input ? formatOf(input) : undefined;
    const given = this.#input ?? { ...NOTHING, port, max_frames };
    const changes = this.#input && port !== this.#input.port;
    const usual: Format = { ...given, port, ...(changes && { values: [], bins: 0, bin_hz: 0 }) };
    if (isClass(code)) {
      this.#object = new code({ ...this.#block.params }, structuredClone(given));
      this.#output = { ...usual, ...this.#object.output, port };
    } else {
      this.#object = { process: code };
      this.#output = usual;
    }
    this.#in = this.#input ? layout(this.#input) : { width: 0, stride: 0 };
    this.#out = layout(this.#output);
    this.#block.stride = this.#in.stride;
    this.#block.out_stride = this.#out.stride;
    this.#stateBytes = this.component.traits & STATE ? this.#saved().byteLength : 0;
    if (port !== "none") putFormat(this.#output);
  }

  process(): number {
    try {
      const frames = read.u32(...at(inAt, AT.frames));
      const block = this.#block;
      block.frames = frames;
      const samples = this.#rows(inAt, this.#in.stride * frames);
      if (this.#out.width > 0) block.out = this.#rows(outAt, this.#out.stride * (this.#output?.max_frames ?? 0));
      const result = this.#object.process?.(samples, block);
      if (this.#out.width > 0 && result !== undefined) this.#put(result);
      if (this.#score > 0) this.#score -= EARNED;
      return OK;
    } catch (error) {
      return this.#failed(error);
    }
  }

  /** As sb_source_class.read. */
  read(): number {
    try {
      const frames = read.u32(...at(outAt, AT.frames));
      this.#block.frames = frames;
      this.#block.out = this.#rows(outAt, this.#out.stride * frames);
      const result = this.#object.read?.(frames, this.#block);
      if (result === undefined) return AGAIN;
      if (result === null) return END;
      this.#put(result);
      if (this.#score > 0) this.#score -= EARNED;
      return OK;
    } catch (error) {
      this.#failed(error);
      return AGAIN;
    }
  }

  set([name, value]: [string, unknown]): void {
    try {
      this.#block.params[name] = value;
      this.#object.set?.(name, value);
    } catch (error) {
      this.#failed(error);
    }
  }

  get state_bytes(): number {
    return this.#stateBytes;
  }

  save(to: Uint8Array): number {
    try {
      const state = this.#saved();
      if (state.byteLength !== to.length)
        throw new TypeError(
          `${this.component.name}.save gives ${state.byteLength} bytes, and gave ${to.length} when it was made`,
        );
      to.set(state);
      return OK;
    } catch (error) {
      return this.#failed(error);
    }
  }

  load(bytes: Uint8Array): number {
    try {
      this.#object.load?.(bytes.slice());
      return OK;
    } catch (error) {
      host.sb_script_fail(cstring(wordsOf(error)));
      return FAILED;
    }
  }

  get latency_s(): number {
    return Number(this.#object.latency_s ?? 0);
  }

  #saved(): Uint8Array {
    const state = this.#object.save?.();
    if (!ArrayBuffer.isView(state)) throw new TypeError(`${this.component.name}.save gives no typed array`);
    return new Uint8Array(state.buffer, state.byteOffset, state.byteLength);
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

  /** Rows as they are in a block, or without the room between them. */
  #put(rows: Float32Array): void {
    const { out } = this.#block;
    const { width, stride } = this.#out;
    const isDense = stride !== width && rows.length % width === 0 && rows.length !== this.#block.frames * stride;
    const frames = rows.length / (isDense ? width : stride);
    if (!(rows instanceof Float32Array) || !Number.isInteger(frames) || frames * stride > out.length)
      throw new TypeError(
        `${this.component.name} returns ${rows?.length ?? typeof rows} values, which are no rows of ${width}, ${out.length / stride} at most`,
      );
    if (isDense)
      for (let frame = 0; frame < frames; frame++)
        out.set(rows.subarray(frame * width, (frame + 1) * width), frame * stride);
    else if (rows !== out && rows.byteOffset !== out.byteOffset) out.set(rows);
    outBlock.setUint32(AT.frames, frames, true);
  }

  #failed(error: unknown): number {
    host.sb_script_fail(cstring(wordsOf(error)));
    const now = performance.now();
    if (now - this.#toldAt >= TELL_EVERY_MS) {
      if (this.#untold > 0) console.error(`${this.component.declared.type}: ${this.#untold} more exceptions since`);
      console.error(error instanceof Error ? (error.stack ?? String(error)) : error);
      this.#toldAt = now;
      this.#untold = 0;
    } else this.#untold++;
    this.#score += COST;
    if (this.#score < TOO_MUCH) return FAILED;
    console.error(`${this.component.declared.type}: an exception in block after block, so its process ends`);
    process.exit(EXIT_FAILURES);
  }
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
    const bytes = bytesOf.encode(words.replaceAll("\0", ""));
    return [u32(bytes.length), bytes, new Uint8Array(1)];
  };
  const list = (words: readonly string[]) => [u32(Number(words.length > 0)), ...words.flatMap(word)];
  const packed = Buffer.concat([
    ...[u32(PORTS.indexOf(port)), f64(rate_hz), u32(channels.length), u32(values.length || bins || 1)],
    ...[u32(max_frames), f64(bin_hz), ...word(unit), ...list(channels), ...list(values)],
  ]);
  host.sb_script_put_format(packed, packed.length);
}

// ---- words ----

const cstring = (words: string) => Buffer.from(`${words.replaceAll("\0", "")}\0`);

/** RangeError: out of range (stage.ts:7) */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error).slice(0, 800);
  const own = new RegExp(`(${RegExp.escape(dirname(file))}/[^:)]+):(\\d+)`).exec(error.stack ?? "");
  const where = own ? ` (${basename(own[1] ?? "")}:${own[2]})` : "";
  return `${error.name}: ${error.message}`.slice(0, 800) + where;
}

// ---- the calls of script.c ----

/** What fails before there is anything to compute is said in full. */
function guarded(act: () => void): number {
  try {
    act();
    return OK;
  } catch (error) {
    if (!(error instanceof Disagreement))
      console.error(error instanceof Error ? (error.stack ?? String(error)) : error);
    host.sb_script_fail(cstring(wordsOf(error)));
    return FAILED;
  }
}

const json = (address: number) => JSON.parse(String(new CString(address as Pointer)));
const memory = (address: number, bytes: number) => new Uint8Array(toArrayBuffer(address as Pointer, 0, bytes));

function serve(components: readonly Component[], problem: string): number {
  let instance: Instance | undefined;
  const callbacks = [
    new JSCallback(
      (number: number, params: number) =>
        guarded(() => {
          instance = new Instance(components[number] as Component, json(params));
        }),
      { args: ["u32", "ptr"], returns: "i32" },
    ),
    new JSCallback((formats: number) => guarded(() => instance?.activate(json(formats))), {
      ...{ args: ["ptr"], returns: "i32" },
    }),
    new JSCallback(() => (instance?.component.isSource ? instance.read() : (instance?.process() ?? FAILED)), {
      ...{ args: [], returns: "i32" },
    }),
    new JSCallback((pair: number) => instance?.set(json(pair)), { args: ["ptr"], returns: "void" }),
    new JSCallback(() => instance?.state_bytes ?? 0, { args: [], returns: "u32" }),
    new JSCallback((to: number, bytes: number) => instance?.save(memory(to, bytes)) ?? FAILED, {
      ...{ args: ["ptr", "u32"], returns: "i32" },
    }),
    new JSCallback((from: number, bytes: number) => instance?.load(memory(from, bytes)) ?? FAILED, {
      ...{ args: ["ptr", "u32"], returns: "i32" },
    }),
    new JSCallback(() => instance?.latency_s ?? 0, { args: [], returns: "f64" }),
    new JSCallback(() => Bun.gc(false), { args: [], returns: "void" }),
  ];
  const table = BigUint64Array.from(callbacks, ({ ptr }) => BigInt(ptr ?? 0));
  const traits = Uint32Array.from([...components.map((it) => it.traits), 0]);
  return host.sb_script_serve(traits, table, cstring(problem));
}

// ---- from here on it runs ----

const pieces: string[] = [];
for (let i = 0; process.env[`STAGEBOX_LINES_${i}`] !== undefined; i++)
  pieces.push(process.env[`STAGEBOX_LINES_${i}`] ?? "");
const told = String(host.sb_script_open(cstring(pieces.join("")), cstring(process.env.STAGEBOX_PROTECTIONS ?? "")));
if (told === "") process.exit(1);
for (const name of Object.keys(process.env)) if (/^(STAGEBOX|BUN)_/.test(name)) delete process.env[name];
const { file, data, is_main, config, classes } = JSON.parse(told) as {
  file: string;
  data: string;
  is_main: boolean;
  config: object;
  classes: Declared[];
};

const notInAStage = () => {
  throw new Error("a stage only computes: subscribe, publish and call in the plugin's [main]");
};
const main: typeof import("./main.ts") | undefined = is_main
  ? await import(`data:text/typescript;base64,${Buffer.from(String(host.sb_script_main())).toString("base64")}`)
  : undefined;
const offered = main?.offered ?? {
  ...{ subscribe: notInAStage, publish: notInAStage, call: notInAStage, service() {}, ServiceError: Error },
};
Bun.plugin({
  name: "stagebox",
  setup: (build) =>
    void build.module("stagebox", () => ({
      ...{ exports: { config, data_folder: data || undefined, ...offered }, loader: "object" },
    })),
});

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
    module = await import(file);
    for (const declared of classes)
      try {
        components.push(new Component(module, declared, classes.length === 1));
      } catch (error) {
        if (!(error instanceof Disagreement)) throw error;
        problems.push(error.message);
      }
  } catch (error) {
    console.error(error instanceof Error ? (error.stack ?? String(error)) : error);
    problems.push(`${basename(file)} cannot be run: ${wordsOf(error)}`);
  }
  return { module, components, problem: problems.join("; ") };
}

const { module, components, problem } = await open();
const begin = () => String(host.sb_script_begin(cstring(problem))) || undefined;
process.exit(main ? await main.run(module, { wordsOf, begin }) : serve(components, problem));
