// SPDX-License-Identifier: Apache-2.0
import { offerAccessPoint } from "../../appliance/network/access-point.ts";
import { radioOf } from "../../appliance/network/radio.ts";
import { machine } from "../../appliance/network/system.ts";
import { placesBelow } from "../../appliance/places.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import type { Output } from "../output.ts";

/** Tells the unit not to start it again. */
const SWITCHED_OFF: ExitCode = 3;

export async function runAccessPoint(output: Output, signal: AbortSignal): Promise<ExitCode> {
  const places = placesBelow("/");
  const radio = radioOf(places, machine);
  const outcome = await offerAccessPoint({
    ...{ places, system: machine, radio, signal },
    say: (line) => output.line(line),
  });
  if (outcome === "disabled") output.line("[access_point] in stagebox.toml switches it off");
  return outcome === "disabled" ? SWITCHED_OFF : EXIT.ok;
}
