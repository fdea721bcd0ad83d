// SPDX-License-Identifier: Apache-2.0
//
// The plugin protocol in a box: a session that leaves a recording with its markers, and a report.
import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "smol-toml";
import type { MainPlugin } from "../plugins/bus/bus.fixture.ts";
import { until } from "../system/service.ts";
import { ProjectBox } from "./project.fixture.ts";

const folder = join(import.meta.dir, "../../plugins/protocol");

test("a session of two phases", async () => {
  const { runtime: _, enabled: __, config, ...manifest } = parse(readFileSync(join(folder, "plugin.toml"), "utf8"));
  const { phases, durations_s, ...rest } = config as Record<string, object>;
  const quick = {
    ...rest,
    phases: { ...phases, default: ["rest", "move"] },
    durations_s: { ...durations_s, default: [0.5, 0.5] },
  };
  const plugin: MainPlugin = {
    ...{ id: "protocol", kind: "script", code: readFileSync(join(folder, "main.ts"), "utf8") },
    manifest: { ...manifest, config: quick },
  };
  const box = await ProjectBox.open(plugin);
  try {
    expect(box.plugins.box.plugins.get("protocol")).toMatchObject({ state: "ready" });
    expect(await box.plugins.ask("protocol.start", {})).toContain("failed:"); // nothing runs yet
    await box.plugins.box.run("{ id: filter, type: gain, params: { gain_db: 0 } }");
    const { file } = (await box.plugins.ask("protocol.start", {})) as { file: string };
    const report = join(box.folder.project, "protocol", file.replace(/\.[^.]*$/, ".json"));
    await until("the report", () => existsSync(report));
    expect(JSON.parse(readFileSync(report, "utf8"))).toMatchObject({
      ...{ file, how: "complete", phases: [{ label: "rest" }, { label: "move" }] },
      duration_s: expect.any(Number),
    });
    expect(box.plugins.data("protocol.phase").map(({ label }) => label)).toEqual(["rest", "move", ""]);
    expect(box.plugins.data("Marker")).toEqual([
      { label: "rest", duration_s: 0.5 },
      { label: "move", duration_s: 0.5 },
    ]);
    const recorded = readFileSync(join(box.folder.recordings, file), "latin1");
    expect(recorded).toContain("\x14move\x14");
    expect(box.plugins.faults("protocol")).toBe("");
  } finally {
    await box.close();
  }
}, 60_000);
