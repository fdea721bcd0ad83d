// SPDX-License-Identifier: Apache-2.0
//
// stagebox appliance update: joins root's work to this machine.
import { systemHost } from "../../appliance/host.ts";
import { placesBelow } from "../../appliance/places.ts";
import { resumeUpdate, updateContext } from "../../appliance/update/update.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";

export async function seeUpdateThrough(root: string): Promise<ExitCode> {
  const places = placesBelow(root);
  await resumeUpdate(updateContext(places, systemHost(places)));
  return EXIT.ok;
}
