// SPDX-License-Identifier: Apache-2.0
//
// stagebox bundle app, image and key.
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { writeBundle } from "../../appliance/update/bundle-writer.ts";
import { makeKeyPair, readSigningKey } from "../../appliance/update/keys.ts";
import type { Manifest } from "../../appliance/update/manifest.ts";
import { ProblemsError } from "../../pipeline/problem.ts";
import { sha256Of } from "../../store/file-hash.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import type { Output } from "../output.ts";
import { architectureOf } from "./architecture.ts";
import { readSlot } from "./image-file.ts";

interface BundleOptions {
  key: string | undefined;
  out: string | undefined;
  minimum: string;
  output: Output;
}

export async function bundleExecutable({
  executable,
  release: version,
  minimum,
  ...options
}: BundleOptions & { executable: string; release: string }): Promise<ExitCode> {
  const arch = architectureOf(executable);
  const build = (await sha256Of(executable)).slice(0, 16);
  const sources = [{ name: "stagebox", path: executable, compression: "zstd" as const }];
  return write({ kind: "app", version, build, arch, minimum, created: created() }, sources, options);
}

export async function bundleImageFile({
  image,
  minimum,
  ...options
}: BundleOptions & { image: string }): Promise<ExitCode> {
  const { about, root, boot } = await readSlot(image);
  const { version, build, arch, layout } = about;
  const sources = [
    { name: "root.squashfs", path: image, ...root, compression: "none" as const }, // it is packed already
    { name: "boot.fat", path: image, ...boot, compression: "zstd" as const },
  ];
  return write({ kind: "image", version, build, arch, layout, minimum, created: created() }, sources, options);
}

export function newKey(file: string, output: Output): ExitCode {
  mkdirSync(dirname(file), { recursive: true });
  const publicFile = makeKeyPair(file);
  output.line(`${file} signs updates: keep it to yourself`);
  output.line(`${publicFile} goes onto images: image/build.sh --update-key`);
  return EXIT.ok;
}

async function write(
  about: Omit<Manifest, "format" | "payloads">,
  sources: Parameters<typeof writeBundle>[1],
  { key, out, output }: Pick<BundleOptions, "key" | "out" | "output">,
): Promise<ExitCode> {
  if (key === undefined)
    throw new ProblemsError([{ message: "an update is signed: name the private key with --key FILE" }]);
  const path = out ?? `stagebox-${about.kind}-${about.version}-${about.arch}.stagebox`;
  const { payloads } = await writeBundle(about, sources, readSigningKey(key), path);
  const megabytes = payloads.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6;
  output.line(`${path}: ${about.kind} ${about.version} (${about.build}) for ${about.arch}, ${megabytes.toFixed(1)} MB`);
  return EXIT.ok;
}

/** By SOURCE_DATE_EPOCH, so that the same can be made again. */
function created(): string {
  const { SOURCE_DATE_EPOCH: epoch } = process.env;
  return (epoch ? new Date(Number(epoch) * 1000) : new Date()).toISOString();
}
