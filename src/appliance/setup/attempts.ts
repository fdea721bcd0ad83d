// SPDX-License-Identifier: Apache-2.0
//
// A set-up that hangs, or takes the machine down, must not do so at every start for ever: each attempt is noted before
// it begins, and after some the files count as applied, whatever came of them.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Places } from "../places.ts";
import { writePrivate } from "../private-file.ts";
import { readJson } from "../read.ts";

export const MOST_ATTEMPTS = 3;

/** Which attempt at these files this is, from 1 on. */
export async function countAttempt(sums: string, { setup }: Places): Promise<number> {
  const before = (readJson(attemptsFile(setup)) ?? {}) as { sums?: unknown; count?: unknown };
  const count = before.sums === sums && Number.isSafeInteger(before.count) ? (before.count as number) + 1 : 1;
  await writePrivate(attemptsFile(setup), `${JSON.stringify({ sums, count })}\n`);
  return count;
}

export async function forgetAttempts({ setup }: Places): Promise<void> {
  await rm(attemptsFile(setup), { force: true });
}

function attemptsFile(setup: string): string {
  return join(setup, "attempts.json");
}
