// SPDX-License-Identifier: Apache-2.0
//
// The bus of a test lets a main part do what the box's does; test/plugins/bus says what that is.
import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ServiceError } from "stagebox";
import { openMain } from "stagebox/test";
import { writeTree } from "../plugins/manifest.fixture.ts";

/** Here, where the name "stagebox" is known. */
const dist = join(import.meta.dir, "../../dist");
mkdirSync(dist, { recursive: true });
const work = mkdtempSync(join(dist, "main-bench-"));
afterAll(() => rmSync(work, { recursive: true }));
const CODE = `
import { call, config, publish, service, subscribe } from "stagebox";
let total = config.start;
service("add", ({ amount }) => ({ total: (total += amount), nothing: undefined }));
service("around", (request) => call("other.twice", request));
service("forbidden", () => call("other.secret"));
export async function on_load(context) {
  await subscribe("Marker", (event) => publish("counter.marked", { label: event.data.label, lost: event.lost }));
  await subscribe("StageOp");
  await publish("counter.loaded", context);
}
export const on_event = ({ type }) => publish("counter.heard", { type });
export const on_unload = () => publish("counter.gone");
`;
const manifest = {
  id: "counter",
  version: "1.2.3",
  config: { start: { default: 5 } },
  permissions: {
    subscribe: ["Marker", "StageOp"],
    publish: ["counter.loaded", "counter.marked", "counter.heard", "counter.gone"],
    services: ["other.twice"],
  },
};

function opened(code = CODE, config: Record<string, unknown> = {}) {
  const folder = mkdtempSync(join(work, "f-"));
  writeTree(folder, { "main.ts": code });
  return openMain(join(folder, "main.ts"), {
    ...{ manifest, config },
    services: { "other.twice": (request) => 2 * request, "other.secret": () => 1 },
  });
}

describe("a main part", () => {
  test("hears what it subscribed to, and nothing else", async () => {
    const main = await opened();
    await main.happens("Marker", { label: "go" }, 2);
    await main.happens("StageOp");
    await main.happens("PipelineStarted");
    await main.unload();
    expect(main.published).toEqual([
      { type: "counter.loaded", data: { plugin: "counter", version: "1.2.3", config: { start: 5 } } },
      { type: "counter.marked", data: { label: "go", lost: 2 } },
      { type: "counter.heard", data: { type: "StageOp" } },
      { type: "counter.gone", data: {} },
    ]);
  });

  test("serves, and each one opened begins anew", async () => {
    expect(await (await opened()).ask("add", { amount: 2 })).toStrictEqual({ total: 7 });
    expect(await (await opened(CODE, { start: 100 })).ask("add", { amount: 2 })).toStrictEqual({ total: 102 });
  });

  test("calls what its manifest asks for", async () => {
    const main = await opened();
    expect(await main.ask("around", 4)).toBe(8);
    expect(main.calls).toEqual([{ service: "other.twice", request: 4 }]);
    await expect(main.ask("forbidden")).rejects.toThrow(
      new ServiceError("counter may not call other.secret: [permissions] services"),
    );
    await expect(main.ask("nothing")).rejects.toThrow('it registers no service("nothing", ...)');
  });

  test("may not hear or publish what its manifest does not ask for", async () => {
    const load = (line: string) =>
      opened(`import { publish, subscribe } from "stagebox";\nexport const on_load = () => ${line};`);
    await expect(load('subscribe("*")')).rejects.toThrow('may not hear "*"');
    await expect(load('publish("other.event")')).rejects.toThrow('publishes "other.event"');
  });

  test("throws in the test what its handlers throw", async () => {
    const main = await opened(`import { subscribe } from "stagebox";
await subscribe("Marker", () => { throw new RangeError("out of it"); });`);
    await expect(main.happens("Marker")).rejects.toThrow("out of it");
  });
});
