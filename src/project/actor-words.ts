// SPDX-License-Identifier: Apache-2.0
import type { Actor } from "../store/audit.ts";

/** Who edits a graph, as its event says it: a user by name, a plugin as such. */
export function actorWords({ name, role }: Actor): string {
  return role === "plugin" ? `plugin ${name}` : name;
}
