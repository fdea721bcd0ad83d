// SPDX-License-Identifier: Apache-2.0
//
// What a plugin may do: what its manifest asks for, as far as the operator allows it. Nothing else is ever granted.
import type { Problem } from "../../pipeline/problem.ts";
import { quote } from "../../pipeline/words.ts";
import { FOLDERS, permissionPathComplaint } from "../manifest/rules.ts";
import type { FoundPlugin, Manifest, Permissions, PluginChoice } from "../plugin.ts";

/** What the sandbox of its process holds back. */
export const KERNEL_RIGHTS = ["network", "processes", "threads"] as const;
/** Those that are given or not, and those that name files and folders. */
export const RIGHTS = [...KERNEL_RIGHTS, "log", "config", "watch"] as const;
export const PATHS = ["read", "write"] as const;
/** Those that name events and services. */
export const NAMES = ["subscribe", "publish", "services"] as const;
export const LISTS = [...PATHS, ...NAMES] as const;

export const NO_PERMISSIONS: Permissions = {
  ...{ network: false, processes: false, threads: false, log: false, config: false, watch: false },
  ...{ read: [], write: [], subscribe: [], publish: [], services: [] },
};

/** What nobody has decided is as the manifest has it. */
export function isEnabled(manifest: Manifest | undefined, { enabled }: PluginChoice): boolean {
  return enabled ?? manifest?.enabled ?? true;
}

/** What nobody has decided about is trusted where only the image's maker can have put it. */
export function isTrusted({ origin }: FoundPlugin, { trusted }: PluginChoice): boolean {
  return (trusted ?? origin === "image") !== false;
}

/** It asks to run in this process, and somebody who may say so vouches for it. */
export function wantsInside(found: FoundPlugin, choice: PluginChoice): boolean {
  return found.manifest.runtime.isolation === "in-process" && isTrusted(found, choice);
}

export function isolationOf(found: FoundPlugin, choice: PluginChoice): "in-process" | "process" {
  return wantsInside(found, choice) ? "in-process" : "process";
}

export function grantedPermissions(asked: Permissions, granted: Partial<Permissions> = {}): Permissions {
  // In one order, however it was granted: another order is no other decision.
  const both = (key: (typeof LISTS)[number]) => {
    const given = [...new Set(granted[key])].filter((it) => isAskedFor(asked[key], it));
    const byName = asked[key].filter((it) => given.includes(it));
    return [...byName, ...given.filter((it) => !byName.includes(it)).toSorted()];
  };
  return {
    network: asked.network && granted.network === true,
    processes: asked.processes && granted.processes === true,
    threads: asked.threads && granted.threads === true,
    log: asked.log && granted.log === true,
    config: asked.config && granted.config === true,
    watch: asked.watch && granted.watch === true,
    read: both("read"),
    write: both("write"),
    subscribe: both("subscribe"),
    publish: both("publish"),
    services: both("services"),
  };
}

/** By its name, or as one of any folders. */
export function isAskedFor(asked: readonly string[], member: string): boolean {
  if (member === FOLDERS) return false;
  return asked.includes(member) || (isFolder(member) && asked.includes(FOLDERS));
}

function isFolder(member: string): boolean {
  return member.startsWith("/") && permissionPathComplaint(member) === undefined;
}

/** Nobody grants what was never asked for: it would do nothing, and look as if it did. */
export function grantProblems(asked: Permissions, granted: Partial<Permissions>): Problem[] {
  const rights = RIGHTS.filter((right) => granted[right] && !asked[right]).map((it): [string, string] => [it, it]);
  const members = LISTS.flatMap((key) =>
    (granted[key] ?? []).filter((it) => !isAskedFor(asked[key], it)).map((it): [string, string] => [key, it]),
  );
  return [...rights, ...members].map(([key, what]) => ({
    field: `/granted/${key}`,
    message:
      what === FOLDERS
        ? `${FOLDERS} stands for folders that you choose: name them, as in "/srv/recordings"`
        : `the plugin does not ask for ${key === what ? what : `${key} of ${quote(what)}`}; leave it out`,
  }));
}

/** `+ network`, `- threads`, `+ read recordings:`: what is more in `after`, and what is less. Folders that were named stand
 * for those that may be. */
export function permissionDifference(before: Permissions, after: Permissions): string[] {
  const [was, is] = [wordsOf(before, after), wordsOf(after, before)];
  return [
    ...is.filter((word) => !was.includes(word)).map((word) => `+ ${word}`),
    ...was.filter((word) => !is.includes(word)).map((word) => `- ${word}`),
  ];
}

function wordsOf(permissions: Permissions, others: Permissions): string[] {
  const members = (kind: (typeof LISTS)[number]) => {
    const named = others[kind].filter((it) => isAskedFor(permissions[kind], it));
    return permissions[kind].flatMap((it) => (it === FOLDERS && named.some(isFolder) ? named : it));
  };
  return [
    ...RIGHTS.filter((right) => permissions[right]),
    ...LISTS.flatMap((kind) => [...new Set(members(kind))].map((member) => `${kind} ${member}`)),
  ];
}
