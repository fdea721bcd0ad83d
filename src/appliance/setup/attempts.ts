// SPDX-License-Identifier: Apache-2.0
//
// A set-up that hangs, or takes the machine down, must not do so at every start for ever: each attempt is noted before
// it begins, and after some the files count as applied, whatever came of them.
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Places } from "../places.ts";
import { writePrivate } from "../private-file.ts";

export const MOST_ATTEMPTS = 3;

/** Which attempt at these files this is, from 1 on. */
export async function countAttempt(sums: string, { setup }: Places): Promise<number> {
  const before = await readAttempts(setup);
  const count = before?.sums === sums ? before.count + 1 : 1;
  await writePrivate(join(setup, "attempts.json"), `${JSON.stringify({ sums, count })}\n`);
  return count;
}

export async function forgetAttempts({ setup }: Places): Promise<void> {
  await rm(join(setup, "attempts.json"), { force: true });
}

async function readAttempts(setup: string): Promise<{ sums: string; count: number } | undefined> {
  try {
    const { sums, count } = JSON.parse(await readFile(join(setup, "attempts.json"), "utf8"));
    return typeof sums === "string" && Number.isSafeInteger(count) ? { sums, count } : undefined;
  } catch {
    return undefined;
  }
}
