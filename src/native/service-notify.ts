// SPDX-License-Identifier: Apache-2.0
import { SB_NOT_FOUND } from "./abi.generated.ts";
import { check, cstring, lib } from "./engine.ts";

/** One message to the service manager, as sd_notify(3) has them. False: there is none. Throws EngineError if it does not
 * take it. */
export function serviceNotify(state: string): boolean {
  const status = lib.sb_service_notify(cstring(state));
  if (status === SB_NOT_FOUND) return false;
  check(status);
  return true;
}
