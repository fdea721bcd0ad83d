// SPDX-License-Identifier: Apache-2.0
import { readWebFile, type WebFileLimits } from "../../store/web-file.ts";
import { LIMITS } from "./limits.ts";

const DEFAULTS: WebFileLimits = {
  bytes: LIMITS.packed_bytes,
  silence_ms: LIMITS.silence_ms,
  total_ms: LIMITS.download_ms,
};

/** The zip file at `address`, an http or https URL. Throws ProblemsError, or the reason of `signal`. */
export function download(address: string, signal: AbortSignal, limits = DEFAULTS): Promise<Uint8Array> {
  return readWebFile(address, "packed plugin", signal, limits);
}
