// SPDX-License-Identifier: Apache-2.0
import { dirname } from "node:path";
import { readImage } from "./image.ts";
import type { Places } from "./places.ts";

/** Which build runs: that of the update it came with (`versions/0.2.0-0123456789ab/stagebox`), else the image's;
 * undefined where it is neither. */
export function runningBuild(places: Places, executable = process.execPath): string | undefined {
  return /-([0-9a-f]{12})$/.exec(dirname(executable))?.[1] ?? readImage(places)?.build;
}
