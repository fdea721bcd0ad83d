// SPDX-License-Identifier: Apache-2.0
//
// A box that offers its services to plugins, which are written for one test and run as a box runs them.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BoxServices } from "../../src/plugins/bus/box-services.ts";
import { Exporter } from "../../src/project/exporter.ts";
import { projectServices } from "../../src/project/project-services.ts";
import { AuditLog } from "../../src/store/audit.ts";
import { PipelineStore } from "../../src/store/pipelines.ts";
import { ProjectFiles } from "../../src/store/project-files.ts";
import { summariseRecording } from "../../src/store/recording-summary.ts";
import { RecordingStore } from "../../src/store/recordings.ts";
import { BusBox, type MainPlugin } from "../plugins/bus/bus.fixture.ts";

const BUSY = `schema: 1
name: busy
source: { id: board, type: synthetic, params: { channels: 3, rate_hz: 250 } }
stages:
  - { id: filter, type: gain, params: { gain_db: 0 } }
  - { id: psd, type: fft, from: filter, params: { size: 64 } }
`;

/** What it may ask for, once it was granted. */
export const ALL = [
  ...["project", "graph", "recordings", "list_files", "read_file", "write_file", "delete_file", "mark"],
  ...["start_recording", "stop_recording", "edit_graph", "start_pipeline", "stop_pipeline", "restart_source", "export"],
].map((name) => `stagebox.${name}`);

/** Asks the box whatever it is asked to ask. */
export const ASKER = {
  python: `
import stagebox

@stagebox.service
def ask(request):
    try:
        return {"answer": stagebox.call(request["service"], request["request"])}
    except stagebox.ServiceError as error:
        return {"words": str(error)}
`,
  script: `
import { call, service } from "stagebox";
service("ask", async ({ service, request }) => {
  try {
    return { answer: await call(service, request) };
  } catch (error) {
    return { words: error.message };
  }
});
`,
};

export function asker(kind: "python" | "script", granted = ALL): MainPlugin {
  return {
    ...{ id: kind === "python" ? "snake" : "typist", kind, code: ASKER[kind] },
    manifest: { permissions: { services: ALL }, services: { ask: { timeout_ms: 30_000 } } },
    granted: { services: granted },
  };
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape, and fail where it is another
export type Said = { answer?: any; words?: string };

export class ProjectBox {
  private constructor(
    readonly plugins: BusBox,
    readonly audit: AuditLog,
    readonly services: BoxServices,
    readonly files: ProjectFiles,
    private readonly exporter: Exporter,
  ) {}

  #isClosed = false;

  static async open(...plugins: MainPlugin[]): Promise<ProjectBox> {
    const bus = await BusBox.open(...plugins);
    const { folder, supervisor: box } = bus.box;
    const audit = new AuditLog(folder, () => {});
    const pipelines = new PipelineStore(new Map([["busy", BUSY]]), folder.pipelines);
    const files = new ProjectFiles(folder.project);
    const recordings = new RecordingStore(folder.recordings, {
      summarise: summariseRecording,
      isBeingWritten: (path) => box.isWriting(path.split("/").at(-1) ?? ""),
    });
    const exporter = new Exporter(
      [process.execPath, join(import.meta.dir, "../../src/main.ts")],
      files,
      bus.box.events,
    );
    const parts = { box, pipelines, files, recordings, exporter, version: "1.2.3" };
    const services = new BoxServices(projectServices(parts), audit);
    bus.bus.offer(services);
    return new ProjectBox(bus, audit, services, files, exporter);
  }

  get folder() {
    return this.plugins.box.folder;
  }

  /** What the plugin is told when it asks the box. */
  async ask(plugin: "snake" | "typist", name: string, request: unknown = {}): Promise<Said> {
    return (await this.plugins.ask(`${plugin}.ask`, { service: `stagebox.${name}`, request })) as Said;
  }

  put(path: string, content: string | Uint8Array): void {
    const real = join(this.folder.project, path);
    mkdirSync(join(real, ".."), { recursive: true });
    writeFileSync(real, content);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.exporter.close();
    this.services.close();
    this.audit.close();
    await this.plugins.close();
  }
}
