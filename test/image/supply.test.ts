// SPDX-License-Identifier: Apache-2.0
/** What is written beside an image: packages, licences, bill of materials, and what Raspberry Pi Imager wants to know. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Component } from "../../image/supply/component.ts";
import { debianComponents } from "../../image/supply/debian.ts";
import { type Card, imagerEntry, imagerManifest } from "../../image/supply/imager.ts";
import { licenceExpression } from "../../image/supply/licence-names.ts";
import { spdxDocument } from "../../image/supply/spdx.ts";
import { makeOfficialImage, run } from "./official-image.ts";

const supply = join(import.meta.dir, "../../image/supply");
/** Some images are made, on a machine that may have more to do. */
setDefaultTimeout(120_000);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "stagebox-supply-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

test("licences have SPDX's names where they mean the same, and Debian's where not", () => {
  expect(licenceExpression(["GPL-2+", "Expat", "LGPL-2.1", "BSD-3-clause", "MIT"])).toBe(
    "BSD-3-Clause AND GPL-2.0-or-later AND LGPL-2.1-only AND MIT",
  );
  expect(licenceExpression(["GPL-7", "GPL-2+ with Linux exception"])).toBe(
    "LicenseRef-Debian-GPL-2plus-with-Linux-exception AND LicenseRef-Debian-GPL-7",
  );
  expect(licenceExpression([])).toBe("NOASSERTION");
});

test("Debian's packages are those installed, with all that their copyright files name", () => {
  const put = (path: string, text: string) => {
    mkdirSync(join(folder, "root", path, ".."), { recursive: true });
    writeFileSync(join(folder, "root", path), text);
  };
  const entry = (name: string, more = "") =>
    `Package: ${name}\nStatus: install ok installed\nArchitecture: arm64\nVersion: 1.2-3\nMaintainer: Some One <a@b.c>\n${more}`;
  put(
    "var/lib/dpkg/status",
    `${entry("iwd")}\n${entry("libc6", "Source: glibc (2.41)\n")}\n${entry("old").replace("install ok installed", "deinstall ok config-files")}\n`,
  );
  put("usr/share/doc/iwd/copyright", "Files: *\nLicense: LGPL-2.1+\nFiles: x\nLicense: Expat and GPL-2\n");
  put("usr/share/doc/libc6/copyright", "See /usr/share/common-licenses/LGPL-2.1.\n");
  const components = debianComponents(join(folder, "root"));
  expect(components.map(({ name, licences, source }) => [name, licences, source])).toEqual([
    ["iwd", ["Expat", "GPL-2", "LGPL-2.1+"], undefined],
    ["libc6", ["LGPL-2.1"], "glibc (2.41)"],
  ]);
  expect(components[0]).toMatchObject({ version: "1.2-3", arch: "arm64", text: expect.stringContaining("Files: *") });
});

describe("the bill of materials", () => {
  const component = (kind: Component["kind"], name: string, ...licences: string[]): Component => ({
    ...{ kind, name, version: "1:2.0+b1", supplier: "x", licences },
  });
  const components = [component("deb", "libstdc++6", "GPL-3+ with exception"), component("npm", "@a/b", "MIT")];
  const product = {
    name: "stagebox",
    version: "0.1.0",
    sha256: "ab".repeat(32),
    created: 1.7e9,
    distribution: "trixie",
  };
  // biome-ignore lint/suspicious/noExplicitAny: read as whoever gets the file would
  const document = spdxDocument(product, components) as any;

  test("has what SPDX 2.3 requires, and identifiers as it allows them", () => {
    expect(document).toMatchObject({
      spdxVersion: "SPDX-2.3",
      dataLicense: "CC0-1.0",
      SPDXID: "SPDXRef-DOCUMENT",
      creationInfo: { created: "2023-11-14T22:13:20Z", creators: ["Tool: stagebox"] },
    });
    const ids: string[] = document.packages.map(({ SPDXID }: { SPDXID: string }) => SPDXID);
    expect(new Set(ids).size).toBe(4);
    for (const id of ids) expect(id).toMatch(/^SPDXRef-[A-Za-z0-9.-]+$/);
    for (const { spdxElementId, relatedSpdxElement } of document.relationships)
      expect([...ids, "SPDXRef-DOCUMENT"]).toEqual(expect.arrayContaining([spdxElementId, relatedSpdxElement]));
  });

  test("defines every licence that is not of SPDX's list", () => {
    const used = JSON.stringify(document.packages).match(/LicenseRef-[A-Za-z0-9.-]+/g) ?? [];
    expect(used.length).toBe(1);
    expect(document.hasExtractedLicensingInfos.map(({ licenseId }: { licenseId: string }) => licenseId)).toEqual(used);
  });

  test("says where each comes from, and is the same for the same", () => {
    const locators = document.packages.flatMap(({ externalRefs = [] }) =>
      externalRefs.map(({ referenceLocator }) => referenceLocator),
    );
    expect(locators).toEqual([
      "pkg:deb/debian/libstdc%2B%2B6@1%3A2.0%2Bb1?arch=all&distro=trixie",
      "pkg:npm/%40a/b@1%3A2.0%2Bb1",
    ]);
    expect(spdxDocument(product, components)).toEqual(document);
  });
});

