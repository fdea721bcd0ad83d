// SPDX-License-Identifier: Apache-2.0
//
// Licences in the words of SPDX. Debian's are older and freer: those that mean one of SPDX's are translated, the others
// (a package's own terms, "with" some exception) keep their name as a reference to Debian's copyright file.

/** Names that mean the same, in lower case. */
const SAME: Record<string, string> = {
  "0bsd": "0BSD",
  "afl-2.1": "AFL-2.1",
  "apache-2": "Apache-2.0",
  "apache-2.0": "Apache-2.0",
  "artistic-2": "Artistic-2.0",
  "artistic-2.0": "Artistic-2.0",
  beerware: "Beerware",
  "blueoak-1.0.0": "BlueOak-1.0.0",
  "bsd-2-clause": "BSD-2-Clause",
  "bsd-3-clause": "BSD-3-Clause",
  "bsd-4-clause": "BSD-4-Clause",
  "bsd-4-clause-uc": "BSD-4-Clause-UC",
  "bsl-1": "BSL-1.0",
  "bsl-1.0": "BSL-1.0",
  "cc-by-3.0": "CC-BY-3.0",
  "cc-by-sa-4.0": "CC-BY-SA-4.0",
  "cc0-1.0": "CC0-1.0",
  expat: "MIT",
  fsfap: "FSFAP",
  fsful: "FSFUL",
  fsfullr: "FSFULLR",
  icu: "ICU",
  ijg: "IJG",
  isc: "ISC",
  mit: "MIT",
  "mpl-1.1": "MPL-1.1",
  "mpl-2.0": "MPL-2.0",
  ofl: "OFL-1.1",
  openssl: "OpenSSL",
  "unicode-dfs-2016": "Unicode-DFS-2016",
  unlicense: "Unlicense",
  x11: "X11",
  zlib: "Zlib",
};

/** The identifier of SPDX's list; undefined where there is none that certainly means it. */
export function spdxId(name: string): string | undefined {
  const gnu = /^(A?GPL|LGPL|GFDL)-(\d(?:\.\d)?)(\+|-or-later|-only)?$/.exec(name);
  if (!gnu) return SAME[name.toLowerCase()];
  const [, family, version = "", more] = gnu;
  const full = version.includes(".") ? version : `${version}.0`;
  return GNU.has(`${family}-${full}`)
    ? `${family}-${full}-${more && more !== "-only" ? "or-later" : "only"}`
    : undefined;
}

const GNU = new Set([
  "AGPL-3.0",
  "GPL-1.0",
  "GPL-2.0",
  "GPL-3.0",
  "LGPL-2.0",
  "LGPL-2.1",
  "LGPL-3.0",
  "GFDL-1.2",
  "GFDL-1.3",
]);

/** For what has no identifier: letters, digits, dots and hyphens are what SPDX allows. */
export function licenceReference(name: string): string {
  return `LicenseRef-Debian-${name
    .replaceAll("+", "plus")
    .replaceAll(/[^A-Za-z0-9.-]+/g, "-")
    .replaceAll(/^-|-$/g, "")}`;
}

export function licenceExpression(names: readonly string[]): string {
  const parts = [...new Set(names.map((name) => spdxId(name) ?? licenceReference(name)))].sort();
  return parts.length > 0 ? parts.join(" AND ") : "NOASSERTION";
}
