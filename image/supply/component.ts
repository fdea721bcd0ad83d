// SPDX-License-Identifier: Apache-2.0

/** One thing of somebody's in an image. */
export interface Component {
  kind: "deb" | "npm" | "runtime";
  name: string;
  version: string;
  /** Debian's: `arm64`, `all`. */
  arch?: string;
  /** Where its source is, if not under its name: Debian's source package, a repository. */
  source?: string;
  supplier: string;
  /** As whoever made it calls them: `GPL-2+`, `Expat`, `MIT`. All of them hold, for one part or another. */
  licences: string[];
  /** Their words, as they must go along; absent where the makers' own package has them. */
  text?: string;
}

/** The same order on every machine, whatever its language. */
export const byName = (a: Component, b: Component) =>
  a.kind === b.kind ? (a.name < b.name ? -1 : Number(a.name > b.name)) : a.kind < b.kind ? -1 : 1;
