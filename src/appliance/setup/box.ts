// SPDX-License-Identifier: Apache-2.0
//
// What a set-up works on. The parts that belong to others are handed in, so that a test can stand in for them.
import type { System } from "../network/system.ts";
import type { Places } from "../places.ts";
import type { ServiceSide } from "./service-side.ts";

export interface Box {
  places: Places;
  system: Pick<System, "run">;
  service: ServiceSide;
  now(): Date;
}
