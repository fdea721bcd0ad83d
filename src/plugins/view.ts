// SPDX-License-Identifier: Apache-2.0
//
// A plugin as the API shows it.
import type { Components } from "../native/catalog.ts";
import type { ComponentSpec } from "../pipeline/catalog.ts";
import { grantedPermissions, isolationOf, isTrusted, permissionDifference } from "./choices/permissions.ts";
import type { PluginRunner } from "./lifecycle/runner.ts";
import type {
  FoundPlugin,
  Permissions,
  PluginChoice,
  PluginStatistics,
  PluginView,
  SignatureView,
  StageNotice,
} from "./plugin.ts";
import type { Verdict } from "./signature/verdict.ts";

/** Of the version that runs, or else of the one that would. `note`: what an operator should know of one that is well. */
export function pluginView(
  runner: PluginRunner,
  found: FoundPlugin,
  verdict: Verdict | undefined,
  note: string | undefined,
): PluginView {
  const { open, state, retry_at, quarantine } = runner;
  const reason = runner.reason ?? (state === "ready" ? note : undefined);
  const { chosen, broken, choice } = runner.wanted;
  const { manifest, origin, folder, warnings } = found;
  const { permissions, config, ...rest } = manifest;
  return {
    ...rest,
    state,
    ...(reason && { reason }),
    faults: [...runner.log.faults],
    quarantined: quarantine !== undefined,
    ...(retry_at && { retry_at }),
    origin,
    folder,
    versions: [
      ...(chosen?.versions ?? []).map((it) => ({ ...it, active: it.folder === open?.found.folder })),
      ...broken.map(({ version = "", origin, folder, problems }) => ({
        ...{ version, origin, folder, active: folder === open?.found.folder, asks_more: [] },
        problem: problems.map(({ message }) => message).join("; "),
      })),
    ],
    ...(choice.pinned !== undefined && { pinned: choice.pinned }),
    trusted: isTrusted(found, choice),
    ...(verdict && { signature: signatureView(verdict) }),
    isolation: open?.isolation ?? isolationOf(found, choice),
    ...(open?.library?.sandbox && { sandbox: open.library.sandbox }),
    permissions: permissionsOf(permissions, choice.granted),
    config: {
      schema: config,
      values: { ...Object.fromEntries(config.map((it) => [it.id, it.default ?? ""])), ...choice.config },
    },
    stages: open ? registered(open.components) : manifest.stages,
    ...(open && { library_sha256: open.sha256 }),
    statistics: statistics(runner),
    warnings,
  };
}

export function signatureView({ sums: _, ...view }: Verdict): SignatureView {
  return view;
}

export function permissionsOf(asked: Permissions, given: PluginChoice["granted"]): PluginView["permissions"] {
  const granted = grantedPermissions(asked, given);
  return { asked, granted, missing: permissionDifference(granted, asked) };
}

/** What its library registered, which is the truth. */
function registered(components: Components): StageNotice[] {
  const notice = (role: StageNotice["role"]) => (spec: ComponentSpec) => {
    const { type, name, description, input, output, params } = spec;
    return { type, role, name, description, input, output, params };
  };
  const { sources, stages, sinks } = components;
  return [...sources.map(notice("source")), ...stages.map(notice("stage")), ...sinks.map(notice("sink"))];
}

function statistics(runner: PluginRunner): PluginStatistics {
  const { answers } = runner;
  const totals = runner.watchdog.totals();
  const { blocks, late, substituted, bad_blocks, restarts, memory_bytes } = totals;
  return {
    ...runner.counts,
    crashes: runner.watchdog.crashes,
    ...{ restarts, late, substituted, bad_blocks, blocks },
    p50_us: totals.p50_ns / 1e3,
    p99_us: totals.p99_ns / 1e3,
    max_us: totals.max_ns / 1e3,
    memory_bytes,
    cpu_s: totals.cpu_ns / 1e9,
    answers: answers.count,
    ...{
      answer_p50_us: answers.p50_ms * 1e3,
      answer_p99_us: answers.p99_ms * 1e3,
      answer_max_us: answers.max_ms * 1e3,
    },
  };
}
