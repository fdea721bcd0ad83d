// SPDX-License-Identifier: Apache-2.0
//
// stagebox appliance requests: joins root's work to this machine.
import { systemHost } from "../../appliance/host.ts";
import { connectWifi } from "../../appliance/network/connect-wifi.ts";
import { machine } from "../../appliance/network/system.ts";
import { placesBelow } from "../../appliance/places.ts";
import { type Doers, serveRequests, systemDoers } from "../../appliance/requests/serve.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";

export async function runRequests(root: string): Promise<ExitCode> {
  const places = placesBelow(root);
  const wifi: Doers["wifi"] = ({ kind: _, ...network }) => connectWifi(places, network, machine);
  await serveRequests(places, systemDoers(places, systemHost(places), wifi), (message) => console.error(message));
  return EXIT.ok;
}