test("Raspberry Pi Imager is told sizes, sums, models, and how it may set up the card", () => {
  const card: Card = {
    ...{ image: { layout: "ab", base: "debian", version: "0.1.0" }, backports: false, created: 1.7e9 },
    ...{ url: "https://example.com/a.img.xz", icon: "https://example.com/a.svg" },
    ...{ extract_size: 1024, extract_sha256: "a", image_download_size: 512, image_download_sha256: "b" },
  };
  expect(imagerEntry(card)).toMatchObject({
    ...{ release_date: "2023-11-14", extract_size: 1024, image_download_size: 512, devices: ["pi4-64bit"] },
    ...{ init_format: "rpi-preseed", architecture: "armv8", url: "https://example.com/a.img.xz" },
  });
  const models = (more: Partial<Card>) =>
    imagerManifest({ ...card, ...more }).imager.devices.flatMap(({ tags }) => tags);
  expect(models({ backports: true })).toEqual(["pi5-64bit", "pi4-64bit"]);
  expect(models({ image: { ...card.image, layout: "simple" } })).toEqual(["pi4-64bit", "pi3-64bit"]);
  expect(models({ image: { ...card.image, base: "raspios" } }).length).toBe(3);
});

const tools = ["mcopy", "debugfs", "mke2fs", "sfdisk"];
const PATH = `${process.env.PATH}:/usr/sbin:/sbin`;
const lacking = tools.filter((tool) => !Bun.which(tool, { PATH }));

describe.skipIf(lacking.length > 0)("beside an image", () => {
  let image: string;
  beforeAll(() => {
    image = makeOfficialImage(mkdtempSync(join(folder, "image-")), {
      files: {
        "usr/lib/stagebox/image.json": '{"layout":"raspios","base":"raspios","version":"0.1.0"}',
        "usr/share/common-licenses/LGPL-2.1": "GNU LESSER GENERAL PUBLIC LICENSE\n",
      },
    });
    run(["xz", "-k", "-0", image]);
    const env = { ...process.env, PATH, SOURCE_DATE_EPOCH: "1750000000", STAGEBOX_URL: "https://example.com" };
    const { exitCode, stderr } = Bun.spawnSync([join(supply, "supply.sh"), image], { env });
    expect([stderr.toString(), exitCode]).toEqual(["", 0]);
  });
  const beside = (suffix: string) => readFileSync(image.replace(/img$/, suffix), "utf8");

  test("lie the list of packages, licences and bill of materials, the runtime's and npm's among them", () => {
    expect(beside("packages.tsv")).toMatch(/^deb\tnetwork-manager\t1\t/m);
    expect(beside("packages.tsv")).toMatch(/^npm\telysia\t[\d.]+\t\tMIT$/m);
    expect(beside("packages.tsv")).toMatch(/^runtime\tbun\/webkit\t/m);
    for (const words of ["Permission is hereby granted", "Apache License", "GNU LESSER"])
      expect(beside("licences.txt")).toContain(words);
    expect(JSON.parse(beside("spdx.json")).name).toBe("official-0.1.0");
  });

  test("lies a manifest whose sums are right", () => {
    const [entry] = JSON.parse(beside("rpi-imager-manifest")).os_list;
    const sum = (file: string) => run(["sha256sum", file]).slice(0, 64);
    expect([entry.url, entry.extract_sha256]).toEqual(["https://example.com/official.img.xz", sum(image)]);
    expect([entry.image_download_sha256, entry.extract_size]).toEqual([sum(`${image}.xz`), statSync(image).size]);
    expect(JSON.parse(beside("os_list.json")).os_list).toEqual([entry]);
    run(["sh", "-c", `cd ${join(image, "..")} && sha256sum --check official.sha256`]);
  });

  test("two images are compared file by file", () => {
    const other = `${image}.other`;
    const compare = () => {
      const { exitCode, stdout } = Bun.spawnSync([join(supply, "compare.sh"), image, other], {
        env: { ...process.env, PATH },
      });
      return { exitCode, said: stdout.toString() };
    };
    copyFileSync(image, other);
    expect(compare()).toEqual({ exitCode: 0, said: expect.stringMatching(/^identical: [0-9a-f]{64}\n$/) });
    writeFileSync(join(folder, "config.txt"), "another\n");
    run(["mcopy", "-o", "-i", `${other}@@4194304`, join(folder, "config.txt"), "::config.txt"]);
    const { exitCode, said } = compare();
    expect([exitCode, said]).toEqual([
      1,
      expect.stringMatching(/^partition 1: 1 files differ:\n {2}< config.txt [^~]*> config.txt /),
    ]);
    expect(said).toContain("partition 2: identical");
  });
});
