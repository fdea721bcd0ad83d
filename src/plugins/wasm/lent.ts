// SPDX-License-Identifier: Apache-2.0
//
// What any component can be lent, a stage too, in the process that hosts it.
import type { Params } from "../../pipeline/catalog.ts";
import { Allowance } from "../bus/allowance.ts";
import type { Capabilities } from "./capabilities.ts";
import { grantedFolders } from "./granted-folders.ts";
import type { HostingTerms } from "./terms.ts";
import { settingsReader } from "./values.ts";

const MOST_CHARS = 4096;

export function lent({ granted, config: specs }: HostingTerms, config: object): Capabilities {
  return {
    ...(granted.log && { log: keptLog() }),
    ...(granted.config && { config: settingsReader(specs, config as Params) }),
    ...(granted.folders.length > 0 && { filesystem: grantedFolders(new Map(granted.folders)) }),
  };
}

/** The pipe behind it is never waited for; what comes too fast is counted. */
function keptLog(): NonNullable<Capabilities["log"]> {
  const allowance = new Allowance();
  let lost = 0;
  return {
    write(level, message) {
      const line = `${level}: ${message.slice(0, MOST_CHARS)}`;
      if (!allowance.take(line)) {
        lost++;
        return;
      }
      if (lost > 0) console.error(`... ${lost} messages left out, which came too fast`);
      lost = 0;
      console.error(line);
    },
  };
}
