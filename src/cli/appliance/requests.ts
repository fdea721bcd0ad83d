// SPDX-License-Identifier: Apache-2.0
//
// stagebox appliance requests: joins root's work to this machine.
import { systemHost } from "../../appliance/host.ts";
import { placesBelow } from "../../appliance/places.ts";
import { serveRequests, systemDoers } from "../../appliance/requests/serve.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";

export async function runRequests(root: string): Promise<ExitCode> {
  const places = placesBelow(root);
  const wifi = () => Promise.reject(new Error("this box joins no Wi-Fi networks"));
  await serveRequests(places, systemDoers(places, systemHost(places), wifi), (message) => console.error(message));
  return EXIT.ok;
}
