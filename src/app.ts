// SPDX-License-Identifier: Apache-2.0
//
// The composition root: builds the parts of a running box and joins them. Nothing else makes these objects.
import { basename } from "node:path";
import { createApi } from "./api/api.ts";
import { checkPort, type Listening, listen } from "./api/listen.ts";
import { runningBuild } from "./appliance/build.ts";
import { BoxNetwork } from "./appliance/network/box-network.ts";
import { readSystemNotes } from "./appliance/notes.ts";
import { placesBelow } from "./appliance/places.ts";
import { runFolder } from "./appliance/status/status-file.ts";
import { BoxUpdates } from "./appliance/update/box-updates.ts";
import { bundledPipelines } from "./asset.ts";
import { repairEdf } from "./formats/edf-repair.ts";
import { nowNs, simd } from "./native/engine.ts";
import type { Catalog } from "./pipeline/catalog.ts";
import type { Document } from "./pipeline/document.ts";
import { format } from "./pipeline/format.ts";
import { namedTypes } from "./pipeline/named-types.ts";
import { parse } from "./pipeline/parse.ts";
import type { Pipeline } from "./pipeline/pipeline.ts";
import { messageOf } from "./pipeline/problem.ts";
import { validate } from "./pipeline/validate.ts";
import { PluginChoices } from "./plugins/choices/choices.ts";
import { pluginFolders } from "./plugins/discovery/folders.ts";
import { leftBehind } from "./plugins/lifecycle/stand-ins.ts";
import { PluginManager } from "./plugins/manager.ts";
import { LiveCatalog } from "./runtime/catalog.ts";
import { EventBus } from "./runtime/events.ts";
import { Notices } from "./runtime/notices.ts";
import { Supervisor } from "./runtime/supervisor.ts";
import { AllowedFiles } from "./store/allowed-files.ts";
import { DataFolder } from "./store/folder.ts";
import { lockFolder } from "./store/folder-lock.ts";
import type { Notify } from "./store/json-file.ts";
import { type LastState, LastStateFile } from "./store/last-state.ts";
import { mendRecordings } from "./store/mend-recordings.ts";
import { PipelineStore } from "./store/pipelines.ts";
import { summariseRecording } from "./store/recording-summary.ts";
import { RecordingStore } from "./store/recordings.ts";
import { SignIn } from "./store/sign-in.ts";
import { readAdminToken, TokenStore } from "./store/tokens.ts";
import { version } from "./version.ts";
import { Vitals } from "./vitals.ts";

export interface BoxOptions {
  data_folder: string;
  port: number;
  host: string;
  /** Runs this in the place of what ran last; it may play its recording wherever that lies. */
  pipeline?: {
    /** As it was read: which plugins it needs stands in it. */
    document: Document;
    /** Throws ProblemsError. */
    load(catalog: Catalog): Pipeline;
  };
}

export interface RunningBox extends Listening {
  supervisor: Supervisor;
  admin_token: string;
}

/** Starts everything. Throws ProblemsError for a pipeline that was named and cannot run, PortTakenError. */
export async function startBox(options: BoxOptions): Promise<RunningBox> {
  checkPort(options.port, options.host); // before anything is touched or started
  const folder = new DataFolder(options.data_folder);
  const lock = lockFolder(folder);
  try {
    const box = await joinParts(options, folder);
    lock.announce(addressOf(options.host, box.port));
    return { ...box, close: () => box.close().finally(lock.unlock) };
  } catch (error) {
    lock.unlock();
    throw error;
  }
}

