// SPDX-License-Identifier: Apache-2.0
//
// stagebox appliance requests, as root: does what the service asked for, one after the other, and says how it went.
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../pipeline/problem.ts";
import type { Host } from "../host.ts";
import type { Places } from "../places.ts";
import { applyUpdate, updateContext } from "../update/update.ts";
import type { RequestResult } from "./ask-root.ts";
import { openBundle } from "./open-bundle.ts";
import { requestFile, type SystemRequest } from "./request.ts";
import { type TakenRequest, takeRequests } from "./take.ts";

/** How each kind is done. Throws in words. */
export type Doers = {
  [Kind in SystemRequest["kind"]]: (request: Extract<SystemRequest, { kind: Kind }>, id: string) => Promise<void>;
};

const KEPT_RESULTS = 32;

export function systemDoers(places: Places, host: Host, wifi: Doers["wifi"]): Doers {
  return {
    async update({ file, allow_older }, id) {
      const bundle = openBundle(places, file);
      try {
        await applyUpdate({ id, pieces: bundle.pieces, file, allow_older }, updateContext(places, host));
      } finally {
        bundle.discard();
      }
    },
    reboot: () => host.reboot(),
    "power-off": () => host.powerOff(),
    wifi,
  };
}

/** Until none is left. `tell`: to the journal. */
export async function serveRequests(places: Places, doers: Doers, tell: (message: string) => void): Promise<void> {
  for (;;) {
    const { taken, refused } = takeRequests(places);
    for (const fault of refused) tell(`a request was refused: ${fault}`);
    for (const request of taken) await serve(places, request, doers, tell);
    if (taken.length + refused.length === 0) return;
  }
}

async function serve(
  places: Places,
  { kind, id, request }: TakenRequest,
  doers: Doers,
  tell: (message: string) => void,
): Promise<void> {
  tell(`${kind} ${id}`);
  try {
    await (doers[kind] as (request: SystemRequest, id: string) => Promise<void>)(request, id);
    writeResult(places, requestFile(kind, id), { done: true, message: "done" });
  } catch (error) {
    const message = messageOf(error);
    tell(`${kind} ${id} failed: ${message}`);
    writeResult(places, requestFile(kind, id), { done: false, message });
  }
}

function writeResult({ results }: Places, name: string, result: RequestResult): void {
  mkdirSync(results, { recursive: true, mode: 0o755 });
  const temporary = join(results, `.${name}`);
  writeFileSync(temporary, `${JSON.stringify(result)}\n`);
  renameSync(temporary, join(results, name));
  const age = (name: string) => statSync(join(results, name)).mtimeMs;
  const old = readdirSync(results).sort((a, b) => age(b) - age(a));
  for (const name of old.slice(KEPT_RESULTS)) rmSync(join(results, name));
}
