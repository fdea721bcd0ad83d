// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Places, placesBelow } from "../../../src/appliance/places.ts";
import { temporaryFolders } from "../../store/temporary-folder.ts";

/** Makes appliances that are gone after each test; `files` by their path on it. */
export function temporaryPlaces(): (files?: Record<string, string>) => Places {
  const newFolder = temporaryFolders();
  return (files = {}) => {
    const places = placesBelow(newFolder().path);
    for (const [path, text] of Object.entries(files)) {
      const file = join(places.root, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    return places;
  };
}
