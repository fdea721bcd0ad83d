// SPDX-License-Identifier: Apache-2.0
//
// What lies between two choices about a plugin, one by one, as the audit log has it.
import { isDeepStrictEqual } from "node:util";
import type { AuditEntry } from "../../store/audit.ts";
import type { PluginChoice } from "../plugin.ts";
import { NO_PERMISSIONS, permissionDifference } from "./permissions.ts";

type Decision = Pick<AuditEntry, "what" | "before" | "after">;

export function decisions(before: PluginChoice, after: PluginChoice): Decision[] {
  const changed = (key: keyof PluginChoice) => !isDeepStrictEqual(before[key], after[key]);
  const plain = (key: keyof PluginChoice, what: string): Decision[] =>
    changed(key) ? [{ what, before: before[key], after: after[key] }] : [];
  return [
    ...plain("enabled", after.enabled === false ? "disable" : "enable"),
    ...grants(before, after),
    ...plain("trusted", after.trusted ? "trust" : "distrust"),
    ...plain("pinned", after.pinned === undefined ? "unpin" : "pin"),
    ...plain("config", "config"),
    ...plain("artifact_path", "artifact path"),
    ...plain("watch", "watch"),
  ];
}

/** What is given, and what is taken back, in words: `+ network`. */
function grants(before: PluginChoice, after: PluginChoice): Decision[] {
  const difference = permissionDifference(
    { ...NO_PERMISSIONS, ...before.granted },
    { ...NO_PERMISSIONS, ...after.granted },
  );
  return (["grant", "revoke"] as const).flatMap((what) => {
    const words = difference.filter((word) => word.startsWith(what === "grant" ? "+" : "-"));
    return words.length > 0 ? [{ what, before: before.granted, after: words }] : [];
  });
}
