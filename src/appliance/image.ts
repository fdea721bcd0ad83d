// SPDX-License-Identifier: Apache-2.0
//
// What the image says of itself.
import type { Places } from "./places.ts";
import { readJson } from "./read.ts";

export interface Image {
  /** `ab`: two slots of which one runs. `simple`: one. `raspios`: one, in an official image. */
  layout: "ab" | "simple" | "raspios";
  base: "debian" | "raspios";
  version: string;
  /** Of what it was made from: the same for the same. */
  build: string;
  arch: "arm64";
}

/** Undefined where this is no appliance: a laptop, a server, a container. */
export function readImage({ image }: Places): Image | undefined {
  return readJson(image) as Image | undefined;
}
