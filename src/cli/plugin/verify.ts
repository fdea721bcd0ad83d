// SPDX-License-Identifier: Apache-2.0
//
// stagebox plugin verify.
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { formatProblem } from "../../pipeline/problem.ts";
import { contentsOf, readBundle } from "../../plugins/bundle/bundle.ts";
import { MANIFEST_FILE } from "../../plugins/discovery/read-plugin.ts";
import type { SignatureView } from "../../plugins/plugin.ts";
import { readContents } from "../../plugins/signature/contents.ts";
import { readPublicKey } from "../../plugins/signature/public-key.ts";
import { keyFolders, readTrustedKeys, type TrustedKey } from "../../plugins/signature/trusted-keys.ts";
import { judge } from "../../plugins/signature/verdict.ts";
import { signatureView } from "../../plugins/view.ts";
import { DataFolder } from "../../store/folder.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import type { Output } from "../output.ts";
import { readBundleFile } from "./bundle.ts";
import { FolderPlugins } from "./folder-plugins.ts";
import { shownPath } from "./folders.ts";
import { readSmallFile } from "./key.ts";

export interface VerifyOptions {
  /** A bundle, a folder, or the id of a plugin that is installed. */
  what: string;
  /** A public key file, in the place of those that the box trusts. */
  key: string | undefined;
  json: boolean;
  data: string;
  output: Output;
}

/** The exit code says whether all of it is signed by somebody who is trusted, and unchanged. */
export async function verify({ what, key, json, data, output }: VerifyOptions): Promise<ExitCode> {
  const keys = key === undefined ? trustedKeys(data) : [givenKey(key)];
  const verdicts: { what: string; signature: SignatureView }[] = [];
  for (const path of await pathsOf(what, data)) {
    const isFolder = statSync(path).isDirectory();
    const contents = isFolder ? await readContents(path) : contentsOf(readBundle(readBundleFile(path), path));
    verdicts.push({ what: shownPath(path), signature: signatureView(judge(contents, keys)) });
  }
  if (json) output.json({ verdicts });
  else for (const { what, signature } of verdicts) for (const line of lines(what, signature)) output.line(line);
  return verdicts.every(({ signature }) => signature.state === "trusted") ? EXIT.ok : EXIT.failed;
}

async function pathsOf(what: string, data: string): Promise<string[]> {
  if (existsSync(what)) return [what];
  const { versions } = await new FolderPlugins(data).get(what);
  return versions.map(({ folder }) => folder).filter((folder) => existsSync(join(folder, MANIFEST_FILE)));
}

function trustedKeys(data: string): TrustedKey[] {
  const { keys, problems } = readTrustedKeys(keyFolders(new DataFolder(data)));
  for (const problem of problems) console.error(`warning: ${formatProblem(problem)}`);
  return keys;
}

function givenKey(file: string): TrustedKey {
  return { ...readPublicKey(readSmallFile(file), file), name: file, file };
}

/** Every file that differs has a line. */
function lines(what: string, { state, reason, comment, differences }: SignatureView): string[] {
  return [
    `${what}: ${state}: it ${reason}`,
    ...(comment ? [`  ${comment.replaceAll("\t", "  ")}`] : []),
    ...Object.entries(differences ?? {}).flatMap(([kind, names]) => names.map((name) => `  ${kind}: ${name}`)),
  ];
}
