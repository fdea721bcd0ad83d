// SPDX-License-Identifier: Apache-2.0
//
// dying-update.ts ROOT KEYS BUNDLE STEP: updates the appliance in ROOT, and kills itself before step STEP that changes
// anything on its disk. Prints how many steps there were if it lives to see the end.
import { mock } from "bun:test";
import * as realFs from "node:fs";
import * as realPromises from "node:fs/promises";

const [root = "", keys = "", bundle = "", last = ""] = process.argv.slice(2);
let steps = 0;

/** Counts calls that come from the code under test, not those of the world around it. */
function counted<Call extends (...given: never[]) => unknown>(call: Call): Call {
  return function (this: unknown, ...given: Parameters<Call>) {
    const caller = new Error().stack?.split("\n")[2] ?? "";
    if (/\/src\/(appliance|store)\//.test(caller) && ++steps === Number(last)) {
      process.kill(process.pid, "SIGKILL");
      for (;;);
    }
    return call.apply(this, given);
  } as Call;
}

const NAMES = ["writeFileSync", "renameSync", "rmSync", "mkdirSync", "symlinkSync", "writeSync", "fsyncSync"] as const;
const [plain, promises] = [{ ...realFs }, { ...realPromises }];
const fs = { ...plain, ...Object.fromEntries(NAMES.map((name) => [name, counted(plain[name] as never)])) };
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

const { FakeAppliance } = await import("./fake-appliance.ts");
await new FakeAppliance(keys, root).update(bundle);
console.log(steps);
