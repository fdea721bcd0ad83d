// SPDX-License-Identifier: Apache-2.0
//
// A catalogue to test against: the types that pipelines/*.yaml use, and one stage with a parameter of every kind.
import type { Catalog, ComponentSpec, ParamKind, ParamSpec, Port } from "../../src/pipeline/catalog.ts";

function param(id: string, kind: ParamKind, more: Partial<ParamSpec> = {}): ParamSpec {
  return {
    id,
    kind,
    live: false,
    required: more.default === undefined,
    unit: "",
    description: `${id} of a test`,
    ...more,
  };
}

const number = (id: string, unit: string, fallback: number, minimum: number, maximum: number, live = false) =>
  param(id, "number", { unit, default: fallback, minimum, maximum, live });
const integer = (id: string, fallback: number, minimum: number, maximum: number) =>
  param(id, "integer", { default: fallback, minimum, maximum });
const hz = (id: string) => param(id, "number", { unit: "Hz", minimum: 0.001, maximum: 100_000 });
const choice = (id: string, ...choices: string[]) => param(id, "choice", { choices, default: choices[0] ?? "" });

function component(type: string, input: Port, output: Port, params: ParamSpec[]): [string, ComponentSpec] {
  return [type, { type, name: type, category: "test", description: "", input, output, params }];
}

const order = integer("order", 4, 1, 16);
const family = choice("family", "butterworth", "chebyshev1", "chebyshev2", "elliptic", "bessel");
const filter = (type: string, ...edges: ParamSpec[]) => component(type, "signal", "signal", [...edges, order, family]);
const same = (type: string, ...params: ParamSpec[]) => component(type, "signal", "signal", params);
const features = (type: string, ...params: ParamSpec[]) => component(type, "signal", "features", params);

const BANDS = { delta: [1, 4], theta: [4, 8], alpha: [8, 13], beta: [13, 30], gamma: [30, 45] } satisfies Record<
  string,
  [number, number]
>;

const stages = new Map([
  same("gain", number("gain_db", "dB", 0, -120, 120, true)),
  same("notch", hz("freq_hz"), number("q", "", 30, 0.1, 1000, true)),
  filter("bandpass", hz("low_hz"), hz("high_hz")),
  filter("lowpass", hz("freq_hz")),
  filter("highpass", hz("freq_hz")),
  same("common_average", param("exclude", "names", { default: [] })),
  same("decimate", integer("factor", 2, 1, 64)),
  same("resample", hz("rate_hz")),
  same("envelope", number("low_hz", "Hz", 4, 0.01, 100_000)),
  same("rms", number("window_s", "s", 0.25, 0.001, 600)),
  features(
    "band_power",
    param("bands", "bands", { unit: "Hz", minimum: 0, maximum: 100_000, default: BANDS }),
    number("window_s", "s", 2, 0.1, 60),
    number("overlap", "", 0.5, 0, 0.99),
    param("relative", "boolean", { default: false, live: true }),
  ),
  features("spectral_peak", hz("low_hz"), hz("high_hz"), number("window_s", "s", 2, 0.1, 60)),
  features("r_peaks", param("channel", "text", { default: "" })),
  component("psd", "signal", "spectrum", [number("window_s", "s", 2, 0.1, 60)]),
  component("fft", "signal", "spectrum", [integer("size", 256, 8, 65_536)]),
  component("spectral", "spectrum", "spectrum", [number("smoothing", "", 0, 0, 1, true)]),
  same(
    "montage",
    param("weights", "matrix", { default: [[1]], minimum: -100, maximum: 100 }),
    param("channels", "names", { default: [] }),
    param("offsets", "numbers", { default: [], unit: "uV" }),
    param("label", "text", { default: "", live: true }),
    param("hint", "text", { required: false }),
    // A parameter whose name is a key of every entry: it can only stand under `params`.
    param("group", "integer", { default: 1, minimum: 1, maximum: 9 }),
  ),
]);

const sources = new Map([
  component("synthetic", "none", "signal", [
    integer("seed", 1, 0, 2 ** 32 - 1),
    number("rate_hz", "Hz", 250, 10, 100_000),
    integer("channels", 8, 1, 4096),
    number("noise_uv", "uV", 10, 0, 10_000, true),
    number("alpha_uv", "uV", 20, 0, 10_000, true),
    number("alpha_hz", "Hz", 10, 1, 30),
    number("alpha_on_s", "s", 5, 0, 3600),
    number("alpha_off_s", "s", 5, 0, 3600),
    number("blink_uv", "uV", 100, 0, 10_000, true),
    number("emg_bursts_per_minute", "1/min", 2, 0, 30),
    number("emg_uv", "uV", 30, 0, 10_000, true),
    number("mains_uv", "uV", 5, 0, 10_000, true),
    choice("mains_hz", "50", "60"),
    param("ecg_channel", "boolean", { default: false }),
    number("heart_rate_bpm", "1/min", 60, 20, 240),
  ]),
  component("replay", "none", "signal", [
    param("file", "text"),
    number("speed", "", 1, 0, 1000),
    param("loop", "boolean", { default: false }),
  ]),
]);

const sinks = new Map(
  [
    {
      accepts: ["signal"] as Port[],
      entry: component("recorder", "signal", "none", [choice("format", "bdf", "edf", "csv", "wav")]),
    },
    {
      accepts: ["signal", "spectrum", "features"] as Port[],
      entry: component("stream", "signal", "none", [integer("decimate", 1, 1, 1000)]),
    },
    {
      accepts: ["signal"] as Port[],
      native: true,
      entry: component("level_log", "signal", "none", [number("interval_s", "s", 1, 0.1, 3600, true)]),
    },
  ].map(({ entry: [type, spec], ...sink }) => [type, { ...spec, ...sink }] as const),
);

export const catalog: Catalog = { sources, stages, sinks };
