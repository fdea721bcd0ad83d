// SPDX-License-Identifier: Apache-2.0
//
// Stages in C and in JavaScript, built as an author builds them, against the same arithmetic here.
import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import type { ParamSpec } from "../../../src/pipeline/catalog.ts";
import { MissingGrant } from "../../../src/plugins/wasm/capabilities.ts";
import { ComponentRefusal, ComponentTrap } from "../../../src/plugins/wasm/instantiate.ts";
import { componentSettings, settingsReader } from "../../../src/plugins/wasm/values.ts";
import { testFolders } from "../folders.fixture.ts";
import { block, built, hasClang, INPUT, stage } from "./components.fixture.ts";

setDefaultTimeout(60_000);
const { fresh } = testFolders();
const plugins = join(import.meta.dir, "../../../plugins");
const gains = [
  ["wasm-gain/src/wasm_gain.c", hasClang],
  ["js-gain/src/js_gain.js", true],
] as const;

const gainOf = (db: number) => componentSettings([{ id: "gain_db", kind: "number" }], { gain_db: db });
const thrownBy = (act: () => unknown): Error => {
  try {
    act();
  } catch (error) {
    return error as Error;
  }
  throw new Error("it threw nothing");
};

describe.each(gains)("%s", (file, canBeBuilt) => {
  let component: Uint8Array;
  beforeAll(async () => {
    if (canBeBuilt)
      component = await built(
        fresh(),
        file.endsWith(".c") ? "stage.c" : "stage.js",
        readFileSync(join(plugins, file), "utf8"),
      );
  });

  test.skipIf(!canBeBuilt)("multiplies as this does, whatever it is given", async () => {
    const gain = await stage(component);
    expect(gain.init("wasm_gain", gainOf(-6), INPUT)).toEqual(INPUT);
    const samples = fc.float32Array({ minLength: 2, maxLength: 128 }).filter((it) => it.length % 2 === 0);
    const decibels = fc.double({ min: -120, max: 60, noNaN: true });
    fc.assert(
      fc.property(samples, decibels, (input, db) => {
        gain.set("gain_db", gainOf(db)[0]?.value as never);
        const factor = Math.fround(10 ** (db / 20));
        const before = Buffer.from(input.slice().buffer);
        const out = gain.process(input, block(input.length / 2));
        expect(Buffer.from(input.buffer, input.byteOffset, input.byteLength).equals(before)).toBe(true);
        expect(out).toBeInstanceOf(Float32Array);
        for (const [i, sample] of input.entries()) {
          const wanted = Math.fround(sample * factor);
          // libm and this engine may round 10^x to neighbours.
          if (Number.isFinite(wanted))
            expect(Math.abs((out[i] as number) - wanted)).toBeLessThanOrEqual(Math.abs(wanted) * 2e-7 + 1e-44);
          else if (Number.isNaN(wanted)) expect(out[i]).toBeNaN();
        }
      }),
    );
  });

  test.skipIf(!canBeBuilt)("blocks of any length give what one block gives, for thousands of them", async () => {
    const gain = await stage(component);
    gain.init("wasm_gain", gainOf(6.0206), INPUT);
    const input = Float32Array.from({ length: 6400 }, (_, i) => Math.sin(i));
    let at = 0;
    for (let frames = 1; at < input.length; frames = (frames % 64) + 1) {
      const piece = input.subarray(at, Math.min(input.length, at + 2 * frames));
      const out = gain.process(piece, block(piece.length / 2));
      for (const [i, sample] of piece.entries()) expect(out[i]).toBeCloseTo(sample * 2, 5);
      at += piece.length;
    }
    gain.shutdown();
  });

  test.skipIf(!canBeBuilt)("a view on shared memory is taken as it is", async () => {
    const gain = await stage(component);
    gain.init("wasm_gain", gainOf(0), INPUT);
    const ring = new Float32Array(new SharedArrayBuffer(64), 8, 4);
    ring.set([1, -2, 3, -4]);
    expect([...gain.process(ring, block(2))]).toEqual([1, -2, 3, -4]);
  });

  test.skipIf(!canBeBuilt)("an error comes back in the stage's own words, and the stage goes on", async () => {
    const gain = await stage(component);
    gain.init("wasm_gain", gainOf(0), INPUT);
    const error = thrownBy(() => gain.set("other", { tag: "number", val: 1 }));
    expect(error.message).toMatch(/there is no (such )?parameter/);
    expect([...gain.process(Float32Array.of(1, 2), block(1))]).toEqual([1, 2]);
  });
});

