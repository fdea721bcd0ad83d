// SPDX-License-Identifier: Apache-2.0
//
// A plugin out of a git repository: cloned without a work tree, and taken out of it as a zip file, which then has to
// pass everything that any other zip file has to. Nothing of the repository is run: no hooks, no filters, no
// submodules.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileRefusal } from "../../pipeline/problem.ts";
import { withoutSecrets } from "../../store/web-file.ts";
import { LIMITS } from "./limits.ts";

const TRANSPORTS = "file:git:http:https:ssh";
const MOST_LINES = 3;

/** The zip file of a branch, a tag, or what a clone begins with. `folder`: exists, empty, for the clone. Throws
 * ProblemsError, or the reason of `signal`. */
export async function archiveOfRepository(address: string, folder: string, signal: AbortSignal): Promise<Uint8Array> {
  const [url = "", ref] = address.replace(/^git\+/, "").split("#", 2);
  const clone = join(folder, "clone");
  const zip = join(folder, "clone.zip");
  const branch = ref ? [`--branch=${ref}`] : [];
  const task = { address, signal };
  await git(["clone", "--quiet", "--bare", "--depth=1", "--single-branch", ...branch, "--", url, clone], task);
  await git(["--git-dir", clone, "archive", "--format=zip", `--output=${zip}`, "HEAD"], task);
  return readFileSync(zip);
}

async function git(args: string[], { address, signal }: { address: string; signal: AbortSignal }): Promise<void> {
  const refuse = (message: string) => fileRefusal(withoutSecrets(address), message);
  if (!Bun.which("git")) throw refuse("is a repository, and there is no git here: apt-get install git");
  signal.throwIfAborted();
  const settings = ["core.hooksPath=/dev/null", "core.fsmonitor=false", "credential.interactive=false"];
  const child = Bun.spawn(
    // No file of a clone may be larger than a packed plugin is: ulimit counts in 512 bytes.
    [
      "sh",
      "-c",
      `ulimit -f ${LIMITS.packed_bytes / 512}; exec git "$@"`,
      "git",
      ...settings.flatMap((it) => ["-c", it]),
      ...args,
    ],
    {
      stdin: "ignore",
      stdout: "ignore",
      stderr: "pipe",
      env: {
        ...process.env,
        GIT_TERMINAL_PROMPT: "0",
        GIT_ALLOW_PROTOCOL: TRANSPORTS,
        GIT_TEMPLATE_DIR: "",
        LC_ALL: "C",
      },
      signal,
      timeout: LIMITS.download_ms,
    },
  );
  const [said, code] = await Promise.all([new Response(child.stderr).text(), child.exited]);
  signal.throwIfAborted();
  if (code === 0) return;
  const lines = said.split("\n").filter(Boolean);
  const telling = lines.filter((line) => /^(fatal|error):/.test(line));
  const words = (telling.length > 0 ? telling : lines).slice(0, MOST_LINES).join("; ");
  throw refuse(`git says: ${words || `nothing, and ended with ${child.signalCode ?? code}`}`);
}
