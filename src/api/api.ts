// SPDX-License-Identifier: Apache-2.0
//
// The control API: controllers, one a feature, behind three guards (host, token, size of the body) that every request
// passes before any route sees it.
import { type AnyElysia, Elysia } from "elysia";
import type { BoxNetwork } from "../appliance/network/box-network.ts";
import type { BoxUpdates } from "../appliance/update/box-updates.ts";
import { LIMITS as BUNDLE_LIMITS } from "../appliance/update/manifest.ts";
import type { Services } from "../plugins/bus/bus.ts";
import { INSTANCE_LIMITS } from "../plugins/instances/instances.ts";
import type { Plugins } from "../plugins/plugin.ts";
import type { Box } from "../runtime/box.ts";
import type { EventBus } from "../runtime/events.ts";
import type { AuditLog } from "../store/audit.ts";
import type { PipelineStore } from "../store/pipelines.ts";
import type { ProjectFiles } from "../store/project-files.ts";
import type { RecordingStore } from "../store/recordings.ts";
import type { SignIn } from "../store/sign-in.ts";
import type { TokenStore } from "../store/tokens.ts";
import { auditController } from "./audit.ts";
import { Auth } from "./auth.ts";
import { docsController } from "./docs.ts";
import { eventsController } from "./events.ts";
import { graphController } from "./graph.ts";
import { type Health, healthController } from "./health.ts";
import { homeController } from "./home.ts";
import { HostCheck } from "./host-check.ts";
import { markersController } from "./markers.ts";
import { metricsController } from "./metrics.ts";
import { networkController } from "./network.ts";
import { noRoute } from "./no-route.ts";
import { openApi } from "./openapi.ts";
import { paramsController } from "./params.ts";
import { pipelinesController } from "./pipelines.ts";
import { pluginGenerationsController } from "./plugin-generations.ts";
import { type PluginMarket, pluginIndexController } from "./plugin-index.ts";
import { pluginInstancesController } from "./plugin-instances.ts";
import { pluginPresetsController } from "./plugin-presets.ts";
import { pluginShadowController } from "./plugin-shadow.ts";
import { pluginsController } from "./plugins.ts";
import { problemResponse } from "./problem-response.ts";
import { PROJECT_FILE_BYTES, projectController } from "./project.ts";
import { recordingsController } from "./recordings.ts";
import { BODY_BYTES, type BodyRule, readBody, refuseHugeBody } from "./request-body.ts";
import { type SafeModeControl, safeModeController } from "./safe-mode.ts";
import { servicesController } from "./services.ts";
import { setupController, toSetupPage } from "./setup.ts";
import { signInController } from "./sign-in.ts";
import { stagesController } from "./stages.ts";
import type { Clock } from "./stream-client.ts";
import { streamsController } from "./streams.ts";
import { type SystemFacts, systemController } from "./system.ts";
import { telemetryController } from "./telemetry.ts";
import { updateController } from "./update.ts";
import { usersController } from "./users.ts";

export interface ApiParts {
  box: Box;
  events: EventBus;
  pipelines: PipelineStore;
  plugins: Plugins;
  market: PluginMarket;
  services: Services;
  recordings: RecordingStore;
  project: ProjectFiles;
  tokens: TokenStore;
  audit: AuditLog;
  signIn: SignIn;
  system: SystemFacts;
  network: BoxNetwork;
  updates: BoxUpdates;
  health: () => Health;
  safeMode: SafeModeControl;
  clock: Clock;
  /** Names of the box besides its host name. */
  hosts?: readonly string[];
  body_bytes?: number;
  heartbeat_ms?: number;
}

export function createApi(parts: ApiParts): AnyElysia {
  const auth = new Auth(parts.tokens);
  const hostCheck = new HostCheck(parts.hosts ?? []);
  const bodyBytes = parts.body_bytes ?? BODY_BYTES;
  const inner = { ...parts, auth };

  // The guards must see the very path that the router sees: so its own, and no shortcuts to find it (Bun's router decodes
  // paths, and a "standard" host name would be taken to have four letters at least).
  // normalize: unknown fields are refused, not dropped.
  const app: AnyElysia = new Elysia({ systemRouter: false, handler: { standardHostname: false }, normalize: false })
    .onRequest((context) => {
      const { request, server } = context;
      const { path } = context as typeof context & { path: string }; // there, though Elysia's types do not say so
      if (!hostCheck.knows(request) && request.method === "GET" && parts.network.state().access_point)
        return toSetupPage();
      hostCheck.check(request);
      auth.check(request, path, () => isLoopback(server?.requestIP(request)?.address));
      refuseHugeBody(request, bodyRule(path, bodyBytes).bytes);
    })
    .onParse(({ request, path, contentType }) => readBody(request, contentType || null, bodyRule(path, bodyBytes)))
    .onError(({ request, path, error, code }) =>
      problemResponse(code === "NOT_FOUND" ? noRoute(app.routes, request.method, path) : error, path),
    )
    .use(homeController(inner))
    .use(docsController({ document: () => openApi(app, parts.system.version) }))
    .use(healthController(inner))
    .use(systemController(inner))
    .use(updateController(inner))
    .use(safeModeController(inner))
    .use(networkController(inner))
    .use(setupController(inner))
    .use(stagesController(inner))
    .use(pipelinesController(inner))
    .use(graphController(inner))
    .use(paramsController(inner))
    .use(markersController(inner))
    .use(streamsController(inner))
    .use(pluginIndexController(inner))
    .use(pluginsController(inner))
    .use(pluginGenerationsController(inner))
    .use(pluginInstancesController(inner))
    .use(pluginPresetsController(inner))
    .use(pluginShadowController(inner))
    .use(servicesController(inner))
    .use(recordingsController(inner))
    .use(projectController(inner))
    .use(auditController(inner))
    .use(telemetryController(inner))
    .use(metricsController(inner))
    .use(eventsController(inner))
    .use(usersController(inner))
    .use(signInController(inner));
  return app;
}

/** Samples weigh more than words, and an update more than those. */
function bodyRule(path: string, bytes: number): BodyRule {
  if (/^\/api\/system\/update\/*$/.test(path)) return { bytes: BUNDLE_LIMITS.bundle_bytes, stream: true };
  if (/^\/api\/project\/files\//.test(path)) return { bytes: PROJECT_FILE_BYTES, raw: true };
  if (!/^\/api\/plugins\/instances\/[^/]+\/execute$/.test(path)) return { bytes };
  return { bytes: Math.max(bytes, INSTANCE_LIMITS.call_bytes), binary: true };
}

function isLoopback(address: string | undefined): boolean {
  return address !== undefined && /^(::ffff:)?127\.|^::1$/.test(address);
}