const SPECS: Pick<ParamSpec, "id" | "kind">[] = (
  ["number", "integer", "boolean", "choice", "text", "numbers", "names", "bands", "matrix"] as const
).map((kind) => ({ id: `a_${kind}`, kind }));
const VALUES = {
  ...{
    a_number: -0.5,
    a_integer: 7,
    a_boolean: true,
    a_choice: "hann",
    a_text: "µV → dB",
    a_numbers: [1, 2.5],
    a_names: ["Fp1", ""],
  },
  ...{
    a_bands: { alpha: [8, 13], beta: [13, 30] },
    a_matrix: [
      [1, 0, 2],
      [0, 1, 3],
    ],
  },
} as Parameters<typeof componentSettings>[1];

const TELLS_IN_C = `
#include <stagebox-stage.h>
#include <stdio.h>
static char said[2000];
static size_t at;
#define SAY(...) (at += (size_t)snprintf(said + at, sizeof said - at, __VA_ARGS__))
static void tell(const sb_value *value) {
  switch (value->kind) {
    case SB_VALUE_NUMBER: SAY("%g", value->number); break;
    case SB_VALUE_BOOLEAN: SAY("%s", value->boolean ? "true" : "false"); break;
    case SB_VALUE_TEXT: SAY("'%.*s'", (int)value->text.length, value->text.bytes); break;
    case SB_VALUE_NUMBERS: for (uint32_t i = 0; i < value->numbers.count; i++) SAY("%g,", value->numbers.items[i]); break;
    case SB_VALUE_NAMES: for (uint32_t i = 0; i < value->names.count; i++) SAY("'%.*s',", (int)value->names.items[i].length, value->names.items[i].bytes); break;
    case SB_VALUE_BANDS: for (uint32_t i = 0; i < value->bands.count; i++) SAY("%.*s=%g-%g,", (int)value->bands.items[i].name.length, value->bands.items[i].name.bytes, value->bands.items[i].low, value->bands.items[i].high); break;
    case SB_VALUE_MATRIX: SAY("%ux%u:", value->matrix.rows, value->matrix.columns); for (uint32_t i = 0; i < value->matrix.numbers.count; i++) SAY("%g,", value->matrix.numbers.items[i]); break;
  }
}
static sb_failure init(sb_text type, const sb_setting *params, uint32_t count, const sb_format *in, sb_format *out) {
  (void)out;
  SAY("%.*s %u %g %.*s %u %g", (int)type.length, type.bytes, in->port, in->rate_hz, (int)in->channels.items[1].length, in->channels.items[1].bytes, in->max_frames, in->bin_hz);
  for (uint32_t i = 0; i < count; i++) { SAY("; %.*s ", (int)params[i].id.length, params[i].id.bytes); tell(&params[i].value); }
  return said;
}
static sb_failure set_parameter(sb_text id, const sb_value *value) {
  at = 0; SAY("%.*s ", (int)id.length, id.bytes); tell(value);
  return said;
}
static sb_failure process(const sb_block *in, float *out, uint32_t *frames) {
  (void)out, (void)frames;
  at = 0; SAY("%u frames, %u lost, flags %x, block %llu, frame %llu, %lld ns", in->frames, in->lost_before, in->flags, in->sequence, in->first_frame, in->time_ns);
  return said;
}
const sb_stage stagebox_stage = {.init = init, .process = process, .set_parameter = set_parameter};
`;

