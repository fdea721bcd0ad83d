// SPDX-License-Identifier: Apache-2.0
//
// What is asked of systemd, word for word, and of the service. No program is run: this machine shall not reboot.
import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemHost } from "../../src/appliance/host.ts";
import { placesBelow } from "../../src/appliance/places.ts";

const root = mkdtempSync(join(tmpdir(), "stagebox-host-"));
const heard: string[][] = [];
const host = systemHost(placesBelow(root), async (...command) => {
  heard.push(command);
});

test("systemd hears what it shall do, and a trial of a slot is one argument", async () => {
  await host.restartService();
  await host.seeUpdateThrough();
  await host.reboot();
  await host.reboot(true);
  await host.powerOff();
  await host.forgetCached("/dev/mmcblk0p5");
  expect(heard).toEqual([
    ["systemctl", "restart", "--no-block", "stagebox.service"],
    ["systemctl", "restart", "--no-block", "stagebox-update.service"],
    ["systemctl", "reboot"],
    ["systemctl", "reboot", "--reboot-argument=0 tryboot"],
    ["systemctl", "poweroff"],
    ["blockdev", "--flushbufs", "/dev/mmcblk0p5"],
  ]);
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
