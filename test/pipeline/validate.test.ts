// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { bodyDocument } from "../../src/pipeline/document.ts";
import { LIMITS } from "../../src/pipeline/limits.ts";
import { parse } from "../../src/pipeline/parse.ts";
import { validate } from "../../src/pipeline/validate.ts";
import { catalog } from "./catalog.fixture.ts";
import { refused } from "./refused.fixture.ts";

const read = (text: string) => validate(parse(text, "a.yaml"), catalog);
const problems = (text: string) => refused(() => read(text));

/** A pipeline of these stages behind a synthetic source; the first stands on line 5. */
const withStages = (...stages: string[]) =>
  [
    "schema: 1",
    "name: x",
    "source: { id: board, type: synthetic }",
    "stages:",
    ...stages.map((it) => `  - ${it}`),
    "",
  ].join("\n");

describe("a valid pipeline", () => {
  test("has every default filled in", () => {
    const pipeline = read(`
schema: 1
name: alpha
source: { id: board, type: replay, params: { file: a.edf } }
stages:
  - { id: notch, type: notch, freq_hz: 50 }
  - { id: alpha, type: band_power, params: { bands: { alpha: [8, 13] } } }
sinks:
  - { id: view, type: stream }
  - { type: recorder, from: board }
tests:
  - expect: [{ stage: alpha, value: O1.alpha, above: 3 }]
`);
    expect(pipeline).toEqual({
      schema: 1,
      name: "alpha",
      description: "",
      block_frames: 0,
      cores: {},
      source: { id: "board", type: "replay", params: { file: "a.edf", speed: 1, loop: false } },
      stages: [
        { id: "notch", type: "notch", params: { freq_hz: 50, q: 30 }, from: "board", bypass: false, group: "main" },
        {
          id: "alpha",
          type: "band_power",
          params: { bands: { alpha: [8, 13] }, window_s: 2, overlap: 0.5, relative: false },
          from: "notch",
          bypass: false,
          group: "main",
        },
      ],
      sinks: [
        { id: "view", type: "stream", params: { decimate: 1 }, from: "alpha" },
        { id: "recorder", type: "recorder", params: { format: "bdf" }, from: "board" },
      ],
      tests: [
        { name: "test 1", seconds: 10, expect: [{ stage: "alpha", value: "O1.alpha", statistic: "mean", above: 3 }] },
      ],
    });
  });

  test("defaults are not shared between pipelines", () => {
    const [one, two] = [read(withStages("{ type: band_power }")), read(withStages("{ type: band_power }"))];
    (one.stages[0]?.params.bands as Record<string, unknown>).delta = "changed";
    expect(two.stages[0]?.params.bands).toHaveProperty("delta", [1, 4]);
  });

  test("stages may stand in any order, and are sorted", () => {
    const { stages } = read(
      withStages(
        "{ id: c, type: gain, from: b }",
        "{ id: a, type: gain, from: board }",
        "{ id: b, type: gain, from: a }",
      ),
    );
    expect(stages.map(({ id, from }) => [id, from])).toEqual([
      ["a", "board"],
      ["b", "a"],
      ["c", "b"],
    ]);
  });

  test("a sink without stages listens to the source", () => {
    const { sinks } = read("schema: 1\nname: x\nsource: { type: synthetic }\nsinks: [{ type: recorder }]\n");
    expect(sinks).toEqual([{ id: "recorder", type: "recorder", params: { format: "bdf" }, from: "synthetic" }]);
  });

  test("an id left out is the type, numbered where the id is written elsewhere", () => {
    const { stages } = read(withStages("{ type: gain }", "{ type: gain }", "{ id: gain, type: gain }"));
    expect(stages.map((stage) => stage.id)).toEqual(["gain2", "gain3", "gain"]);
  });

  test("a choice among numbers may be written as one", () => {
    expect(read("schema: 1\nname: x\nsource: { type: synthetic, mains_hz: 60 }\n").source.params.mains_hz).toBe("60");
  });

  test("a parameter named like a key of the entry stands under params", () => {
    const [stage] = read(withStages("{ type: montage, group: own, params: { group: 3 } }")).stages;
    expect(stage).toMatchObject({ group: "own", params: { group: 3 } });
  });

  test("empty keys are as good as none", () => {
    expect(
      read("schema: 1\nname: x\ndescription:\nsource: { type: synthetic, params: }\nstages:\nsinks:\ntests:\n").stages,
    ).toEqual([]);
  });
});