describe.skipIf(!hasClang)("in C", () => {
  test("every kind of value arrives, in init and one by one; so does all that is known of a block", async () => {
    const tells = await stage(await built(fresh(), "stage.c", TELLS_IN_C));
    const settings = componentSettings(SPECS, VALUES);
    const words = [
      "a_number -0.5",
      "a_integer 7",
      "a_boolean true",
      "a_choice 'hann'",
      "a_text 'µV → dB'",
      "a_numbers 1,2.5,",
      "a_names 'Fp1','',",
      "a_bands alpha=8-13,beta=13-30,",
      "a_matrix 2x3:1,0,2,0,1,3,",
    ];
    expect(thrownBy(() => tells.init("one", settings, INPUT)).message).toBe(["one 0 250 C4 64 0", ...words].join("; "));
    for (const [i, { id, value }] of settings.entries())
      expect(thrownBy(() => tells.set(id, value)).message).toBe(words[i] as string);
    const error = thrownBy(() => tells.process(new Float32Array(2), block(1, 0b10101)));
    expect(error).toBeInstanceOf(ComponentRefusal);
    expect(error.message).toBe("1 frames, 7 lost, flags 15, block 3, frame 96, -5 ns");
  });

  test("another format comes back: spectra of half the rate, and a state that an heir takes over", async () => {
    const component = await built(
      fresh(),
      "stage.c",
      `
#include <stagebox-stage.h>
static struct { uint32_t blocks; } state;
static sb_failure init(sb_text type, const sb_setting *params, uint32_t count, const sb_format *in, sb_format *out) {
  (void)type, (void)params, (void)count, (void)in;
  static const char unit[] = "uV^2";
  out->port = SB_PORT_SPECTRUM, out->bins = 3, out->bin_hz = 1.5, out->rate_hz /= 2, out->max_frames = 8, out->unit = (sb_text){unit, 4};
  return NULL;
}
static sb_failure process(const sb_block *in, float *out, uint32_t *frames) {
  *frames = in->frames == 1 ? 0 : in->frames == 9 ? 9 : 1;
  for (uint32_t i = 0; i < 6; i++) out[i] = (float)(state.blocks * 10 + i);
  state.blocks++;
  return NULL;
}
static sb_bytes save_state(void) { return (sb_bytes){&state, sizeof state}; }
static sb_failure load_state(sb_bytes saved) {
  if (saved.length != sizeof state) return "it is of another version";
  memcpy(&state, saved.bytes, sizeof state);
  return NULL;
}
static double latency_s(void) { return 0.25; }
const sb_stage stagebox_stage = {.init = init, .process = process, .save_state = save_state, .load_state = load_state, .latency_s = latency_s};
`,
    );
    const one = await stage(component);
    expect(one.init("one", [], INPUT)).toEqual({
      ...INPUT,
      port: "spectrum",
      values: 3,
      bin_hz: 1.5,
      rate_hz: 125,
      max_frames: 8,
      unit: "uV^2",
    });
    expect(one.latency_s()).toBe(0.25);
    expect([...one.process(new Float32Array(4), block(2))]).toEqual([0, 1, 2, 3, 4, 5]);
    expect([...one.process(new Float32Array(2), block(1))]).toEqual([]);
    const heir = await stage(component);
    heir.init("one", [], INPUT);
    heir.loadState(one.saveState());
    expect([...heir.process(new Float32Array(4), block(2))]).toEqual([20, 21, 22, 23, 24, 25]);
    expect(thrownBy(() => heir.loadState(Uint8Array.of(1))).message).toBe("it is of another version");
    expect(thrownBy(() => heir.process(new Float32Array(18), block(9))).message).toMatch(/more frames than max_frames/);
  });

  const LENDS = `
#include <stagebox-stage.h>
static sb_failure init(sb_text type, const sb_setting *params, uint32_t count, const sb_format *in, sb_format *out) {
  (void)type, (void)params, (void)count, (void)in, (void)out;
  sb_log(SB_LOG_WARNING, "begins");
  sb_value color;
  if (sb_config_get("size", &color)) return "a setting that is none";
  return sb_config_get("color", &color) && sb_text_is(color.text, "green") ? NULL : "not green";
}
static sb_failure process(const sb_block *in, float *out, uint32_t *frames) { (void)in, (void)out, (void)frames; return NULL; }
const sb_stage stagebox_stage = {.init = init, .process = process};
`;
  test("what was granted is lent, and nothing else: a call of the rest names the grant", async () => {
    const component = await built(fresh(), "stage.c", LENDS);
    const lines: string[] = [];
    const log = { write: (level: string, message: string) => lines.push(`${level}: ${message}`) };
    const config = settingsReader([{ id: "color", kind: "text" }], { color: "green" });
    (await stage(component, { log, config })).init("one", [], INPUT);
    expect(lines).toEqual(["warning: begins"]);

    const poor = await stage(component, { log });
    const error = thrownBy(() => poor.init("one", [], INPUT));
    expect(error).toBeInstanceOf(ComponentTrap);
    expect(error.cause).toBeInstanceOf(MissingGrant);
    expect(error.message).toBe(
      "it called get of config, which it was not granted; ask for config under [permissions], and grant it: stagebox plugin enable ID --grant all",
    );
    expect(thrownBy(() => poor.process(new Float32Array(2), block(1)))).toBeInstanceOf(ComponentTrap); // it has ended
  });
});

test("every kind of value arrives in JavaScript", async () => {
  const source = `export const processor = {
    init(stage, params, input) { throw JSON.stringify([stage, params, input], (_, it) => ArrayBuffer.isView(it) ? [...it] : it); },
    process() {}, setParameter() {}, saveState() {}, loadState() {}, latencyS() {}, shutdown() {},
  };`;
  const tells = await stage(await built(fresh(), "stage.js", source, { limits: { memory_mb: 96 } }));
  const settings = componentSettings(SPECS.slice(0, 6), VALUES);
  const told = JSON.parse(thrownBy(() => tells.init("one", settings, INPUT)).message);
  expect(told[0]).toBe("one");
  expect(told[1]).toEqual(
    JSON.parse(JSON.stringify(settings, (_, it) => (ArrayBuffer.isView(it) ? [...(it as Float64Array)] : it))),
  );
  expect(told[2]).toMatchObject({ port: "signal", rateHz: 250, channels: ["C3", "C4"], maxFrames: 64 });
});
