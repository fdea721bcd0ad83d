// SPDX-License-Identifier: Apache-2.0
//
// One file on the card: applied once, its secrets gone from it afterwards; one with mistakes, as a Windows editor saves
// it, is applied as far as it goes and says what is wrong with the rest.
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Box } from "./box.ts";
import { discardMachines, Machine } from "./machine.ts";
import { CARD_BYTES, made, tellTime } from "./under-test.ts";

const TOKEN = "set-by-the-card-0123456789abcdef";
const PASSWORD = "a secret of the neighbours";

const keys = mkdtempSync(join(tmpdir(), "stagebox-ssh-"));
const machine = new Machine(made("stagebox-debian-ab.img"), { card_bytes: CARD_BYTES });
const box = new Box(machine);
afterAll(async () => {
  rmSync(keys, { recursive: true });
  await discardMachines();
});

test("what the card asks for is so after the first boot", async () => {
  Bun.spawnSync(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", join(keys, "id")]);
  const card = machine.fat(1);
  card.write("my-gain.zip", readFileSync(made("my-gain.zip")));
  card.write(
    "mine.yaml",
    "schema: 1\nname: mine\nsource: { id: board, type: synthetic }\nstages:\n  - { id: hum, type: notch }\n",
  );
  card.write(
    "stagebox.toml",
    `hostname = "lab-7"
timezone = "Europe/Berlin"
pipeline = "mine.yaml"
plugins = ["my-gain.zip"]
[wifi]
ssid = "neighbours"
password = "${PASSWORD}"
country = "DE"
[ssh]
keys = ["${readFileSync(join(keys, "id.pub"), "utf8").trim()}"]
[admin]
token = "${TOKEN}"
`,
  );
  machine.plugIn();
  tellTime("power to ready, with a card to apply", await box.ready());
  box.token = TOKEN;
  expect(await box.ask("GET", "/api/graph")).toMatchObject({ name: "mine", state: "running" });
  expect(await box.ask("GET", "/api/plugins/my-gain")).toMatchObject({ state: "ready" });
  expect((await box.ask("GET", "/api/system")).host).toBe("lab-7");
  expect(await machine.run("hostname; date +%Z")).toMatch(/^lab-7\nCES?T$/);
  expect(await machine.run("cat /var/lib/iwd/neighbours.psk")).toContain("Passphrase");
});

test("the key that it names opens the door, and no other", async () => {
  expect(await ssh("id")).toMatchObject({ code: 0, output: "admin\n0\n" });
  Bun.spawnSync(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", join(keys, "other")]);
  expect((await ssh("other")).code).not.toBe(0);
});

test("no secret is left on the card, which says what became of it", async () => {
  await machine.powerOff();
  const card = machine.fat(1);
  const file = card.text("stagebox.toml") ?? "";
  expect(file).not.toContain(TOKEN);
  expect(file).not.toContain(PASSWORD);
  expect(file).toContain('hostname = "lab-7"');
  const bytes = readFileSync(machine.card).subarray(0, 64 * 1024 * 1024);
  expect([bytes.includes(TOKEN), bytes.includes(PASSWORD)]).toEqual([false, false]);
  console.log(card.text("stagebox-status.txt"));
  expect(card.text("stagebox-status.txt")).toContain("lab-7");
});

test("a file full of mistakes is applied as far as it goes, and the box comes up", async () => {
  machine
    .fat(1)
    .write(
      "stagebox.toml",
      '\uFEFFhostname = “lab-8”\r\ntimezone = "Mars/Base"\r\ncolour = 3\r\n[wifi]\r\nssid = 5\r\n',
    );
  machine.plugIn();
  tellTime("power to ready, with a broken card", await box.ready());
  expect(await box.ask("GET", "/api/graph")).toMatchObject({ name: "mine", state: "running" });
  expect(await machine.run("hostname; date +%Z")).toMatch(/^lab-8\nCES?T$/);
  await machine.powerOff();
  const status = machine.fat(1).text("stagebox-status.txt") ?? "";
  console.log(status);
  for (const line of [2, 3, 5]) expect(status).toContain(`stagebox.toml, line ${line}:`);
});

async function ssh(key: string): Promise<{ code: number; output: string }> {
  const options = [
    ...["IdentitiesOnly=yes", "BatchMode=yes", "ConnectTimeout=60"],
    ...["StrictHostKeyChecking=no", `UserKnownHostsFile=${join(keys, "known")}`],
  ].flatMap((option) => ["-o", option]);
  const to = ["-i", join(keys, key), "-p", String(machine.ports.ssh), ...options, "admin@127.0.0.1"];
  const child = Bun.spawn(["ssh", ...to, "whoami; sudo -n id -u"], { stdout: "pipe", stderr: "ignore" });
  return { output: await new Response(child.stdout).text(), code: await child.exited };
}
