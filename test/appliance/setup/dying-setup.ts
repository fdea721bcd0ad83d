// SPDX-License-Identifier: Apache-2.0
//
// dying-setup.ts ROOT STEP: sets the appliance in ROOT up, and kills itself before step STEP that changes anything on its
// disk. Prints how many steps there were if it lives to see the end.
import { mock } from "bun:test";
import * as realPromises from "node:fs/promises";

const [root = "", last = ""] = process.argv.slice(2);
let steps = 0;

/** Counts calls of the code under test. */
function counted<Call extends (...given: never[]) => unknown>(call: Call): Call {
  return function (this: unknown, ...given: Parameters<Call>) {
    if (++steps === Number(last)) {
      process.kill(process.pid, "SIGKILL");
      for (;;);
    }
    return call.apply(this, given);
  } as Call;
}

const real = { ...realPromises };
const NAMES = ["rename", "unlink", "rm", "mkdir", "symlink", "copyFile", "chmod"] as const;
mock.module("node:fs/promises", () => ({
  ...real,
  ...Object.fromEntries(NAMES.map((name) => [name, counted(real[name] as never)])),
  open: counted(async (...given: Parameters<typeof real.open>) => {
    const file = await real.open(...given);
    for (const name of ["writeFile", "write"] as const) file[name] = counted(file[name].bind(file) as never);
    file.sync = counted(async () => {}); // a killed process loses nothing by it, and it takes time
    return file;
  }),
}));

const { setUp } = await import("../../../src/appliance/setup/setup.ts");
const { boxAt } = await import("./box.fixture.ts");
await setUp(boxAt(root));
console.log(steps);
