// SPDX-License-Identifier: Apache-2.0
//
// What root does when the service asks for another Wi-Fi network: it makes it known and gives it its minute. Whether it
// came to something stands in /run/stagebox-system/network.json; if not, the box's own network comes back and its page
// says why.
import { ProblemsError } from "../../pipeline/problem.ts";
import type { Places } from "../places.ts";
import { hostnameProblem, keepHostname } from "./hostname.ts";
import { wifiManager } from "./manager.ts";
import { writeNetworkState } from "./state.ts";
import type { System } from "./system.ts";
import { checkWifi } from "./wifi.ts";
import { writeWifi } from "./write-wifi.ts";

/** Whoever asked shall still hear that it was heard. */
const ANSWER_MS = 2000;

/** `{ssid, password, country, hidden, hostname}`. Throws ProblemsError with all that is wrong; nothing is done then. */
export async function connectWifi(places: Places, request: unknown, system: System): Promise<void> {
  const { hostname, ...wifi } = checkConnectWifi(request);
  const { ssid, country } = await writeWifi(places, wifi);
  if (hostname !== undefined) await rename(places, hostname, system);
  await writeNetworkState(places, "attempt", { ssid, state: "trying", time: new Date().toISOString() });
  if (country) await system.run("systemctl", "restart", "stagebox-wifi-country.service");
  await system.pause(ANSWER_MS);
  if (wifiManager(places).name === "NetworkManager") await system.run("nmcli", "connection", "reload");
  // Ends the box's own network; its turn comes again after a minute without an address
  await system.run("systemctl", "restart", "--no-block", "stagebox-access-point.service");
}

/** As the service checks it before it asks, and root before it does it. */
export function checkConnectWifi(request: unknown): { hostname: string | undefined; [key: string]: unknown } {
  const { hostname, ...wifi } = (request ?? {}) as Record<string, unknown>;
  const wrong = hostname === undefined ? undefined : hostnameProblem(hostname);
  const problems = wrong === undefined ? [] : [{ field: "/hostname", message: wrong }];
  try {
    checkWifi(wifi);
  } catch (error) {
    if (error instanceof ProblemsError) problems.push(...(error.problems as typeof problems));
    else throw error;
  }
  if (problems.length > 0) throw new ProblemsError(problems);
  return { ...wifi, hostname: hostname as string | undefined };
}

async function rename(places: Places, hostname: string, system: System): Promise<void> {
  await system.run("hostnamectl", "set-hostname", await keepHostname(places, hostname));
  await system.run("systemctl", "try-restart", "avahi-daemon.service"); // which looks at the name when it starts
}
