// SPDX-License-Identifier: Apache-2.0
//
// What scripts/test-image.mjs made for the scenarios, and the times that it prints at the end.
import { appendFileSync } from "node:fs";
import { join } from "node:path";

const folder = process.env.STAGEBOX_TEST_IMAGES;

/** A file of those that were made, by name. */
export function made(name: string): string {
  if (!folder) throw new Error("STAGEBOX_TEST_IMAGES names no folder: npm run test:image sets it");
  return join(folder, name);
}

/** A card is larger than the image, so that the data partition has room to grow. */
export const CARD_BYTES = 2 * 1024 ** 3;

/** Says how long something took; the last lines of the whole run are made of that. */
export async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const result = await work();
  tellTime(what, (performance.now() - began) / 1000);
  return result;
}

/** Into the table that the whole run ends with. */
export function tellTime(what: string, seconds: number): void {
  console.log(`${what}: ${seconds.toFixed(1)} s`);
  const file = process.env.STAGEBOX_TIMES;
  if (file) appendFileSync(file, `${seconds.toFixed(1)}\t${what}\n`);
}
