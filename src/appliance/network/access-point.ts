// SPDX-License-Identifier: Apache-2.0
//
// A box that nobody can reach opens a Wi-Fi network of its own. It is started when there has been no address for a
// minute (layers/network: access-point-watch), and ends when there is one. One radio cannot do both well, so they take
// turns: where a network is known, the box looks for it again every five minutes in which nobody has joined its own.
// After a power cut a router may well take longer to start than the box, and a box in the field must find back.
import type { Places } from "../places.ts";
import { ACCESS_POINT_ADDRESS, accessPoint } from "./access-point-settings.ts";
import { answerNames } from "./name-answers.ts";
import { guestsOf, isLinked, type Radio, type SeenNetwork } from "./radio.ts";
import { noteOnCard, showAccessPoint } from "./screen.ts";
import { readNetworkState, writeNetworkState } from "./state.ts";
import type { System } from "./system.ts";
import { wantedSsid } from "./write-wifi.ts";

const LOOK_MS = 5000;
const IDLE_MS = 5 * 60_000;
const TRIAL_MS = 60_000;

export interface Surroundings {
  places: Places;
  system: System;
  radio: Radio;
  /** Aborted when the box's own network shall end. */
  signal: AbortSignal;
  /** For the journal. */
  say(line: string): void;
  answerNames?: typeof answerNames;
}

/** Until the box has an address of somebody else's network, or `signal`. */
export async function offerAccessPoint(
  surroundings: Surroundings,
): Promise<"connected" | "disabled" | "no device" | "ended"> {
  const { places, system, radio, signal } = surroundings;
  if (!(await accessPoint(places)).enabled) {
    await tellCard(surroundings);
    return "disabled";
  }
  while (!signal.aborted) {
    const device = await radio.device();
    if (!device) return "no device";
    const networks = await radio.scan();
    await writeNetworkState(places, "networks", networks);
    const wanted = wantedSsid(places);
    if (wanted) await tellWhy(surroundings, device, wanted, networks);
    if (signal.aborted) break;
    await keepOpen(surroundings, device, await radio.knowsNetworks());
    for (let waited = 0; waited < TRIAL_MS && !signal.aborted; waited += LOOK_MS) {
      if (hasAddress(system)) {
        await writeNetworkState(places, "attempt", undefined);
        await tellCard(surroundings);
        return "connected";
      }
      await system.pause(LOOK_MS, signal);
    }
  }
  return "ended";
}

/** Open until a cable is in, or until the known network is due to be looked for; but not while somebody uses it. */
async function keepOpen(surroundings: Surroundings, device: string, isLooking: boolean): Promise<void> {
  const { places, system, radio, signal, say } = surroundings;
  const settings = await accessPoint(places);
  let names: { close(): void } | undefined;
  try {
    await radio.open(settings);
    await writeNetworkState(places, "access_point", { ssid: settings.ssid, address: ACCESS_POINT_ADDRESS });
    await showAccessPoint(places, settings);
    await tellCard(surroundings);
    say(`no network: opened Wi-Fi ${settings.ssid}, its page is http://${ACCESS_POINT_ADDRESS}/setup`);
    for (let idle = 0; !signal.aborted; idle += LOOK_MS) {
      names ??= await (surroundings.answerNames ?? answerNames)(ACCESS_POINT_ADDRESS).catch(() => undefined);
      if ((await guestsOf(system, device)) > 0) idle = 0;
      else if (hasAddress(system, device) || (isLooking && idle >= IDLE_MS)) break;
      await system.pause(LOOK_MS, signal);
    }
  } catch (error) {
    say(`Wi-Fi ${settings.ssid} could not be opened: ${(error as Error).message}`);
    await system.pause(LOOK_MS, signal);
  } finally {
    names?.close();
    await writeNetworkState(places, "access_point", undefined);
    await showAccessPoint(places, undefined);
    await radio.close();
  }
}

async function tellCard({ places, say }: Surroundings): Promise<void> {
  const { attempt } = readNetworkState(places);
  const told = noteOnCard(places, await accessPoint(places), attempt);
  await told.catch((error) => say(`stagebox-status.txt on the card does not say so: ${error.message}`));
}

/** Whether there is any address but those of the card `except` and the box's own, which may outlast its network. */
function hasAddress(system: System, except?: string): boolean {
  return Object.entries(system.addresses())
    .filter(([card]) => card !== except)
    .some(([, addresses]) => addresses.some((address) => address !== ACCESS_POINT_ADDRESS));
}

async function tellWhy(
  { places, system, say }: Surroundings,
  device: string,
  ssid: string,
  networks: readonly SeenNetwork[],
): Promise<void> {
  const problem = await whyNot(system, device, ssid, networks);
  say(`Wi-Fi ${JSON.stringify(ssid)} ${problem}`);
  await writeNetworkState(places, "attempt", { ssid, state: "failed", problem, time: new Date().toISOString() });
}

async function whyNot(system: System, device: string, ssid: string, networks: readonly SeenNetwork[]): Promise<string> {
  if (await isLinked(system, device))
    return "was joined but gave no address; see whether the router has addresses left, or start it again";
  if (networks.some((network) => network.ssid === ssid))
    return "is in reach but did not let the box in; is the password right?";
  return "is not in reach; is its name right, and is the router on? A box without 5 GHz needs a 2.4 GHz network";
}
