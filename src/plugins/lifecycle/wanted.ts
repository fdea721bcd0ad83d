// SPDX-License-Identifier: Apache-2.0
import type { ChosenPlugin } from "../discovery/versions.ts";
import type { BrokenPlugin, PluginChoice } from "../plugin.ts";

/** What there is of a plugin, and what the operator wants of it. */
export interface Wanted {
  /** Its versions, and which of them shall run; absent: none is there any more. */
  chosen?: ChosenPlugin;
  /** What of it lies in a folder and cannot be read. */
  broken: readonly BrokenPlugin[];
  choice: PluginChoice;
}
