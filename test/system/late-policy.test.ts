// SPDX-License-Identifier: Apache-2.0
//
// What `late` of a manifest puts in the place of an output that is not there, as whoever listens to the stream sees it.
import { afterEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FLAG, Packet } from "../../src/native/packet.ts";
import { PluginBox, putPlugin } from "../plugins/odometer.fixture.ts";
import { until } from "./service.ts";

type Row = { values: number[]; flags: number };
/** By frame of the signal. */
type Rows = Map<number, Row>;

const POLICIES: Record<string, { flags: number; row: (input: Row, lastGood: Row) => number[] }> = {
  dry: { flags: FLAG.late | FLAG.dry, row: (input) => input.values },
  hold: { flags: FLAG.late, row: (_, lastGood) => lastGood.values },
  silence: { flags: FLAG.late, row: ({ values }) => values.map(() => 0) },
};

let box: PluginBox | undefined;
afterEach(async () => {
  await box?.close();
  rmSync(box?.folder.path ?? "", { recursive: true, force: true });
});

const cases = ["process", "in-process"].flatMap((isolation) => Object.keys(POLICIES).map((late) => [late, isolation]));

test.each(cases as [string, string][])(
  "%s (%s)",
  async (late, isolation) => {
    const { flags, row } = POLICIES[late] as (typeof POLICIES)[string];
    const data = mkdtempSync(join(tmpdir(), "stagebox-late-"));
    await putPlugin(join(data, "plugins/odometer"), { manifest: { runtime: { late, isolation } } });
    box = await PluginBox.open(data);
    await box.plugins.start();
    expect((await box.plugins.choose("odometer", { trusted: "unsigned" })).isolation).toBe(isolation as "process");
    await box.run("{ type: odometer }");
    const [input, output] = [await rowsOf(box, "board"), await rowsOf(box, "odometer")];
    const own = () => [...output.values()].filter((it) => !(it.flags & FLAG.late)).length;
    await until("its output", () => own() > 100);
    await box.supervisor.patch([{ action: "set", id: "odometer", params: { crash_at: 1 } }]);
    await until("it to be dead", () => [...output.values()].some((it) => it.flags & FLAG.late));
    await box.supervisor.patch([{ action: "set", id: "odometer", params: { crash_at: 0 } }]);
    const before = own();
    await until("it to be back", () => own() > before + 100);
    await box.supervisor.stop();

    let lastGood: Row | undefined;
    let replaced = 0;
    for (const [frame, it] of output) {
      const given = input.get(frame);
      if (!(it.flags & FLAG.late)) {
        expect(it.flags & FLAG.dry).toBe(0);
        lastGood = it;
      } else if (given && lastGood) {
        expect([frame, it.flags & (FLAG.late | FLAG.dry), it.values]).toEqual([frame, flags, row(given, lastGood)]);
        replaced++;
      }
    }
    expect(replaced).toBeGreaterThan(0);
    expect([...input.values()].every((it) => !(it.flags & (FLAG.late | FLAG.dry)))).toBe(true);
  },
  30_000,
);

async function rowsOf({ supervisor }: PluginBox, stream: string): Promise<Rows> {
  const rows: Rows = new Map();
  await supervisor.listen(stream, {
    onFormat() {},
    onPacket(bytes) {
      const { data, first_frame, frames, channels, flags } = new Packet(bytes);
      for (let i = 0; i < frames; i++)
        rows.set(first_frame + i, { values: [...data.subarray(i * channels, (i + 1) * channels)], flags });
    },
    onEnd() {},
  });
  return rows;
}
