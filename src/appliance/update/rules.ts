// SPDX-License-Identifier: Apache-2.0
//
// Whether a bundle may be installed on this box.
import { statfsSync } from "node:fs";
import semver from "semver";
import type { Problem } from "../../pipeline/problem.ts";
import { megabytes } from "../../pipeline/words.ts";
import type { Places } from "../places.ts";
import { trialProblems } from "./boot-loader.ts";
import type { Installed } from "./installed.ts";
import type { Manifest } from "./manifest.ts";

/** What must be left over on the data partition: a recording goes on meanwhile. */
export const SPARE_BYTES = 64 * 2 ** 20;

/** The folder below `versions` that a bundle of the application becomes. */
export function folderOf({ version, payloads }: Manifest): string {
  return `${version}-${payloads[0]?.unpacked_sha256.slice(0, 12)}`;
}

/** Every reason against it. */
export function refusals(
  manifest: Manifest,
  installed: Installed,
  places: Places,
  { allow_older }: { allow_older: boolean },
): Problem[] {
  const { image } = installed;
  const isApp = manifest.kind === "app";
  const now = isApp ? installed.version : image.version;
  const refuse = (message: string): Problem => ({ message: `version ${manifest.version} ${message}` });
  const problems: Problem[] = [];
  if (manifest.arch !== installed.arch) problems.push(refuse(`is for ${manifest.arch}, and this is ${installed.arch}`));
  if (semver.gt(manifest.minimum, now))
    problems.push(
      refuse(`can be installed over ${manifest.minimum} or newer; here is ${now}: install ${manifest.minimum} first`),
    );
  if (isApp && installed.folder === folderOf(manifest)) problems.push(refuse("is installed already"));
  if (!isApp && image.build === manifest.build) problems.push(refuse("is installed already"));
  if (isApp && semver.lt(manifest.version, image.version))
    problems.push(
      refuse(`is older than what the image itself holds, ${image.version}; install an older image instead`),
    );
  else if (semver.lt(manifest.version, now) && !allow_older)
    problems.push(refuse(`is older than ${now}, which runs; --allow-older (allow_older) installs it all the same`));
  if (!isApp && (image.layout !== "ab" || manifest.layout !== image.layout))
    problems.push(
      refuse(
        image.layout === "ab"
          ? `is an image of the layout ${manifest.layout}, and this box has ${image.layout}`
          : `is an image, and this box has one slot only (layout ${image.layout}): write it to the card, or install an update of the application`,
      ),
    );
  if (isApp) problems.push(...spaceProblems(manifest, places));
  else if (image.layout === "ab") problems.push(...trialProblems(places));
  return problems;
}

function spaceProblems({ version, payloads }: Manifest, { app }: Places): Problem[] {
  const needed = payloads.reduce((sum, { unpacked_bytes }) => sum + unpacked_bytes, SPARE_BYTES);
  const { bavail, bsize } = statfsSync(app);
  const free = bavail * bsize;
  if (free >= needed) return [];
  const message = `version ${version} needs ${megabytes(needed)} on the data partition, where ${megabytes(free)} are free; delete recordings that are not needed any more`;
  return [{ message }];
}
