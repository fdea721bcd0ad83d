// SPDX-License-Identifier: Apache-2.0
//
// stagebox plugin trust.
import { existsSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { formatProblem, ProblemsError } from "../../pipeline/problem.ts";
import { suggestion } from "../../pipeline/suggest.ts";
import { quote } from "../../pipeline/words.ts";
import { formatPublicKey, readPublicKey } from "../../plugins/signature/public-key.ts";
import { KEY_NAME, keyFolders, readTrustedKeys, type TrustedKey } from "../../plugins/signature/trusted-keys.ts";
import { writeAtomic } from "../../store/atomic-file.ts";
import { LOCAL } from "../../store/audit.ts";
import { DataFolder } from "../../store/folder.ts";
import { withAudit } from "../audit.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import type { Output } from "../output.ts";
import { readSmallFile } from "./key.ts";

export function listKeys(data: string, output: Output): ExitCode {
  const { keys, problems } = readTrustedKeys(keyFolders(new DataFolder(data)));
  for (const { name, id, file } of keys) output.line(`${name}  ${id}  ${dirname(file)}`);
  for (const problem of problems) output.line(`${formatProblem(problem)}; remove it, or put a public key there`);
  if (keys.length === 0) output.line("no keys: no plugin runs inside the service but the box's own");
  return EXIT.ok;
}

/** `key`: a file, or the line in it. */
export async function trustKey(key: string, name: string | undefined, data: string, output: Output): Promise<ExitCode> {
  const isFile = existsSync(key);
  const { id, ...read } = readPublicKey(isFile ? readSmallFile(key) : key, key);
  const called = name ?? (isFile ? basename(key).replace(/\.pub$/, "") : id);
  if (!KEY_NAME.test(called)) refuse(`${quote(called)} is no name for a key; give it one of letters with --name`);
  const folder = new DataFolder(data);
  const { keys } = readTrustedKeys(keyFolders(folder));
  const same = keys.find((it) => it.name === called);
  if (same && same.line !== read.line)
    refuse(`another key is called ${called}; give this one another with --name, or remove that one`);
  await writeAtomic(join(folder.trusted_keys, `${called}.pub`), formatPublicKey({ id, ...read }));
  await noteKey(data, "trust key", { name: called, id });
  output.line(`What the key ${id} signed may run inside the service, once it is enabled with --trust`);
  output.line(`To take that back: stagebox plugin trust ${called} --remove`);
  return EXIT.ok;
}

export async function distrustKey(name: string, data: string, output: Output): Promise<ExitCode> {
  const folder = new DataFolder(data);
  const { keys } = readTrustedKeys(keyFolders(folder));
  const key = keys.find((it) => it.name === name || it.id === name);
  if (!key)
    refuse(
      `${quote(name)} is no key that is trusted here; ${suggestion(
        name,
        keys.map((it) => it.name),
      )}`,
    );
  if (dirname(key.file) !== folder.trusted_keys) refuse(`${name} came with the box, in ${key.file}`);
  rmSync(key.file);
  await noteKey(data, "distrust key", key);
  output.line(`The key ${key.id} is no longer trusted; what it signed runs in processes of its own`);
  return EXIT.ok;
}

/** Whose code may run inside the service is as much as any permission. */
function noteKey(data: string, what: string, { name, id }: Pick<TrustedKey, "name" | "id">): Promise<void> {
  return withAudit(data, async (audit) => audit.record({ by: LOCAL, what, subject: name, after: id }));
}

function refuse(message: string): never {
  throw new ProblemsError([{ message }]);
}
