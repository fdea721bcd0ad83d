// SPDX-License-Identifier: Apache-2.0
//
// What any component can be lent, a stage too, in the process that hosts it.
import type { Params } from "../../pipeline/catalog.ts";
import type { Capabilities } from "./capabilities.ts";
import { grantedFolders } from "./granted-folders.ts";
import type { HostingTerms } from "./terms.ts";
import { settingsReader } from "./values.ts";

const MOST_CHARS = 4096;

export function lent({ granted, config: specs }: HostingTerms, config: object): Capabilities {
  return {
    // The pipe behind it is never waited for.
    ...(granted.log && { log: { write: (level, words) => console.error(`${level}: ${words.slice(0, MOST_CHARS)}`) } }),
    ...(granted.config && { config: settingsReader(specs, config as Params) }),
    ...(granted.folders.length > 0 && { filesystem: grantedFolders(new Map(granted.folders)) }),
  };
}
