// SPDX-License-Identifier: Apache-2.0
//
// stagebox appliance status and code: what the box's screen shows, for whoever sits at a terminal on it.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { placesBelow } from "../../appliance/places.ts";
import type { Status } from "../../appliance/status/status.ts";
import { runFolder } from "../../appliance/status/status-file.ts";
import { fileRefusal, ProblemsError } from "../../pipeline/problem.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import type { Output } from "../output.ts";
import { BoxClient } from "../plugin/box-client.ts";

/** The service looks once a second whether there is something new to show. */
const SHOWN_MS = 5000;
const LOOK_MS = 100;

export async function showStatus({ json, output }: { json: boolean; output: Output }): Promise<ExitCode> {
  if (json) output.json(readStatus());
  else output.write(read("status.txt").split("\n").slice(1).join("\n"));
  return EXIT.ok;
}

export async function showCode({ data, output }: { data: string; output: Output }): Promise<ExitCode> {
  const before = readStatus().sign_in_code;
  const box = await BoxClient.find(data);
  if (!box) throw fileRefusal(data, "no Stagebox runs there that could show a code; name another folder with --data");
  await box.post("/api/sign-in/code");
  for (const end = performance.now() + SHOWN_MS; performance.now() < end; await Bun.sleep(LOOK_MS)) {
    const { sign_in_code } = readStatus();
    if (sign_in_code === undefined || sign_in_code === before) continue;
    output.line(sign_in_code);
    return EXIT.ok;
  }
  throw new ProblemsError([{ message: "the box shows no new code; see what it says with `journalctl -u stagebox`" }]);
}

function readStatus(): Status {
  return JSON.parse(read("status.json"));
}

/** Throws ProblemsError. */
function read(name: string): string {
  const folder = runFolder(placesBelow("/"), process.env);
  if (folder === undefined)
    throw new ProblemsError([
      { message: "this is no appliance: it has no screen of its own; ask the service, GET /api/health/ready" },
    ]);
  const path = join(folder, name);
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EACCES") throw fileRefusal(path, "is for root and the service alone; try again with sudo");
    if (code === "ENOENT") throw fileRefusal(path, "is not there: the service does not run; systemctl status stagebox");
    throw error;
  }
}
