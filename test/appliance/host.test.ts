// SPDX-License-Identifier: Apache-2.0
//
// What is asked of systemd, word for word, and of the service. The programs are stand-ins that write down what they hear.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemHost } from "../../src/appliance/host.ts";
import { placesBelow } from "../../src/appliance/places.ts";

const root = mkdtempSync(join(tmpdir(), "stagebox-host-"));
const heard = join(root, "heard");
const { PATH } = process.env;

beforeAll(() => {
  for (const name of ["systemctl", "blockdev"]) {
    const path = join(root, name);
    writeFileSync(
      path,
      `#!/bin/sh\n{ printf '%s' "\${0##*/}"; printf ' [%s]' "$@"; echo; } >>"${heard}"\n[ "$2" != /dev/none ] || { echo "no such device" >&2; exit 1; }\n`,
    );
    chmodSync(path, 0o755);
  }
  process.env.PATH = `${root}:${PATH}`;
});
afterAll(() => {
  process.env.PATH = PATH;
});

const host = systemHost(placesBelow(root));

test("systemd hears what it shall do, and a trial of a slot is one argument", async () => {
  await host.restartService();
  await host.seeUpdateThrough();
  await host.reboot();
  await host.reboot(true);
  await host.powerOff();
  await host.forgetCached("/dev/mmcblk0p5");
  expect(readFileSync(heard, "utf8").trim().split("\n")).toEqual([
    "systemctl [restart] [--no-block] [stagebox.service]",
    "systemctl [restart] [--no-block] [stagebox-update.service]",
    "systemctl [reboot]",
    "systemctl [reboot] [--reboot-argument=0 tryboot]",
    "systemctl [poweroff]",
    "blockdev [--flushbufs] [/dev/mmcblk0p5]",
  ]);
  await expect(host.forgetCached("/dev/none")).rejects.toThrow("blockdev --flushbufs /dev/none failed: no such device");
});

test("the service's health is its own word, at the port it names", async () => {
  let answer = () => Response.json({ status: "ok", safe_mode: false });
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => answer() });
  mkdirSync(join(root, "run/stagebox"), { recursive: true });
  const status = join(root, "run/stagebox/status.json");
  try {
    writeFileSync(status, JSON.stringify({ port: server.port }));
    expect(await host.health()).toBe("ready");
    answer = () => Response.json({ safe_mode: true });
    expect(await host.health()).toBe("alive");
    answer = () => Response.json({ detail: "no packet has moved" }, { status: 503 });
    expect(await host.health()).toBe("alive");
    answer = () => Response.redirect("http://127.0.0.1:1/");
    expect(await host.health()).toBe("none");
    answer = () => new Response("what?");
    expect(await host.health()).toBe("none");
  } finally {
    await server.stop(true);
  }
  expect(await host.health()).toBe("none");
});
