// SPDX-License-Identifier: Apache-2.0
//
// The whole of a set-up as the image runs it, but for its users: root's part, and the service's in a process of its own.
import { expect, test } from "bun:test";
import { cpSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestBox, testBoxes } from "../appliance/setup/box.fixture.ts";
import { testFolders } from "../plugins/folders.fixture.ts";
import { zipOf } from "../plugins/install/zip.fixture.ts";
import { Service, until } from "../system/service.ts";
import { stagebox } from "./stagebox.ts";

const MINUTE = 60_000;
const newBox = testBoxes();
const { gain } = testFolders();

const setUp = ({ places }: TestBox, ...more: string[]) =>
  stagebox(["appliance", "setup", "--root", places.root, ...more]);
const data = (box: TestBox, name: string) => readFileSync(join(box.places.data, name), "utf8");

const PIPELINE = `schema: 1
name: My own
source: { type: synthetic }
stages:
  - { id: louder, type: smooth_gain, params: { gain_db: 6 } }
`;

test(
  "a plugin and the pipeline that needs it, both beside the file",
  async () => {
    const box = newBox();
    cpSync(gain(), join(box.places.firmware, "gain"), { recursive: true });
    box.write("My own.yaml", PIPELINE.replaceAll("\n", "\r\n"));
    box.write(
      "stagebox.toml",
      'plugins = ["gain", "broken.zip"]\npipeline = "My own.yaml"\n[admin]\ntoken = "0123456789abcdef"\n',
    );
    box.write("broken.zip", zipOf([{ name: "../out", content: "x" }]));
    const { exitCode, stdout, stderr } = await setUp(box);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("stagebox.toml, line 1: ");
    expect(stdout).toContain("one thing is wrong");
    expect(stdout).toContain("the plugin gain 1.0.0 is installed");
    expect(stdout).toContain("the pipeline is my-own");
    expect(stdout + stderr).not.toContain("0123456789abcdef");
    expect(existsSync(join(box.places.data, "plugins/gain/1.0.0/plugin.toml"))).toBe(true);
    expect(data(box, "pipelines/my-own.yaml")).toBe(PIPELINE);
    expect(JSON.parse(data(box, "state.json"))).toEqual({ pipeline: PIPELINE, running: true });
    expect(data(box, "admin-token")).toBe("0123456789abcdef\n");
    expect(statSync(join(box.places.data, "admin-token")).mode & 0o777).toBe(0o600);
    expect(existsSync(box.places.handover)).toBe(false);
    const notes = readFileSync(join(box.places.notes, "setup"), "utf8");
    expect(notes).toMatch(/^set-up: stagebox\.toml:1:\d+: [^\n]*\n$/);

    expect((await setUp(box)).stdout).toBe("There is nothing new on the card.\n");
  },
  MINUTE,
);

test(
  "all plugins of a card are one generation, on a box that runs, too",
  async () => {
    const box = newBox();
    mkdirSync(box.places.data, { recursive: true });
    const service = await Service.start({ data: box.places.data, environment: { STAGEBOX_PLUGINS: "" } });
    const sets = async () => (await service.get("/api/plugins/generations")).body.generations;
    try {
      await until("the first set", async () => (await sets()).length === 1);
      for (const id of ["one", "two", "three"])
        cpSync(gain({}, [[/^id = .*$/m, `id = "${id}"`]]), join(box.places.firmware, id), { recursive: true });
      box.write("stagebox.toml", 'plugins = ["one", "two", "three"]\n');
      expect((await setUp(box)).stdout).toContain("the plugin three 1.0.0 is installed");
      await until("the next set", async () => (await sets()).length > 1);
      expect((await sets()).slice(1)).toEqual([
        expect.objectContaining({ number: 2, changes: ["one", "three", "two"].map((id) => `${id} 1.0.0 installed`) }),
      ]);
    } finally {
      await service.discard();
    }
  },
  MINUTE,
);

test.each([
  ["alhpa", /there is no such pipeline; did you mean "alpha"\?/],
  ["wrong.yaml", /wrong\.yaml, line 5: .*"gian" is not a stage/],
])("a pipeline that cannot run is not chosen: %s", async (name, words) => {
  const box = newBox();
  box.write("wrong.yaml", PIPELINE.replace("smooth_gain", "gian"));
  box.write("stagebox.toml", `pipeline = "${name}"\n`);
  const { stdout } = await setUp(box);
  expect(stdout).toMatch(words);
  expect(existsSync(join(box.places.data, "state.json"))).toBe(false);
});

test(
  "a plugin that nobody can be reached for stays to be fetched, and the unit is told to try again",
  async () => {
    const box = newBox();
    box.write("stagebox.toml", 'plugins = ["https://127.0.0.1:1/gain.zip"]\n');
    expect((await setUp(box)).stdout).toContain("Still to come");
    const { exitCode, stdout } = await setUp(box, "--later");
    expect(exitCode).toBe(1);
    expect(stdout).toContain("the plugin from https://127.0.0.1:1/gain.zip, once there is a network");
    writeFileSync(box.places.setup_file, "# nothing\n");
    await setUp(box);
    expect((await setUp(box, "--later")).exitCode).toBe(0);
  },
  MINUTE,
);
