// SPDX-License-Identifier: Apache-2.0
// biome-ignore-all lint/suspicious/noConfusingVoidType: functions that return nothing are what it is about
//
// What a plugin in TypeScript is given, and what it may be; for editors and tsc. It is no file of the plugin's, and a box
// does not read it. Made by `npm run sdk` of Stagebox.

declare module "stagebox" {
  export type Port = "none" | "signal" | "spectrum" | "features";
  /** What flows over a connection, the same from one activation to the next. */
  export interface Format {
    port: Port;
    /** Frames per second; 0: each frame has a time of its own. */
    rate_hz: number;
    channels: string[];
    /** Of features: the names of a channel's values. */
    values: string[];
    /** Of a spectrum; bin b is the frequency b * bin_hz. */
    bins: number;
    bin_hz: number;
    /** No block has more. */
    max_frames: number;
    /** "uV", "uV^2/Hz", "1" ...; one for all values. */
    unit: string;
  }
  export interface StageEvent {
    /** Of the block; negative: of one before. */
    frame: number;
    label: string;
    duration_s: number;
  }
  /**
   * What else there is to know of the block in hand, and to say of the one that goes out. Rows of samples lie `stride`
   * floats apart, a multiple of 8, the channel being the fastest axis: `samples[frame * stride + value * channels +
   * channel]`. What lies behind a row's last value is there to be computed with, and finite.
   */
  export interface Block<Params = Record<string, unknown>> {
    /** By their names, as they are now. */
    readonly params: Readonly<Params>;
    readonly frames: number;
    readonly stride: number;
    /** The memory of the block that goes out, with room for as many frames as its format allows. */
    readonly out: Float32Array;
    readonly out_stride: number;
    readonly flags: number;
    /** Frames are missing before this block, so many of the source's. */
    readonly gap: boolean;
    readonly lost_before: number;
    readonly sequence: number;
    readonly first_frame: number;
    readonly rate_hz: number;
    /** Of its first frame. Set it where the first frame that goes out has another. */
    time_ns: bigint;
    readonly events: StageEvent[];
    /** In nanoseconds, of a frame that came in. */
    timeOf(frame: number): bigint;
    /** Puts one on a frame, counted as those that come in are. False if the block can carry no more. */
    addEvent(frame: number, label: string, duration_s?: number): boolean;
    /** Of each frame that goes out, where the output's rate is 0. */
    setTimes(times_ns: readonly bigint[]): void;
  }
  /** What goes out: a part of `block.out`, the samples themselves, or an array of the code's own without room between its
   * rows. Nothing: it stands in `block.out` if the output has as many frames as the input, and otherwise there is none yet. */
  export type Output = Float32Array | undefined | void;
  /** A stage without memory is a function. `samples` is the block itself: to be read only, and another block's afterwards. */
  export type StageFunction<Params = Record<string, unknown>> = (
    samples: Float32Array,
    block: Block<Params>,
  ) => Output | Promise<Output>;
  interface Remembering {
    /** Where the output's format differs from the usual one: the input's. */
    output?: Format;
    /** How much later a frame comes out than it went in. */
    latency_s?: number;
    /** A live parameter has changed. */
    set?(name: string, value: unknown): void;
    /** Always of the same length; some four times a second. */
    save?(): ArrayBufferView;
    load?(bytes: Uint8Array): void;
    /** Awaited before the first block; `output` may be set here. */
    open?(): Promise<void>;
    /** No more blocks will come. */
    close?(): void;
  }
  /** One with memory is a class. An Error that it throws when it is made refuses the format, in its words.
   * `process` may be async: until it has answered no other block comes. */
  export interface Stage<Params = Record<string, unknown>> extends Remembering {
    process(samples: Float32Array, block: Block<Params>): Output | Promise<Output>;
  }
  export type SourceOutput = Float32Array | undefined | null;
  /** `static self_paced = true` where a device sets the pace. */
  export interface Source<Params = Record<string, unknown>> extends Remembering {
    output: Format;
    /** So many frames; undefined: there are none yet; null: there will be no more. */
    read(frames: number, block: Block<Params>): SourceOutput | Promise<SourceOutput>;
  }
  export type StageClass<Params = Record<string, unknown>> = new (params: Params, format: Format) => Stage<Params>;
  export type SourceClass<Params = Record<string, unknown>> = new (params: Params, format: Format) => Source<Params>;
  /** Whatever stands behind a section [stages.NAME] that is no source. */
  export type StageCode<Params = Record<string, unknown>> = StageFunction<Params> | StageClass<Params>;
  /**
   * A stage, sink or source whose parameters are always as they are now, and whose memory outlives a reload:
   *
   *   class Average extends StageBase<{ weight: number }> {
   *     mean = this.keep(new Float32Array(this.format.channels.length));
   *     process(samples: Float32Array, block: Block) { ... this.params.weight ... }
   *   }
   */
  export abstract class StageBase<Params = Record<string, unknown>> {
    params: Readonly<Params>;
    /** What comes in. */
    readonly format: Format;
    constructor(params: Params, format: Format);
    set(name: string, value: unknown): void;
    /** The array, which is a part of the state from now on. Call it as the object is made, and change what is in the array. */
    keep<Memory extends ArrayBufferView>(memory: Memory): Memory;
    save(): Uint8Array;
    load(bytes: Uint8Array): void;
  }
  export interface Windows {
    window_s: number;
    /** Part of a window that the next one shares, 0 to less than 1. */
    overlap?: number;
    /** What `measure` gives: `values` of features, or `bins` and `bin_hz` of a spectrum; `unit`. */
    output: Partial<Pick<Format, "values" | "bins" | "bin_hz" | "unit">>;
  }
  /** A stage of features or spectra: cuts a signal into windows, and asks `measure` for the values of each. A row stands at
   * the first frame that its window does not share with the one before, so that events come with the first row that knows
   * of them, whatever the blocks were. */
  export abstract class WindowStage<Params = Record<string, unknown>>
    extends StageBase<Params>
    implements Stage<Params>
  {
    readonly output: Format;
    constructor(params: Params, format: Format, { window_s, overlap, output }: Windows);
    /** The values of one channel's window, the oldest frame first: to be read only, and another window's afterwards. */
    abstract measure(window: Float32Array, channel: number): ArrayLike<number>;
    process(samples: Float32Array, block: Block<Params>): Output;
  }
  /** What came as JSON: it is what its reader says that it is. */
  export type Json = ReturnType<typeof JSON.parse>;
  /** Something that happened: on the box, or in a plugin. */
  export interface BoxEvent<Data = Json> {
    id: number;
    type: string;
    time: string;
    data: Data;
    /** How many before it were dropped, since nobody took them. */
    lost: number;
  }
  export interface Context {
    plugin: string;
    version: string;
    config: Readonly<Record<string, Json>>;
  }
  /** What the file of a main part exports; each of it may be left out. */
  export interface MainPart {
    on_load?(context: Context): unknown;
    /** What it subscribed to without a function of its own. */
    on_event?(event: BoxEvent): unknown;
    on_unload?(): unknown;
  }
  /** A call that came to nothing; its words say why. */
  export class ServiceError extends Error {}
  /** Whoever is behind the names below: a box, or at a desk the one that a test opens. */
  export interface Box {
    config: Readonly<Record<string, Json>>;
    data_folder: string | undefined;
    subscribe(type: string, handler?: (event: BoxEvent) => unknown): Promise<void>;
    publish(type: string, data?: object): Promise<void>;
    call(service: string, request?: unknown): Promise<Json>;
    service(name: string, serve: (request: Json) => unknown): void;
    watch(folder: string, debounce_ms?: number): number;
    unwatch(subscription: number): void;
  }
  /** The plugin's settings, and its private folder. */
  export let config: Box["config"];
  export let data_folder: Box["data_folder"];
  /** Called before the plugin's own files are, by whoever runs them. */
  export function enter(entered: Box): void;
  /** Events of that type ("*": all) go to `handler`, or to on_event of the file. */
  export function subscribe<Data = Json>(type: string, handler?: (event: BoxEvent<Data>) => unknown): Promise<void>;
  /** An event, "my-plugin.found". What the box refuses stands in the plugin's log. */
  export function publish(type: string, data?: object): Promise<void>;
  /** The answer of a service, "other-plugin.count". Throws ServiceError. */
  export function call<Answer = Json>(service: string, request?: unknown): Promise<Answer>;
  /** The function, which is given the request and gives the answer, or a promise of it, is a service of that name. */
  export function service<Request = Json>(name: string, serve: (request: Request) => unknown): void;
  /** What is in data of the event "watch.changed". */
  export interface Changes {
    subscription: number;
    paths: string[];
    /** How many there are besides. */
    more: number;
  }
  /** The event "watch.changed" tells what changes in a folder that it may read, once that has been quiet for so long. The
   * number is the subscription's. */
  export function watch(folder: string, debounce_ms?: number): number;
  export function unwatch(subscription: number): void;
  /** What flows out of a stage, as a panel gets it: the rows that came last. */
  export interface Rows {
    format: Format;
    /** Frames x values x channels, the channel being the fastest axis. */
    data: Float32Array;
    frames: number;
    /** Of the last frame. */
    time_ns: bigint;
  }
  /** As much of React as a panel needs, where it has no types of React's own. */
  export interface ReactLike {
    createElement(type: unknown, props?: object | null, ...children: unknown[]): unknown;
    useState<State>(initial: State | (() => State)): [State, (next: State | ((before: State) => State)) => void];
    useEffect(effect: () => undefined | (() => void), inputs?: readonly unknown[]): void;
    useRef<Value>(initial: Value): {
      current: Value;
    };
  }
  /** What a console shares with its panels, so that none of them opens a connection of its own. */
  export interface Console {
    /** The console's own: a panel that brings another cannot use hooks. */
    React: ReactLike;
    /** A hook: the last rows of a stage, at most so many frames; undefined until there are some. */
    useRows(stage: string, most_frames?: number): Rows | undefined;
    /** A hook: the last event of that type; undefined until there is one. */
    useEvent<Data = Json>(type: string): BoxEvent<Data> | undefined;
    /** A plugin's service, as the person who looks at the console. */
    call<Answer = Json>(service: string, request?: unknown): Promise<Answer>;
  }
  /** The default export of [ui] bundle: a React component, which is given the console and its required_props. */
  export type Panel<Props = Record<string, unknown>> = (
    props: Props & {
      console: Console;
    },
  ) => unknown;
  /** What a plugin of each `type` mostly brings. Each may bring more: stages, a main part, a panel. */
  export interface PluginTypes {
    /** A stage, source or sink of any other kind. */
    node: StageCode<never> | SourceClass<never>;
    /** Signal in, features or spectra out. */
    analysis: StageCode<never>;
    /** Signal in, signal out. */
    effect: StageCode<never>;
    generator: SourceClass<never>;
    /** Steers the box. */
    workflow: MainPart;
    /** Connects the box with something else. */
    integration: MainPart;
    ui: Panel<never>;
    visualization: Panel<never>;
  }
  export type PluginType = keyof PluginTypes;
}

interface Console {
  log(...values: unknown[]): void;
  error(...values: unknown[]): void;
}
/** Its lines are in the plugin's log. */
declare var console: Console;
