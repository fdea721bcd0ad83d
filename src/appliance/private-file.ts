// SPDX-License-Identifier: Apache-2.0
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { writeAtomic } from "../store/atomic-file.ts";

/** Writes a file that nobody but root reads, in a folder that nobody but root enters, as below /data/system. */
export async function writePrivate(path: string, data: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeAtomic(path, data, 0o600);
}
