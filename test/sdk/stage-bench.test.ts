// SPDX-License-Identifier: Apache-2.0
//
// What runs stages at a desk is held against the box: the same code, the same signal, the same numbers, times and events.
import { describe, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "smol-toml";
import type { Block, Output } from "stagebox";
import { problems, read, run } from "stagebox/test";
import { declarations, declarationsPath } from "../../scripts/sdk.ts";
import { LEAST, writeTree } from "../plugins/manifest.fixture.ts";
import { PluginBox } from "../plugins/odometer.fixture.ts";
import { MyFeatures, MyFilter, MySource, my_marks } from "../plugins/script/shapes.ts";
import { Average, Ranges } from "./based.ts";

const rows = Array.from({ length: 1000 }, (_, i) => [Math.sin(i / 9), Math.cos(i / 5), i / 1000]);

describe("a stage", () => {
  test("that keeps to the rules has no problems", async () => {
    expect(await problems(MyFilter, rows, { params: { weight: 0.1 } })).toEqual([]);
    expect(await problems(Average, rows, { params: { weight: 0.01 } })).toEqual([]);
    const events = [30, 49, 50, 51, 74, 75, 990].map((frame) => ({ frame, label: `at ${frame}`, duration_s: 0 }));
    expect(await problems(Ranges, rows, { params: { window_s: 0.2 }, output: "features", events })).toEqual([]);
  });

  test("that keeps a block's memory, forgets at a reload, or leaves something unwritten has some", async () => {
    let kept: Float32Array | undefined;
    const keeper = (samples: Float32Array): Output => {
      const before = kept ?? samples;
      kept = samples;
      return before.length === samples.length ? before.slice() : samples.slice();
    };
    expect((await problems(keeper, rows))[0]).toContain("value 192 of what comes out is NaN");
    class Forgetful extends Average {
      override load(): void {}
    }
    expect(await problems(Forgetful, rows, { params: { weight: 0.01 } })).toEqual([
      expect.stringContaining("with a reload half way value 1536 is"),
    ]);
    expect(await problems(MyFeatures, rows, { output: "features" })).toEqual([
      "with a reload half way 3 frames come out, and not 4",
    ]);
    expect((await problems(() => undefined, rows))[0]).toContain("value 0 of what comes out is NaN");
    const first = (samples: Float32Array, { frames }: Block): Output => samples.map((it) => it / frames);
    expect((await problems(first, rows)).length).toBe(2);
    await expect(run(() => new Float32Array(5), rows)).rejects.toThrow("it returns 5 values, not 32 rows of 3");
  });

  test("a window's row stands at its first new frame, and has the extremes of the window", async () => {
    const { format, data, times_ns, frames } = await run(Ranges, rows, {
      params: { window_s: 0.2 },
      output: "features",
    });
    expect([format.rate_hz, format.values, frames]).toEqual([10, ["least", "most"], 39]);
    for (let row = 0; row < frames; row++) {
      const window = rows.slice(25 * row, 25 * row + 50).map(([value = 0]) => value);
      expect(data[6 * row]).toBeCloseTo(Math.min(...window), 6);
      expect(data[6 * row + 3]).toBeCloseTo(Math.max(...window), 6);
      expect(times_ns[row]).toBe(BigInt((25 * row + 25) * 4_000_000));
    }
  });

  test("hears of events, and puts its own on frames of the whole", async () => {
    const events = [{ frame: 40, label: "stimulus", duration_s: 0 }];
    const ran = await run(my_marks, rows, { events });
    expect(ran.events.map(({ frame, label }) => [frame, label])).toEqual([
      [40, "stimulus"],
      [40, "seen"],
    ]);
    const placed = await run(MyFeatures, rows, {
      output: "features",
      events: [{ frame: 300, label: "x", duration_s: 1 }],
    });
    expect(placed.events).toEqual([{ frame: 1, label: "x", duration_s: 1 }]);
  });

  test("is refused in its own words", async () => {
    await expect(run(MyFeatures, rows, { output: "features", format: { rate_hz: 1 } })).rejects.toThrow(
      "a second has to have",
    );
  });
});

test("a source is read to its end", async () => {
  const { frames, data, format } = await read(MySource, 5000, { blocks: [3, 64] });
  expect([frames, format.channels]).toEqual([1000, ["up", "down"]]);
  expect(data.slice(-2)).toEqual(Float32Array.of(999, -999));
});

test("what comes out at a desk comes out in a box", async () => {
  const param = (id: string) => ({ id, kind: "number", default: 0.2, live: true, description: "For a test." });
  const said = (output: string, params: object[]) => ({ name: "X", description: "For a test.", output, params });
  const stages = { average: said("signal", [param("weight")]), ranges: said("features", [param("window_s")]) };
  const runtime = { kind: "script", script: "stage.ts" };
  const path = mkdtempSync(join(tmpdir(), "stagebox-desk-"));
  chmodSync(path, 0o755);
  const code = readFileSync(join(import.meta.dir, "based.ts"), "utf8");
  writeTree(path, {
    "plugins/based/plugin.toml": stringify({ ...LEAST, id: "based", runtime, stages }),
    "plugins/based/stage.ts": code,
  });
  const box = await PluginBox.open(path);
  try {
    await box.plugins.start();
    const channel_names = ["C1", "C2", "C3"];
    const inBox = async (type: string) => {
      const { id } = await box.plugins.createInstance("based", { type, rate_hz: 250, channel_names, max_frames: 128 });
      const pieces = [rows.slice(0, 333), rows.slice(333)].map((piece) => Float32Array.from(piece.flat()));
      const outputs = await Array.fromAsync(pieces, (piece) => box.plugins.execute(id, piece));
      return outputs.flatMap(({ data }) => [...data]);
    };
    expect(await inBox("average")).toEqual([...(await run(Average, rows, { params: { weight: 0.2 } })).data]);
    expect(await inBox("ranges")).toEqual([
      ...(await run(Ranges, rows, { params: { window_s: 0.2 }, output: "features" })).data,
    ]);
  } finally {
    await box.close();
    rmSync(path, { recursive: true, force: true });
  }
}, 30_000);

test("what editors and tsc find beside a new plugin is what the module says", async () => {
  expect(await Bun.file(declarationsPath).text()).toBe(declarations());
});
