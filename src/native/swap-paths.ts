// SPDX-License-Identifier: Apache-2.0
import { SB_UNSUPPORTED } from "./abi.generated.ts";
import { check, cstring, lib } from "./engine.ts";

/** Two files or folders change names in one step, or false where the file system cannot do that. Throws EngineError. */
export function swapPaths(a: string, b: string): boolean {
  const status = lib.sb_swap_paths(cstring(a), cstring(b));
  if (status === SB_UNSUPPORTED) return false;
  check(status);
  return true;
}
