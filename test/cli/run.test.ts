// SPDX-License-Identifier: Apache-2.0
import { expect, setDefaultTimeout, test } from "bun:test";
import { command, stagebox, testFolder } from "./stagebox.ts";

setDefaultTimeout(60_000);

const folder = testFolder();

test.each(["SIGINT", "SIGTERM"] as const)("the service ends well when %s asks for it", async (signal) => {
  const args = ["run", "--port", "0", "--data", folder.path(signal)];
  const child = Bun.spawn([...command, ...args], { stdout: "pipe", stderr: "pipe" });
  const { value } = await child.stdout.getReader().read();
  expect(new TextDecoder().decode(value)).toStartWith("Stagebox is running: pipeline default\n");
  child.kill(signal);
  expect([await child.exited, await new Response(child.stderr).text()]).toEqual([0, ""]);
});

test("a port that is taken, and a pipeline that cannot be built, are told in a line", async () => {
  const program = Bun.serve({ port: 0, fetch: () => new Response("") });
  const taken = await stagebox(["run", "--port", String(program.port), "--data", folder.path("taken")]);
  expect([taken.exitCode, taken.stderr]).toEqual([
    1,
    `stagebox: port ${program.port} is taken, perhaps by another Stagebox: stop it or choose another with --port\n`,
  ]);
  await program.stop(true);

  const file = folder.write(
    "low.yaml",
    `schema: 1
name: low
source: { type: synthetic, params: { rate_hz: 100, mains_uv: 0 } }
stages: [{ id: low, type: lowpass, params: { freq_hz: 60 } }]
`,
  );
  const unbuildable = await stagebox(["run", file, "--port", "0", "--data", folder.path("low")]);
  expect([unbuildable.exitCode, unbuildable.stderr]).toEqual([
    1,
    `${file}: /stages/0: low: freq_hz: 60 Hz is not below half the rate (50 Hz); choose less than 50\n`,
  ]);
});
