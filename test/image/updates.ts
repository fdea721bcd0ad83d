// SPDX-License-Identifier: Apache-2.0
//
// Updates as a person sends them: a file, by the API.
import type { Box } from "./box.ts";
import { made } from "./under-test.ts";

const UPDATE_MS = 20 * 60_000;
/** An update that a power cut broke off is ended a little after the start; until then no other can begin. */
const BUSY_MS = 120_000;

export interface Outcome {
  id: string;
  result: "committed" | "rolled-back" | "refused";
  message: string;
}

/** Resolves with its id once the box has it. */
export async function sendUpdate(box: Box, bundle: string, query = ""): Promise<string> {
  const bytes = new Uint8Array(await Bun.file(made(bundle)).arrayBuffer());
  for (const deadline = Date.now() + BUSY_MS; ; await Bun.sleep(1000)) {
    const { status, text, body } = await box.call("POST", `/api/system/update${query}`, bytes, {
      "content-type": "application/octet-stream",
    });
    if (status === 202) return body.id;
    if (status !== 409 || Date.now() > deadline) throw new Error(`${bundle} was answered with ${status} ${text}`);
  }
}

/** How it ended; the box may be away meanwhile. */
export async function untilUpdate(box: Box, id: string): Promise<Outcome> {
  for (const deadline = Date.now() + UPDATE_MS; ; await Bun.sleep(1000)) {
    const outcome = (await view(box))?.history?.find((outcome: Outcome) => outcome.id === id);
    if (outcome) {
      console.log(`${outcome.result}: ${outcome.message}`);
      return outcome;
    }
    if (Date.now() > deadline) throw new Error(`the update did not end:\n${box.machine.console.tail()}`);
  }
}

/** Undefined while nobody answers. */
export async function versionOf(box: Box): Promise<string | undefined> {
  return (await quietly(() => box.get("/api/system")))?.body?.version;
}

async function view(box: Box) {
  return (await quietly(() => box.get("/api/system/update")))?.body;
}

async function quietly<T>(ask: () => Promise<T>): Promise<T | undefined> {
  return Promise.race([ask().catch(() => undefined), Bun.sleep(5000).then(() => undefined)]);
}
