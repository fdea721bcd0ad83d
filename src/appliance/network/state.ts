// SPDX-License-Identifier: Apache-2.0
//
// What root has found out about the network, in files that the service reads and whoever has the console. No secrets.
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { writeAtomic } from "../../store/atomic-file.ts";
import type { Places } from "../places.ts";
import { readJson } from "../read.ts";
import type { SeenNetwork } from "./radio.ts";

/** A network that was asked for and is not there (yet). */
export interface Attempt {
  ssid: string;
  state: "trying" | "failed";
  /** Why it failed, and what to do. */
  problem?: string;
  time: string;
}

/** The box's own network, while it is open. */
export interface OpenAccessPoint {
  ssid: string;
  address: string;
}

export interface NetworkState {
  networks: readonly SeenNetwork[];
  access_point: OpenAccessPoint | undefined;
  attempt: Attempt | undefined;
}

const FILES = { networks: "networks.json", access_point: "access-point.json", attempt: "network.json" } as const;

export function readNetworkState({ run_system }: Pick<Places, "run_system">): NetworkState {
  const read = (name: keyof NetworkState) => readJson(join(run_system, FILES[name]));
  return {
    networks: (read("networks") as SeenNetwork[] | undefined) ?? [],
    access_point: read("access_point") as OpenAccessPoint | undefined,
    attempt: read("attempt") as Attempt | undefined,
  };
}

/** Undefined takes the file away. */
export async function writeNetworkState<Name extends keyof NetworkState>(
  { run_system }: Pick<Places, "run_system">,
  name: Name,
  value: NetworkState[Name],
): Promise<void> {
  const file = join(run_system, FILES[name]);
  if (value === undefined) return rm(file, { force: true });
  await mkdir(run_system, { recursive: true });
  await writeAtomic(file, `${JSON.stringify(value)}\n`);
}
