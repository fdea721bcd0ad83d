// SPDX-License-Identifier: Apache-2.0
//
// `bun image/supply/describe.ts IMAGE ROOT [URL]`: writes beside a card image what is in it, under which licences, and
// what Raspberry Pi Imager wants to know. ROOT holds what read-root.sh took from it, URL is where it will be fetched.
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Image } from "../../src/appliance/image.ts";
import { sha256Of } from "../../src/store/file-hash.ts";
import { bundledComponents } from "./bundled.ts";
import { byName, type Component } from "./component.ts";
import { debianComponents } from "./debian.ts";
import { imagerEntry, imagerManifest } from "./imager.ts";
import { spdxDocument } from "./spdx.ts";

const RULE = `${"=".repeat(120)}\n`;
const [given = "", root = "", url] = process.argv.slice(2);
const path = resolve(given);
const stem = path.replace(/\.img$/, "");
const created = Number(process.env.SOURCE_DATE_EPOCH);
if (!created) throw new Error("SOURCE_DATE_EPOCH must say when the image was made");

const image: Image = JSON.parse(readFileSync(join(root, "usr/lib/stagebox/image.json"), "utf8"));
const components = [...debianComponents(root), ...(await bundledComponents(join(import.meta.dir, "../..")))].sort(
  byName,
);
const extract_sha256 = await sha256Of(path);
const distribution = /^VERSION_CODENAME=(.*)$/m.exec(readFileSync(join(root, "usr/lib/os-release"), "utf8"))?.[1] ?? "";

write("packages.tsv", components.map(row).join(""));
write("licences.txt", licenceTexts([own(), ...components]) + commonLicences());
writeJson(
  "spdx.json",
  spdxDocument(
    { name: basename(stem), version: image.version, sha256: extract_sha256, created, distribution },
    components,
  ),
);

const packed = `${path}.xz`;
if (existsSync(packed)) {
  const place = url ?? pathToFileURL(dirname(path)).href;
  const card = {
    image,
    backports: components.some(({ name, version }) => name === "linux-image-arm64" && version.includes("~bpo")),
    url: `${place}/${basename(packed)}`,
    icon: `${place}/stagebox.svg`,
    extract_size: statSync(path).size,
    extract_sha256,
    image_download_size: statSync(packed).size,
    image_download_sha256: await sha256Of(packed),
    created,
  };
  writeJson("os_list.json", { os_list: [imagerEntry(card)] });
  writeJson("rpi-imager-manifest", imagerManifest(card));
}

function row({ kind, name, version, source = "", licences }: Component): string {
  return `${[kind, name, version, source, licences.join("; ")].join("\t")}\n`;
}

function own(): Component {
  const text = readFileSync(join(import.meta.dir, "../../LICENSE"), "utf8");
  return {
    kind: "npm",
    name: "stagebox",
    version: image.version,
    supplier: "Stagebox",
    licences: ["Apache-2.0"],
    text,
  };
}

/** Those that the others only name: Debian keeps one copy of each. */
function commonLicences(): string {
  const folder = join(root, "usr/share/common-licenses");
  const files = existsSync(folder) ? readdirSync(folder, { withFileTypes: true }).filter((it) => it.isFile()) : [];
  const names = files.map(({ name }) => name).sort();
  return names.map((name) => `${RULE}${name}\n\n${readFileSync(join(folder, name), "utf8")}\n`).join("");
}

/** Each text once, with all that it is for. */
function licenceTexts(all: readonly Component[]): string {
  const users = new Map<string, string[]>();
  for (const { name, version, text, licences } of all) {
    const words = text?.trim() ?? `Licences: ${licences.join("; ") || "not named"}`;
    users.set(words, [...(users.get(words) ?? []), `${name} ${version}`]);
  }
  return [...users].map(([text, names]) => `${RULE}${names.join("\n")}\n\n${text}\n\n`).join("");
}

function writeJson(suffix: string, value: object) {
  write(suffix, `${JSON.stringify(value, null, 2)}\n`);
}

function write(suffix: string, text: string) {
  writeFileSync(`${stem}.${suffix}`, text);
}
