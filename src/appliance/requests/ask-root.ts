// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { writeAtomic } from "../../store/atomic-file.ts";
import type { Places } from "../places.ts";
import { readJson } from "../read.ts";
import { type RequestKind, requestFile } from "./request.ts";

/** Leaves a request where root finds it, and nobody else may read it: a password may be in it. Returns the request's id:
 * `resultOf` tells how it went. */
export async function askRoot(
  { requests }: Places,
  kind: RequestKind,
  body: object,
  id = randomBytes(6).toString("hex"),
): Promise<string> {
  await mkdir(requests, { recursive: true, mode: 0o700 });
  await writeAtomic(join(requests, requestFile(kind, id)), `${JSON.stringify(body)}\n`, 0o600);
  return id;
}

export interface RequestResult {
  done: boolean;
  message: string;
}

/** Undefined while root has not come to it. */
export function resultOf({ results }: Places, kind: RequestKind, id: string): RequestResult | undefined {
  return readJson(join(results, requestFile(kind, id))) as RequestResult | undefined;
}
