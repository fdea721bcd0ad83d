// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import React from "react";
import { renderToStaticMarkup } from "react-dom/server";
import type { Panel } from "stagebox";
import { deskConsole, problems, run } from "stagebox/test";
import { SignalQuality } from "../stage.ts";

const { default: HeadPanel } = (await import("../ui/bundle.js" as string)) as { default: Panel<{ stage: string }> };
const params = { window_s: 1, flat_uv: 0.5, noisy_uv: 50 };
const format = { rate_hz: 200, channels: ["Fp1", "O2", "EMG"] };
/** 0.1, 20 and 200 uV RMS, of 10 Hz. */
const rows = Array.from({ length: 400 }, (_, i) =>
  [0.1, 20, 200].map((rms) => rms * Math.SQRT2 * Math.sin((i * Math.PI) / 10)),
);

test("the stage says flat, good and noisy, whatever the blocks are, and through a reload", async () => {
  const { data, format: out } = await run(SignalQuality, rows, { params, format, output: "features" });
  expect(out).toMatchObject({ rate_hz: 2, values: ["rms_uv", "fast", "quality"], unit: "1" });
  expect([...data.subarray(0, 3)].map((it) => it.toFixed(3))).toEqual(["0.100", "20.000", "200.000"]);
  expect([...data.subarray(6, 9)]).toEqual([0, 1, 2]);
  expect(await problems(SignalQuality, rows, { params, format, output: "features" })).toEqual([]);
});

test("limits that leave nothing good are refused", async () => {
  const odd = { ...params, flat_uv: 60 };
  await expect(run(SignalQuality, rows, { params: odd, format, output: "features" })).rejects.toThrow(
    "nothing would be good",
  );
});

test("the panel shows each electrode in its colour", async () => {
  const {
    data,
    format: out,
    frames,
    times_ns,
  } = await run(SignalQuality, rows, { params, format, output: "features" });
  const last = { format: out, data, frames, time_ns: times_ns.at(-1) ?? 0n };
  const render = (shown: object) =>
    renderToStaticMarkup(
      React.createElement(HeadPanel as never, { console: deskConsole({ React, ...shown }), stage: "quality" }),
    );
  const markup = render({ rows: { quality: last } });
  for (const words of ["Fp1: flat, 0.1 µV", "O2: good, 20.0 µV", "EMG: noisy, 200.0 µV"])
    expect(markup).toContain(words);
  expect(markup.match(/#[0-9a-f]{6}/g)).toEqual(["#8a8f98", "#2e9e5b", "#d64545"]);
  expect(render({})).toBe("<p>Waiting for quality</p>");
});
