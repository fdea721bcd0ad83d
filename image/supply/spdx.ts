// SPDX-License-Identifier: Apache-2.0
//
// The bill of materials as SPDX 2.3 in JSON. Nothing in it is of the machine or the moment: the same image has the same.
import type { Component } from "./component.ts";
import { licenceExpression, licenceReference, spdxId } from "./licence-names.ts";

export interface Product {
  name: string;
  version: string;
  /** Of the unpacked image. */
  sha256: string;
  /** Seconds; SOURCE_DATE_EPOCH. */
  created: number;
  /** `trixie`; of the base's packages. */
  distribution: string;
}

export function spdxDocument(product: Product, components: readonly Component[]): object {
  const { name, version, sha256, created, distribution } = product;
  return {
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: "SPDXRef-DOCUMENT",
    name: `${name}-${version}`,
    documentNamespace: `https://spdx.org/spdxdocs/${name}-${version}-${sha256.slice(0, 32)}`,
    creationInfo: { created: new Date(created * 1000).toISOString().replace(".000", ""), creators: ["Tool: stagebox"] },
    documentDescribes: [IMAGE],
    packages: [
      {
        ...UNKNOWN,
        SPDXID: IMAGE,
        name,
        versionInfo: version,
        primaryPackagePurpose: "OPERATING-SYSTEM",
        licenseDeclared: "NOASSERTION",
        checksums: [{ algorithm: "SHA256", checksumValue: sha256 }],
      },
      {
        ...UNKNOWN,
        SPDXID: STAGEBOX,
        name: "stagebox",
        versionInfo: version,
        primaryPackagePurpose: "APPLICATION",
        licenseDeclared: "Apache-2.0",
      },
      ...components.map((component) => packageOf(component, distribution)),
    ],
    hasExtractedLicensingInfos: extracted(components),
    relationships: [
      relationship("SPDXRef-DOCUMENT", "DESCRIBES", IMAGE),
      relationship(IMAGE, "CONTAINS", STAGEBOX),
      ...components.map((component) =>
        relationship(component.kind === "deb" ? IMAGE : STAGEBOX, "CONTAINS", idOf(component)),
      ),
    ],
  };
}

const IMAGE = "SPDXRef-Image";
const STAGEBOX = "SPDXRef-Stagebox";
const UNKNOWN = {
  downloadLocation: "NOASSERTION",
  filesAnalyzed: false,
  licenseConcluded: "NOASSERTION",
  copyrightText: "NOASSERTION",
};

function packageOf(component: Component, distribution: string) {
  const { name, version, source, supplier, licences } = component;
  return {
    ...UNKNOWN,
    SPDXID: idOf(component),
    name,
    versionInfo: version,
    supplier: `Organization: ${supplier}`,
    licenseDeclared: licenceExpression(licences),
    ...(licences.length > 0 && { licenseComments: `Named by its makers: ${licences.join("; ")}` }),
    ...(source && { sourceInfo: `built from ${source}` }),
    externalRefs: [
      { referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: purl(component, distribution) },
    ],
  };
}

function purl({ kind, name, version, arch = "all" }: Component, distribution: string): string {
  const [at, path] = [encodeURIComponent(version), name.split("/").map(encodeURIComponent).join("/")];
  if (kind === "deb") return `pkg:deb/debian/${path}@${at}?arch=${arch}&distro=${distribution}`;
  return kind === "npm" ? `pkg:npm/${path}@${at}` : `pkg:generic/${path}@${at}`;
}

function idOf({ kind, name }: Component): string {
  return `SPDXRef-${kind}-${name.replaceAll("+", "plus").replaceAll(/[^A-Za-z0-9.-]+/g, "-")}`;
}

function extracted(components: readonly Component[]) {
  const users = new Map<string, Set<string>>();
  for (const { name, licences } of components)
    for (const licence of licences.filter((licence) => !spdxId(licence)))
      users.set(licence, (users.get(licence) ?? new Set()).add(name));
  const byReference = new Map<string, [string, Set<string>]>();
  for (const [licence, names] of users) byReference.set(licenceReference(licence), [licence, names]);
  return [...byReference]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([licenseId, [name, names]]) => ({
      licenseId,
      name,
      extractedText: `The terms called "${name}" in the copyright file of ${[...names].sort().join(", ")}: in the image at /usr/share/doc/NAME/copyright, and in the file of licences beside it.`,
    }));
}

function relationship(spdxElementId: string, relationshipType: string, relatedSpdxElement: string) {
  return { spdxElementId, relationshipType, relatedSpdxElement };
}
