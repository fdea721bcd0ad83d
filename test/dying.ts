// SPDX-License-Identifier: Apache-2.0
//
// bun --preload test/dying.ts SCRIPT: the script kills itself before the DIE_AT-th step that changes anything on a disk,
// counted from the code under test and not from the world around it. Says how many steps there were if it lives to see
// its end.
import { mock } from "bun:test";
import { spawnSync } from "node:child_process";
import * as realFs from "node:fs";
import * as realPromises from "node:fs/promises";

const { DIE_AT } = process.env;
if (DIE_AT !== undefined) dieAt(Number(DIE_AT));

function dieAt(last: number): void {
  let steps = 0;
  const counted = <Call extends (...given: never[]) => unknown>(call: Call): Call =>
    function (this: unknown, ...given: Parameters<Call>) {
      const caller = new Error().stack?.split("\n")[2] ?? "";
      if (/\/src\//.test(caller) && ++steps === last) {
        process.kill(process.pid, "SIGKILL");
        for (;;);
      }
      return call.apply(this, given);
    } as Call;

  const names = [
    "writeFileSync",
    "renameSync",
    "rmSync",
    "mkdirSync",
    "symlinkSync",
    "writeSync",
    "fsyncSync",
  ] as const;
  const [plain, promises] = [{ ...realFs }, { ...realPromises }];
  const fs = { ...plain, ...Object.fromEntries(names.map((name) => [name, counted(plain[name] as never)])) };
  mock.module("node:fs", () => ({ ...fs, default: fs }));
  mock.module("node:fs/promises", () => ({
    ...promises,
    rename: counted(promises.rename),
    unlink: counted(promises.unlink),
    open: counted(async (...given: Parameters<typeof promises.open>) => {
      const file = await promises.open(...given);
      for (const name of ["writeFile", "sync"] as const) file[name] = counted(file[name].bind(file) as never);
      return file;
    }),
  }));
  process.on("exit", () => console.log(steps));
}

/** Runs the script up to the step. The number of all steps, if it came to its end. */
export function runUntilStep(step: number, script: string, ...words: string[]): number | undefined {
  const child = spawnSync(process.execPath, ["--preload", import.meta.path, script, ...words], {
    env: { ...process.env, DIE_AT: String(step) },
    encoding: "utf8",
  });
  if (child.signal === "SIGKILL") return undefined;
  if (child.status !== 0) throw new Error(child.stderr);
  return Number(child.stdout);
}
