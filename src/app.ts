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
import { SafeMode } from "./appliance/safe-mode/safe-mode.ts";
import { seldom } from "./appliance/status/seldom.ts";
import { runFolder } from "./appliance/status/status-file.ts";
import { BoxUpdates } from "./appliance/update/box-updates.ts";
import { bundledPipelines, ownCommand } from "./asset.ts";
import { repairEdf } from "./formats/edf-repair.ts";
import { nowNs, simd } from "./native/engine.ts";
import { format } from "./pipeline/format.ts";
import { type NamedPipeline, PipelineStarter } from "./pipeline-starter.ts";
import { BoxServices } from "./plugins/bus/box-services.ts";
import { PluginBus } from "./plugins/bus/bus.ts";
import { PluginChoices } from "./plugins/choices/choices.ts";
import { pluginFolders } from "./plugins/discovery/folders.ts";
import { Generations } from "./plugins/generations/generations.ts";
import { BoxInstaller } from "./plugins/index/box-installer.ts";
import { PluginIndex } from "./plugins/index/plugin-index.ts";
import { OwnRatings } from "./plugins/index/ratings.ts";
import { PluginManager } from "./plugins/manager.ts";
import { Signatures } from "./plugins/signature/signatures.ts";
import { keyFolders } from "./plugins/signature/trusted-keys.ts";
import { Exporter } from "./project/exporter.ts";
import { projectServices } from "./project/project-services.ts";
import { LiveCatalog } from "./runtime/catalog.ts";
import { EpochEvents } from "./runtime/epoch-events.ts";
import { EventBus } from "./runtime/events.ts";
import { Notices } from "./runtime/notices.ts";
import { Supervisor } from "./runtime/supervisor.ts";
import { BoxSafeMode, quarantineCulprits, trailOf } from "./safe-mode.ts";
import { AllowedFiles } from "./store/allowed-files.ts";
import { AuditLog } from "./store/audit.ts";
import { openDataFormat } from "./store/data-format.ts";
import { DataFolder } from "./store/folder.ts";
import { lockFolder } from "./store/folder-lock.ts";
import { LastStateFile } from "./store/last-state.ts";
import { mendRecordings } from "./store/mend-recordings.ts";
import { PipelineStore } from "./store/pipelines.ts";
import { ProjectFiles } from "./store/project-files.ts";
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
  /** Runs this in the place of what ran last. */
  pipeline?: NamedPipeline;
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
  await openDataFormat(folder, notify);
  const safeMode = await SafeMode.begin(folder, notify);
  try {
    return await joinTheRest(options, folder, { events, notices, safeMode });
  } catch (error) {
    safeMode.end();
    throw error;
  }
}

interface Begun {
  events: EventBus;
  notices: Notices;
  safeMode: SafeMode;
}

async function joinTheRest(
  options: BoxOptions,
  folder: DataFolder,
  { events, notices, safeMode }: Begun,
): Promise<RunningBox> {
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

  const audit = new AuditLog(folder, notify);
  const choices = await PluginChoices.open(folder, notify, audit);
  await quarantineCulprits(safeMode, choices, notify);
  const signatures = new Signatures(keyFolders(folder));
  const generations = await Generations.open(folder, choices, notify, audit, signatures);
  new EpochEvents(supervisor, events);
  const bus = new PluginBus(events);
  const plugins = new PluginManager({
    bus,
    ...{ catalog, events, graph: supervisor, folders: pluginFolders(folder), choices },
    signatures,
    key_folders: keyFolders(folder),
    places: { recordings: folder.recordings, plugin_data: folder.plugin_data, prepared: folder.prepared },
    isolated: () => safeMode.measures?.isolated === true,
    trail: trailOf(safeMode),
    ...{ audit, generations, data: folder },
  });
  const pipelines = new PipelineStore(bundledPipelines(), folder.pipelines);
  const recordings = new RecordingStore(folder.recordings, {
    summarise: summariseRecording,
    isBeingWritten: (path) => supervisor.isWriting(basename(path)),
  });
  const projectFiles = new ProjectFiles(folder.project);
  const exporter = new Exporter(ownCommand(), projectFiles, events);
  const project = { box: supervisor, recordings, pipelines, files: projectFiles, exporter, version };
  const boxServices = new BoxServices(projectServices(project), audit);
  bus.offer(boxServices);
  const starter = new PipelineStarter({
    ...{ catalog, supervisor, plugins, files, notify },
    onStarting: (name) => safeMode.doing("starting", name),
  });
  const boxSafeMode = new BoxSafeMode({
    ...{ safeMode, choices, plugins, pipelines, events, audit, notify },
    run: (text, from) => starter.again(text, from),
  });
  const tokens = await TokenStore.open(folder, notify);
  const places = placesBelow("/");
  const updates = new BoxUpdates(places, (news) => events.publish("Update", { ...news }));
  const fromSystem = seldom(() => readSystemNotes(places));
  const notes = () => [...notices.all(), ...supervisor.telemetry().notes, ...updates.notes(), ...fromSystem()];
  const run = runFolder(places, process.env);
  const signIn = new SignIn(tokens, run !== undefined, notify);
  const vitals = new Vitals({
    ...{ box: supervisor, build: runningBuild(places), run, port: options.port, notes },
    safeMode: () => boxSafeMode.measures !== undefined,
    onLook(flow) {
      if (flow !== "starting" && flow !== "stuck") safeMode.isWell();
    },
    signInCode: () => signIn.code,
  });
  const api = createApi({
    ...{
      box: supervisor,
      events,
      plugins,
      services: bus,
      tokens,
      audit,
      signIn,
      pipelines,
      recordings,
      project: projectFiles,
    },
    market: {
      index: new PluginIndex(folder, notify),
      ratings: new OwnRatings(folder, notify, audit),
      installer: new BoxInstaller(ownCommand(), folder.path),
    },
    network: new BoxNetwork(places),
    updates,
    system: { version, simd: simd(), folder, notes },
    health: () => vitals.health(),
    safeMode: boxSafeMode,
    clock: () => ({ monotonic_ns: nowNs(), utc: new Date().toISOString() }),
  });
  try {
    boxSafeMode.begin();
    if (options.pipeline) await starter.named(options.pipeline);
    else await starter.resume(await boxSafeMode.inPlaceOf(await lastState.read()));
    boxSafeMode.isUp();
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
      safeMode.end();
      vitals.stopping();
      updates.close();
      events.publish("SystemShutdown");
      await supervisor.shutdown();
      await plugins.close();
      await exporter.close();
      boxServices.close();
      audit.close();
      await stateWritten;
      await listening.close();
      await vitals.close();
    },
  };
}