describe("one problem", () => {
  test.each([
    ["{ type: notchh }", '5:13: "notchh" is not a stage; did you mean "notch"?'],
    ["{ type: recorder }", '5:13: "recorder" is a sink, not a stage; put it among the sinks'],
    ["{ type: synthetic }", '5:13: "synthetic" is a source, not a stage; put it under source'],
    ["{ id: a }", "5:5: type is missing; name the type of stage"],
    ["{ type: 7 }", '5:13: type must be text; put it in quotes: "7"'],
    ["7", "5:5: stages[0] must be a map of keys and values, not 7"],
    [
      "{ type: gain, id: 1a }",
      '5:23: "1a" cannot be an id: begin with a letter, then up to 31 letters, digits, _ or -',
    ],
    ["{ type: gain, id: board }", '5:23: "board" is the id of an entry above; give each its own'],
    ["{ type: gain, form: board }", '5:19: "form" is not a parameter of gain; did you mean "from"?'],
    ["{ type: gain, params: { gain: 1 } }", '5:29: "gain" is not a parameter of gain; did you mean "gain_db"?'],
    ["{ type: gain, gain_db: 1, params: { gain_db: 1 } }", "5:19: gain_db stands under params too; keep one"],
    ["{ type: gain, gain_db: loud }", '5:28: gain_db must be a number in dB, not "loud"'],
    ["{ type: gain, gain_db: .nan }", "5:28: gain_db must be a number in dB, not NaN"],
    ["{ type: gain, gain_db: -.inf }", "5:28: gain_db must be a number in dB, not -Infinity"],
    ["{ type: gain, gain_db: }", "5:28: gain_db must be a number in dB, not nothing"],
    ["{ type: gain, gain_db: 121 }", "5:28: gain_db: 121 dB is out of range; choose -120 to 120 dB"],
    ["{ type: notch }", "5:5: freq_hz is missing; notch needs it: number in Hz"],
    ["{ type: decimate, factor: 2.5 }", "5:31: factor must be a whole number, not 2.5"],
    ["{ type: band_power, relative: yes }", '5:35: relative must be true or false, not "yes"'],
    ["{ type: r_peaks, channel: 3 }", '5:31: channel must be text; put it in quotes: "3"'],
    [
      '{ type: r_peaks, channel: "a\\0b" }',
      "5:31: channel holds control characters or broken Unicode; write plain text",
    ],
    [
      "{ type: lowpass, freq_hz: 9, family: butterwort }",
      '5:42: family: "butterwort" is not a choice; did you mean "butterworth"?',
    ],
    [
      "{ type: lowpass, freq_hz: 9, family: [] }",
      "5:42: family must be butterworth, chebyshev1, chebyshev2, elliptic or bessel, not a list",
    ],
    ["{ type: montage, offsets: 3 }", "5:31: offsets must be a list, not 3"],
    ["{ type: montage, offsets: [1, a] }", '5:35: offsets[1] must be a number in uV, not "a"'],
    ["{ type: montage, channels: Fp1 }", '5:32: channels must be a list, not "Fp1"'],
    ["{ type: montage, channels: [Fp1, fp1] }", '5:38: "fp1" stands in channels twice; keep one'],
    [
      "{ type: montage, weights: [1, 2] }",
      "5:31: weights must be a list of rows, each a list of numbers: [[1, 0], [0, 1]]",
    ],
    [
      "{ type: montage, weights: [[1, 2], [3]] }",
      "5:40: weights[1] is 1 long, the first row 2; make all rows equally long",
    ],
    ["{ type: montage, weights: [[1, 200]] }", "5:36: weights[0][1]: 200 is out of range; choose -100 to 100"],
    ["{ type: band_power, bands: {} }", "5:32: bands is empty; name at least one band: { alpha: [8, 13] }"],
    ["{ type: band_power, bands: { alpha: [8] } }", "5:41: alpha must be two numbers, [low, high], not 1"],
    ["{ type: band_power, bands: { alpha: [13, 8] } }", "5:41: alpha: 13 is not below 8; a band is [low, high]"],
    ["{ type: band_power, bands: { alpha: [8, 8] } }", "5:41: alpha: 8 is not below 8; a band is [low, high]"],
    ["{ type: band_power, bands: { alpha: [-1, 8] } }", "5:42: alpha[0]: -1 Hz is out of range; choose 0 to 100000 Hz"],
    [
      "{ type: band_power, bands: { a.b: [1, 8] } }",
      '5:34: "a.b" cannot name a band: begin with a letter, then up to 31 letters, digits, _ or -',
    ],
    [
      "{ type: band_power, bands: { __proto__: [1, 8] } }",
      '5:34: "__proto__" cannot name a band: begin with a letter, then up to 31 letters, digits, _ or -',
    ],
    ["{ type: gain, from: bord }", '5:25: "bord" is not the id of a source or stage; did you mean "board"?'],
    [
      "{ id: a, type: gain, from: a }",
      '5:32: these stages feed each other: "a" -> "a"; let one take its input from outside the circle',
    ],
    [
      "{ type: psd, bypass: true }",
      "5:26: psd turns a signal into a spectrum, so it cannot be passed over; remove it instead",
    ],
    [
      "{ type: spectral }",
      '5:5: "spectral" takes a spectrum, but "board" gives a signal; put a stage between them that does',
    ],
    [
      "{ type: gain, group: a b }",
      '5:26: "a b" cannot name a group: begin with a letter, then up to 31 letters, digits, _ or -',
    ],
  ])("%s", (stage, problem) => {
    expect(problems(withStages(stage))).toEqual([`a.yaml:${problem}`]);
  });
});

