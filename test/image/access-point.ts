// SPDX-License-Identifier: Apache-2.0
//
// A box without a network, as its owner meets it: its own Wi-Fi, the set-up page on a phone, a wrong password, the right
// one. Needs a machine that is up and has done its first start; leaves it as it was, but for a Wi-Fi network more.
import { expect } from "bun:test";
import { decodeMessage, encodeQuestions } from "./dns-message.ts";
import { askInside, fetchInside, type Guest, type HttpAnswer, type Place } from "./inside.ts";
import { Phone, waitFor } from "./phone.ts";

const BOX = "192.168.8.1";
const LAB = { ssid: "lab 5", password: "correct horse" };
/** A minute without a network, and then the time that an emulated box takes. */
const OPEN_S = 400;
/** For what takes seconds in the air. */
const PATIENCE_S = 200;

export async function meetWithoutNetwork(machine: Guest): Promise<void> {
  const phone = await Phone.switchOn(machine);
  await machine.run(cables("down"));
  try {
    const { ssid, password } = await ownNetwork(machine);
    expect(await phone.join(ssid, password, PATIENCE_S)).toStartWith("192.168.8.");
    await seesThePage(phone);

    const token = (await machine.run("cat /data/stagebox/admin-token")).trim();
    const answer = await joins(phone.place, BOX, token, { ...LAB, password: "battery staple" });
    expect([answer.status, answer.body]).toEqual([202, expect.not.stringContaining("battery")]);
    await waitFor("the end of the box's own network", PATIENCE_S, async () =>
      (await isOpen(machine)) ? undefined : true,
    );
    await phone.open(LAB.ssid, LAB.password);
    await ownNetwork(machine);
    const attempt = JSON.parse(await machine.run("cat /run/stagebox-system/network.json"));
    expect(attempt).toMatchObject({ ssid: LAB.ssid, state: "failed", problem: expect.stringContaining("password") });

    const again = await joins({ machine }, "127.0.0.1", token, LAB);
    expect(again.status).toBe(202);
    const address = await waitFor("the box in the other network", PATIENCE_S, async () => {
      const list = await machine.run("ip -color=never -4 -o address");
      return /inet (10\.77\.0\.\d+)/.exec(list)?.[1];
    });
    expect(address).toStartWith("10.77.0.");
    expect(await isOpen(machine)).toBe(false);
    const log = await machine.run("journalctl -b -o cat | grep -c -e 'correct horse' -e 'battery staple' || true");
    expect(log.trim()).toBe("0");
  } finally {
    await machine.run(`${cables("up")}; systemctl stop phone phone-bus; ip netns delete phone; rmmod mac80211_hwsim`);
  }
}

function cables(state: "up" | "down"): string {
  return `for card in /sys/class/net/eth*; do ip link set "\${card##*/}" ${state}; done`;
}

async function ownNetwork(machine: Guest): Promise<{ ssid: string; password: string }> {
  await waitFor("the box's own network", OPEN_S, async () => ((await isOpen(machine)) ? true : undefined));
  const { ssid } = JSON.parse(await machine.run("cat /run/stagebox-system/access-point.json"));
  const { password } = JSON.parse(await machine.run("cat /data/system/access-point.json"));
  return { ssid, password };
}

async function isOpen(machine: Guest): Promise<boolean> {
  return (await machine.run("ls /run/stagebox-system")).includes("access-point.json");
}

/** By its address and either port, and by whatever name a phone tries when it looks for the internet. */
async function seesThePage(phone: Phone): Promise<void> {
  for (const port of [8080, 80]) {
    const page = await fetchInside(phone.place, { address: BOX, port, host: BOX, path: "/setup" });
    expect([page.status, page.body]).toEqual([200, expect.stringContaining("Set up Stagebox")]);
  }
  const question = encodeQuestions([{ name: "captive.apple.com", type: "A" }]);
  const [record] = decodeMessage(await askInside(phone.place, BOX, 53, question)).records;
  expect(record?.data).toBe(BOX);
  const probe = await fetchInside(phone.place, {
    address: BOX,
    port: 80,
    host: "captive.apple.com",
    path: "/hotspot-detect.html",
  });
  expect([probe.status, probe.headers]).toEqual([
    302,
    expect.stringMatching(/location: http:\/\/192\.168\.8\.1\/setup/i),
  ]);
}

function joins(place: Place, address: string, token: string, wifi: object): Promise<HttpAnswer> {
  return fetchInside(place, {
    ...{ address, port: 8080, host: address, path: "/api/system/network", method: "POST" },
    headers: ["Content-Type: application/json", `Authorization: Bearer ${token}`],
    body: JSON.stringify({ ...wifi, country: "DE" }),
  });
}