/** Where this machine reaches a box that listens at `host`. */
function addressOf(host: string, port: number): string {
  if (host === "0.0.0.0" || host === "::") return `http://127.0.0.1:${port}`;
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

async function joinParts(options: BoxOptions, folder: DataFolder): Promise<RunningBox> {
  const events = new EventBus();
  const notices = new Notices(events);
  const notify = notices.tell;
  mendRecordings(folder.recordings, repairEdf, notify);
  const catalog = new LiveCatalog();
  const lastState = new LastStateFile(folder, notify);
  const files = new AllowedFiles(folder, []);
  let lastPipeline = "";
  let stateWritten = Promise.resolve();

  const supervisor = new Supervisor({
    catalog,
    events,
    recordings_folder: folder.recordings,
    resolveFile: (file) => files.resolve(file),
    onChange(pipeline) {
      if (pipeline) lastPipeline = format(pipeline, catalog);
      stateWritten = lastState
        .write({ pipeline: lastPipeline, running: pipeline !== undefined })
        .catch((error) =>
          notify(`what runs could not be noted down, so it will not come back after a power cut: ${error.message}`),
        );
    },
  });

  const plugins = new PluginManager({
    ...{ catalog, events, graph: supervisor, folders: pluginFolders(folder) },
    choices: await PluginChoices.open(folder, notify),
    places: { recordings: folder.recordings, plugin_data: folder.plugin_data },
  });
  const tokens = await TokenStore.open(folder, notify);
  const places = placesBelow("/");
  const updates = new BoxUpdates(places, (news) => events.publish("Update", { ...news }));
  const systemNotes = readSystemNotes(places);
  const notes = () => [...systemNotes, ...updates.notes(), ...notices.all(), ...supervisor.telemetry().notes];
  const run = runFolder(places, process.env);
  const signIn = new SignIn(tokens, run !== undefined, notify);
  const vitals = new Vitals({
    ...{ box: supervisor, build: runningBuild(places), run, port: options.port, notes },
    safeMode: () => false,
    signInCode: () => signIn.code,
  });
  const api = createApi({
    box: supervisor,
    events,
    plugins,
    tokens,
    signIn,
    pipelines: new PipelineStore(bundledPipelines(), folder.pipelines),
    recordings: new RecordingStore(folder.recordings, {
      summarise: summariseRecording,
      isBeingWritten: (path) => supervisor.isWriting(basename(path)),
    }),
    network: new BoxNetwork(places),
    updates,
    system: { version, simd: simd(), folder, notes },
    health: () => vitals.health(),
    clock: () => ({ monotonic_ns: nowNs(), utc: new Date().toISOString() }),
  });
  try {
    if (options.pipeline) {
      await plugins.startThose(namedTypes(options.pipeline.document));
      const pipeline = options.pipeline.load(catalog);
      files.allow(pipeline.source.params.file);
      await supervisor.start(pipeline);
    } else await resume({ catalog, supervisor, plugins, files, notify }, await lastState.read());
  } catch (error) {
    await plugins.close();
    await vitals.close();
    throw error;
  }
  const listening = listen(api, options.port, options.host);
  vitals.listening(listening.port);
  /* Those that the pipeline does without come when it runs. */
  plugins.start().catch((error) => notify(`plugins could not be looked for: ${error.message}`));
  events.publish("SystemInit", { version });
  updates.start();
  return {
    ...listening,
    supervisor,
    admin_token: (await readAdminToken(folder)) ?? "",
    async close() {
      vitals.stopping();
      updates.close();
      events.publish("SystemShutdown");
      await supervisor.shutdown();
      await plugins.close();
      await stateWritten;
      await listening.close();
      await vitals.close();
    },
  };
}

interface Resuming {
  catalog: LiveCatalog;
  supervisor: Supervisor;
  plugins: PluginManager;
  files: AllowedFiles;
  notify: Notify;
}

/** Starts what ran last; the default where that is not known or cannot run; nothing if nothing ran. Stages whose plugin
 * is not there are passed over until it is. */
async function resume(
  { catalog, supervisor, plugins, files, notify }: Resuming,
  last: LastState | undefined,
): Promise<void> {
  if (last && !last.running) return;
  if (last) {
    try {
      const document = parse(last.pipeline, "state.json");
      await plugins.startThose(namedTypes(document));
      catalog.replace(undefined, leftBehind(document, catalog));
      const pipeline = validate(document, catalog);
      files.allow(pipeline.source.params.file);
      await supervisor.start(pipeline, { degraded: true });
      return;
    } catch (error) {
      notify(`what ran last cannot run now, so the default pipeline does: ${messageOf(error)}`);
    }
  }
  const text = bundledPipelines().get("default") ?? "";
  await supervisor.start(validate(parse(text, "default.yaml"), catalog));
}
