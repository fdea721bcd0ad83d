// SPDX-License-Identifier: Apache-2.0
//
// An API on a free port over any box, with a data folder of its own, and a fetch that has a token.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TSchema } from "@sinclair/typebox";
import { type ApiParts, createApi } from "../../src/api/api.ts";
import { listen } from "../../src/api/listen.ts";
import { BoxNetwork } from "../../src/appliance/network/box-network.ts";
import { placesBelow } from "../../src/appliance/places.ts";
import { BoxUpdates } from "../../src/appliance/update/box-updates.ts";
import { PluginBus } from "../../src/plugins/bus/bus.ts";
import { PluginChoices } from "../../src/plugins/choices/choices.ts";
import { Generations } from "../../src/plugins/generations/generations.ts";
import { BoxInstaller } from "../../src/plugins/index/box-installer.ts";
import { PluginIndex } from "../../src/plugins/index/plugin-index.ts";
import { OwnRatings } from "../../src/plugins/index/ratings.ts";
import { PluginManager } from "../../src/plugins/manager.ts";
import { Signatures } from "../../src/plugins/signature/signatures.ts";
import type { Box } from "../../src/runtime/box.ts";
import { LiveCatalog } from "../../src/runtime/catalog.ts";
import { EventBus } from "../../src/runtime/events.ts";
import { Progress } from "../../src/runtime/progress.ts";
import { Supervisor } from "../../src/runtime/supervisor.ts";
import { AuditLog } from "../../src/store/audit.ts";
import { DataFolder } from "../../src/store/folder.ts";
import { PipelineStore } from "../../src/store/pipelines.ts";
import { ProjectFiles } from "../../src/store/project-files.ts";
import { RecordingStore } from "../../src/store/recordings.ts";
import { SignIn } from "../../src/store/sign-in.ts";
import { type Role, readAdminToken, TokenStore } from "../../src/store/tokens.ts";
import { FakeBox } from "./fake-box.ts";

export const ALPHA = `schema: 1
name: alpha
source: { id: board, type: synthetic }
stages:
  - { id: notch, type: notch, params: { freq_hz: 50 } } # mains
  - { id: band, type: bandpass, params: { low_hz: 1, high_hz: 40 } }
`;

export interface TestApi<B extends Box = FakeBox> {
  box: B;
  events: EventBus;
  folder: DataFolder;
  audit: AuditLog;
  plugins: PluginManager;
  signIn: SignIn;
  tokens: Record<Role, string>;
  url: string;
  /** All that it serves: `GET /api/graph`. */
  routes: string[];
  /** What the API says a JSON answer looks like. */
  schema(method: string, path: string, status: number): TSchema | undefined;
  /** Fetches with the admin's token; an object is sent as JSON. */
  call(path: string, init?: Call): Promise<Answer>;
  socket(path: string): WebSocket;
  close(): Promise<void>;
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape, and fail where it is another
export type Answer = Omit<Response, "json"> & { json(): Promise<any> };

export type Call = Omit<RequestInit, "body"> & { body?: unknown; token?: string | null };

export async function startApi<B extends Box = FakeBox>(
  makeBox: (events: EventBus) => B = (events) => new FakeBox(events) as unknown as B,
  more: Partial<ApiParts> = {},
): Promise<TestApi<B>> {
  const folder = new DataFolder(mkdtempSync(join(tmpdir(), "stagebox-api-")));
  const events = new EventBus();
  const box = makeBox(events);
  const store = await TokenStore.open(folder, () => {});
  const tokens = {
    viewer: (await store.create("vera", "viewer")) ?? "",
    operator: (await store.create("otto", "operator")) ?? "",
    admin: (await readAdminToken(folder)) ?? "",
  };
  const catalog = new LiveCatalog();
  const audit = new AuditLog(folder, () => {});
  const choices = await PluginChoices.open(folder, () => {}, audit);
  const bus = new PluginBus(events);
  const plugins = new PluginManager({
    ...{ catalog, events, bus, choices, audit, places: {}, data: folder },
    graph: new Supervisor({
      ...{ catalog, events, recordings_folder: folder.recordings },
      resolveFile: (file) => file,
      onChange() {},
    }),
    folders: [{ origin: "box", path: folder.plugins }],
    signatures: new Signatures(),
    generations: await Generations.open(folder, choices, () => {}, audit),
  });
  await plugins.start();
  const progress = new Progress(box);
  const signIn = new SignIn(store, true, () => {});
  const notify = () => {};
  const app = createApi({
    market: {
      index: new PluginIndex(folder, notify),
      ratings: new OwnRatings(folder, notify, audit),
      installer: new BoxInstaller([process.execPath, join(import.meta.dir, "../../src/main.ts")], folder.path),
    },
    ...{ box, events, plugins, services: bus, tokens: store },
    ...{ signIn, audit },
    pipelines: new PipelineStore(new Map([["alpha", ALPHA]]), folder.pipelines),
    project: new ProjectFiles(folder.project),
    recordings: new RecordingStore(folder.recordings, {
      summarise: (path) => {
        if (!path.endsWith(".edf")) throw new Error("is of no known format");
        return {
          ...{ format: "edf", rate_hz: 256, frames: 2560, duration_s: 10, annotations: 0, notices: [] },
          channels: [{ name: "O1", unit: "uV" }],
        };
      },
      isBeingWritten: (path) => path.endsWith("open.edf"),
    }),
    updates: new BoxUpdates(placesBelow(folder.path), () => {}),
    system: { version: "0.1.0", simd: "avx2", folder, notes: () => ["a note"] },
    safeMode: { measures: undefined, leave: async () => undefined },
    network: new BoxNetwork(placesBelow(folder.path)),
    health: () => ({ flow: progress.look(), version: "0.1.0", build: "0123456789ab", safe_mode: false }),
    clock: () => ({ monotonic_ns: 123, utc: "2026-01-01T00:00:00.000Z" }),
    ...more,
  });
  const listening = listen(app, 0, "127.0.0.1");
  return {
    ...{ box, events, folder, audit, plugins, tokens, signIn, url: listening.url },
    routes: app.routes.map(({ method, path }) => `${method} ${path}`),
    schema(method, path, status) {
      const route = app.routes.find((it) => it.method === method && it.path === path);
      return route?.hooks.detail?.responses?.[status]?.content?.["application/json"]?.schema;
    },
    call(path, { body, token = tokens.admin, headers, ...init } = {}) {
      const isText = body === undefined || typeof body === "string" || body instanceof ReadableStream;
      return fetch(listening.url + path, {
        redirect: "manual",
        ...init,
        headers: {
          ...(token !== null && { authorization: `Bearer ${token}` }),
          ...(!isText && { "content-type": "application/json" }),
          ...(headers as Record<string, string>),
        },
        ...(body !== undefined && { body: isText ? (body as string) : JSON.stringify(body) }),
      });
    },
    socket(path) {
      const separator = path.includes("?") ? "&" : "?";
      const socket = new WebSocket(`${listening.url.replace("http", "ws")}${path}${separator}token=${tokens.viewer}`);
      socket.binaryType = "arraybuffer";
      return socket;
    },
    async close() {
      await listening.close();
      await plugins.close();
      audit.close();
      rmSync(folder.path, { recursive: true });
    },
  };
}
