// SPDX-License-Identifier: Apache-2.0
//
// Clone, build, run: what a user does with git and a running box, and nothing else.
import { afterAll, expect, test } from "bun:test";
import { cpSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { stagebox } from "./built-plugin.ts";
import { Listener } from "./listener.ts";
import { newFolder, root, Service, until } from "./service.ts";

const hasTools = Bun.which("gcc") !== null && Bun.which("git") !== null;
if (!hasTools) console.log("skipped: clone, build, run: there is no gcc, or no git");

const folder = newFolder();
/** A box without the plugins of its image, which the clone is one of. */
const environment = { STAGEBOX_PLUGINS: "" };
let service: Service | undefined;
afterAll(async () => {
  await service?.discard();
  rmSync(folder, { recursive: true, force: true });
});

function git(...words: string[]): void {
  const who = ["-c", "user.name=A user", "-c", "user.email=user@example.org"];
  const { success, stderr } = Bun.spawnSync(["git", ...who, ...words], { cwd: folder });
  if (!success) throw new Error(`git ${words.join(" ")}: ${stderr}`);
}

/** A repository that holds one first-party plugin, as its author would publish it. */
function repositoryOf(id: string): string {
  const repository = join(folder, "published", id);
  mkdirSync(join(folder, "published"), { recursive: true });
  cpSync(join(root, "plugins", id), repository, { recursive: true, filter: (path) => !path.endsWith("/bin") });
  git("init", "-q", repository);
  git("-C", repository, "add", ".");
  git("-C", repository, "commit", "-q", "-m", "First version");
  return repository;
}

test.skipIf(!hasTools)(
  "a cloned plugin runs in the graph as soon as it is built",
  async () => {
    const repository = repositoryOf("spectrogram");
    service = await Service.start({ environment });
    const box = service;
    expect((await box.get("/api/stages/sliding_spectrum")).status).toBe(404);
    const clone = join(box.data, "plugins/spectrogram");
    mkdirSync(join(box.data, "plugins"), { recursive: true });

    git("clone", "-q", repository, clone);
    const found = await until("the clone to be found", async () => {
      const { body, status } = await box.get("/api/plugins/spectrogram");
      return status === 200 && body;
    });
    expect([found.state, found.reason]).toEqual([
      "error",
      expect.stringContaining("build it with stagebox plugin build"),
    ]);
    expect(stagebox("plugin", "build", clone)).toContain("spectrogram 1.0.0");
    const view = await until("it to be ready", async () => {
      const { body } = await box.get("/api/plugins/spectrogram");
      return body?.state === "ready" && body;
    });
    expect([view.folder, view.isolation]).toEqual([clone, "process"]);
    const { body: listed } = await box.get("/api/stages");
    expect(listed.stages).toContainEqual(
      expect.objectContaining({ type: "sliding_spectrum", plugin: { id: "spectrogram", version: "1.0.0" } }),
    );

    const stage = { type: "sliding_spectrum", size: 1024 };
    const inserted = await box.patch({ action: "insert", after: "band", stage });
    expect([inserted.status, inserted.text]).toEqual([200, inserted.text]);
    const { body: graph } = await box.get("/api/graph");
    const there = graph.stages.find(({ type }: { type: string }) => type === "sliding_spectrum");
    expect([there.from, there.params.size, there.format.port]).toEqual(["band", 1024, "spectrum"]);
    expect(there.format.values).toBe(1024 / 2 + 1);
    const listener = await Listener.open(box, there.id);
    await until("spectra", () => listener.packets.some(({ data }) => data.some((value) => value > 0)));
    listener.close();
    expect(listener.breaks()).toEqual([]);
  },
  90_000,
);

test.skipIf(!hasTools)(
  "a pipeline that names its stage runs at start",
  async () => {
    const data = service?.data ?? "";
    expect(await service?.stop()).toBe(0);
    const pipeline = join(data, "named.yaml");
    await Bun.write(
      pipeline,
      `schema: 1
name: named
source: { id: board, type: synthetic, params: { channels: 8, rate_hz: 250 } }
stages:
  - { id: spectra, type: sliding_spectrum, params: { size: 1024, overlap: 0.75 } }
`,
    );
    service = await Service.start({ data, pipeline, environment });
    const listener = await Listener.open(service, "spectra");
    await until("spectra", () => listener.packets.some(({ data }) => data.some((value) => value > 0)));
    listener.close();
    expect([listener.formats[0]?.channels, listener.formats[0]?.bin_hz]).toEqual([8, 250 / 1024]);
  },
  30_000,
);