describe("problems of the whole", () => {
  test("all of them at once, in the order of the lines", () => {
    expect(
      problems(
        "schema: 2\nsource: { type: synthetik }\nstages:\n  - { type: gain, gain_db: 1000 }\nsinkz: []\nblock_frames: -1\n",
      ),
    ).toEqual([
      "a.yaml:1:1: name is missing; name the pipeline",
      "a.yaml:1:9: schema 2 is not known; this version reads schema 1",
      'a.yaml:2:17: "synthetik" is not a source; did you mean "synthetic"?',
      "a.yaml:4:28: gain_db: 1000 dB is out of range; choose -120 to 120 dB",
      'a.yaml:5:1: "sinkz" is not known here; did you mean "sinks"?',
      "a.yaml:6:15: block_frames: -1 is out of range; choose 0 to 65536",
    ]);
  });

  test("a circle is told as a chain, along the flow", () => {
    const stages = [
      "{ id: a, type: gain, from: c }",
      "{ id: b, type: gain, from: a }",
      "{ id: c, type: gain, from: b }",
      "{ id: d, type: gain }",
    ];
    expect(problems(withStages(...stages))).toEqual([
      'a.yaml:5:32: these stages feed each other: "a" -> "b" -> "c" -> "a"; let one take its input from outside the circle',
    ]);
  });

  test("ports that do not fit, with what would", () => {
    expect(problems(`${withStages("{ type: gain }", "{ type: psd }")}sinks: [{ type: recorder }]\n`)).toEqual([
      'a.yaml:7:9: "recorder" takes a signal, but "psd" gives a spectrum; take it from board or gain',
    ]);
  });

  test("nothing comes after a sink", () => {
    const sinks = "sinks: [{ id: log, type: level_log }, { type: stream, from: log }]\n";
    expect(problems(`${withStages("{ type: gain }", "{ id: b, type: gain, from: log }")}${sinks}`)).toEqual([
      'a.yaml:6:32: "log" is a sink, and nothing comes after it; choose board or gain',
      'a.yaml:7:61: "log" is a sink, and nothing comes after it; choose board, gain or b',
    ]);
  });

  test("a group is fed by one producer", () => {
    const stages = [
      "{ id: a, type: gain }",
      "{ id: b, type: gain, group: slow }",
      "{ id: c, type: gain, group: main }",
    ];
    expect(problems(withStages(...stages))).toEqual([
      'a.yaml:7:5: "c" takes its input from "b", but its group "main" is one thread and is fed by "board"; put it in a group of its own',
    ]);
  });

  test("limits", () => {
    const many = problems(withStages(...Array.from({ length: LIMITS.stages + 1 }, () => "{ type: gain }")));
    expect(many).toEqual(["a.yaml:5:3: stages has 257 members; at most 256 are allowed"]);
    expect(problems(withStages(`{ type: r_peaks, channel: ${"x".repeat(4097)} }`))).toEqual([
      "a.yaml:5:31: channel has 4097 characters; at most 4096 are allowed",
    ]);
  });

  test("no more than anybody reads", () => {
    const body = {
      schema: 1,
      name: "x",
      source: { type: "gain" },
      ...Object.fromEntries(Array.from({ length: 1e5 }, (_, i) => [`k${i}`, i])),
    };
    expect(refused(() => validate(bodyDocument(body), catalog))).toHaveLength(LIMITS.problems);
  });
});

