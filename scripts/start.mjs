// SPDX-License-Identifier: Apache-2.0
/** npm start: sets up what is missing, then runs the service; arguments behind `--` are passed on to it. */
import { spawn } from "node:child_process";
import { bun, setUp } from "./setup.mjs";

setUp();
const service = spawn(bun, ["src/main.ts", "run", ...process.argv.slice(2)], { stdio: "inherit" });

// Ctrl-C reaches the service from the terminal itself; a second SIGINT would hurry it.
process.on("SIGINT", () => process.stdin.isTTY || service.kill("SIGINT"));
for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => service.kill(signal));

service.on("exit", (code, signal) => {
  const asked = ["SIGINT", "SIGTERM", "SIGHUP"].includes(signal);
  if (signal && !asked) console.error(`stagebox was ended by ${signal}`);
  process.exit(code ?? (asked ? 0 : 1));
});
