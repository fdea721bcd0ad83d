// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { writeAtomic } from "../../store/atomic-file.ts";
import type { Places } from "../places.ts";

export type RequestKind = "update" | "reboot" | "power-off" | "wifi";

/** Leaves a request where root finds it, and nobody else may read it: a password may be in it. */
export async function askRoot({ requests }: Places, kind: RequestKind, body: object): Promise<void> {
  await mkdir(requests, { recursive: true });
  const id = randomBytes(6).toString("hex");
  await writeAtomic(join(requests, `${kind}-${id}.json`), `${JSON.stringify({ kind, ...body })}\n`, 0o600);
}