describe("tests", () => {
  const withTest = (block: string) => `${withStages("{ id: power, type: band_power }")}tests:\n  - ${block}\n`;

  test.each([
    ["{ expect: [] }", "7:15: a test that expects nothing cannot fail; say what must come out"],
    ["{ name: x }", "7:5: expect must be a list, not nothing"],
    ["{ expect: [{ stage: powr, above: 1 }] }", '7:25: "powr" is not the id of a stage; did you mean "power"?'],
    ["{ expect: [{ above: 1 }] }", "7:16: stage is missing; name the stage whose output is meant"],
    ["{ expect: [{ stage: power }] }", "7:16: above and below are missing; without a bound the test cannot fail"],
    [
      "{ expect: [{ stage: power, above: 2, below: 2 }] }",
      "7:16: no number is above 2 and below 2; exchange or widen the bounds",
    ],
    [
      "{ expect: [{ stage: power, above: 2, statistic: median }] }",
      '7:53: statistic: "median" is not a choice; did you mean "mean"?',
    ],
    [
      "{ seconds: 0, expect: [{ stage: power, above: 2 }] }",
      "7:16: seconds: 0 s is out of range; choose 0.1 to 3600 s",
    ],
    [
      "{ source: { id: a, type: synthetic }, expect: [{ stage: power, above: 2 }] }",
      "7:17: a test's source has no id; it stands in for the pipeline's own",
    ],
    [
      "{ source: { type: replay }, expect: [{ stage: power, above: 2 }] }",
      "7:15: file is missing; replay needs it: text",
    ],
  ])("%s", (block, problem) => {
    expect(problems(withTest(block))).toEqual([`a.yaml:${problem}`]);
  });
});

describe("cores", () => {
  test.each([
    ["[1]", "3:8: cores must be a map of keys and values, not a list"],
    ["{ main: 1.5 }", "3:16: main must be a whole number, not 1.5"],
    ["{ main: -1 }", "3:16: main: -1 is out of range; choose 0 to 1023"],
    ["{ 1st: 0 }", '3:10: "1st" cannot be a group: begin with a letter, then up to 31 letters, digits, _ or -'],
  ])("%s", (cores, problem) => {
    const text = `schema: 1\nname: a\ncores: ${cores}\nsource: { type: synthetic }\n`;
    expect(problems(text)).toEqual([`a.yaml:${problem}`]);
  });
});

test("a request's body is told by pointers", () => {
  const body = {
    schema: 1,
    name: "x",
    source: { type: "synthetic" },
    stages: [{ type: "gain", gain_db: "6" }, { type: "notch" }],
  };
  expect(refused(() => validate(bodyDocument(body), catalog))).toEqual([
    '/stages/0/gain_db: gain_db must be a number in dB, not "6"',
    "/stages/1/params/freq_hz: freq_hz is missing; notch needs it: number in Hz",
  ]);
});
