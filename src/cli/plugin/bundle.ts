// SPDX-License-Identifier: Apache-2.0
//
// stagebox plugin pack and sign.
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileRefusal, formatProblem } from "../../pipeline/problem.ts";
import { megabytes } from "../../pipeline/words.ts";
import { packPlugin } from "../../plugins/bundle/pack.ts";
import { signBundle } from "../../plugins/bundle/sign-bundle.ts";
import { LIMITS } from "../../plugins/install/limits.ts";
import { writeAtomic } from "../../store/atomic-file.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import type { Output } from "../output.ts";
import { shownPath } from "./folders.ts";
import { signingKey } from "./key.ts";

export async function pack(folder: string, into: string, output: Output): Promise<ExitCode> {
  const { manifest, name, zip, files, warnings } = packPlugin(folder);
  for (const problem of warnings) console.error(`warning: ${formatProblem(problem)}`);
  const path = join(into, name);
  await writeAtomic(path, zip);
  const size = `${files} files, ${Math.ceil(zip.length / 1024)} KB`;
  output.line(`${shownPath(path)}: ${manifest.id} ${manifest.version}, ${size}; not signed yet`);
  return EXIT.ok;
}

export async function signPlugin(bundle: string, key: string | undefined, output: Output): Promise<ExitCode> {
  const zip = readBundleFile(bundle);
  const secret = await signingKey(key);
  await writeAtomic(bundle, signBundle(zip, bundle, secret, new Date()));
  output.line(`${shownPath(bundle)} is signed with the key ${secret.public.id}`);
  return EXIT.ok;
}

/** Throws ProblemsError. */
export function readBundleFile(path: string): Uint8Array {
  const there = statSync(path, { throwIfNoEntry: false });
  if (!there?.isFile()) throw fileRefusal(path, there ? "is no bundle, which is one file" : "is not there");
  if (there.size > LIMITS.packed_bytes)
    throw fileRefusal(path, `is larger than ${megabytes(LIMITS.packed_bytes)}, which no packed plugin is`);
  return readFileSync(path);
}
