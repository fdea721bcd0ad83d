// SPDX-License-Identifier: Apache-2.0
//
// What the box's own Wi-Fi is called and which password it has. The password is random and the box's own: one that came
// with the image, or from the serial number, everybody would know.
import { randomInt } from "node:crypto";
import { join } from "node:path";
import { type Problem, ProblemsError } from "../../pipeline/problem.ts";
import type { Places } from "../places.ts";
import { writePrivate } from "../private-file.ts";
import { readJson, readNames, readText } from "../read.ts";

export interface AccessPoint {
  ssid: string;
  password: string;
  enabled: boolean;
}

export const ACCESS_POINT_ADDRESS = "192.168.8.1";

/** iwd takes the name for a part of a path, as it is. */
export const ACCESS_POINT_SSID = /^[a-z0-9][a-z0-9 _-]{0,31}$/i;
export const ACCESS_POINT_PASSWORD = /^[ -~]{8,63}$/;

/** Made at first use, and the same ever after. */
export async function accessPoint(places: Places): Promise<AccessPoint> {
  const kept = readSettings(places);
  const settings = {
    ssid: kept.ssid ?? `Stagebox-${shortName(places)}`,
    password: kept.password ?? newPassword(),
    enabled: kept.enabled ?? true,
  };
  if (kept.password === undefined) await write(places, { ...kept, password: settings.password });
  return settings;
}

/** What is not named stays as it was. Throws ProblemsError. */
export async function writeAccessPointSettings(places: Places, given: Partial<AccessPoint>): Promise<void> {
  const { ssid, password, enabled } = given;
  const problems: Problem[] = [];
  if (ssid !== undefined && !ACCESS_POINT_SSID.test(ssid))
    problems.push({
      field: "/ssid",
      message: "is of 1 to 32 letters, digits, spaces, _ and -, a letter or digit first",
    });
  if (password !== undefined && !ACCESS_POINT_PASSWORD.test(password))
    problems.push({ field: "/password", message: "has 8 to 63 letters, digits and signs of plain ASCII" });
  if (enabled !== undefined && typeof enabled !== "boolean")
    problems.push({ field: "/enabled", message: "is true or false" });
  if (problems.length > 0) throw new ProblemsError(problems);
  await write(places, {
    ...readSettings(places),
    ...(ssid !== undefined && { ssid }),
    ...(password !== undefined && { password }),
    ...(enabled !== undefined && { enabled }),
  });
}

function settingsFile({ system }: Places): string {
  return join(system, "access-point.json");
}

/** What is broken counts as not set. */
function readSettings(places: Places): Partial<AccessPoint> {
  const { ssid, password, enabled } = (readJson(settingsFile(places)) ?? {}) as Record<string, unknown>;
  return {
    ...(isText(ssid, ACCESS_POINT_SSID) && { ssid }),
    ...(isText(password, ACCESS_POINT_PASSWORD) && { password }),
    ...(typeof enabled === "boolean" && { enabled }),
  };
}

function isText(value: unknown, pattern: RegExp): value is string {
  return typeof value === "string" && pattern.test(value);
}

async function write(places: Places, settings: Partial<AccessPoint>): Promise<void> {
  await writePrivate(settingsFile(places), `${JSON.stringify(settings)}\n`);
}

/** Of 31 signs that nobody mistakes for one another: 59 bits, more than a recorded handshake lets anybody try. */
function newPassword(): string {
  const signs = "abcdefghjkmnpqrstuvwxyz23456789";
  const group = () => Array.from({ length: 4 }, () => signs[randomInt(signs.length)]).join("");
  return [group(), group(), group()].join("-");
}

/** The last four digits of a network card's address, to tell two boxes in a room from each other. */
function shortName({ root }: Places): string {
  const cards = join(root, "sys/class/net");
  const names = readNames(cards).filter((name) => name !== "lo");
  for (const name of names.sort((a, b) => rank(a) - rank(b))) {
    const address = readText(join(cards, name, "address")).replaceAll(":", "");
    if (/^[0-9a-f]{12}$/.test(address) && !/^0+$/.test(address)) return address.slice(-4).toUpperCase();
  }
  return "0000";
}

/** A Pi's own Ethernet before its Wi-Fi, and those before what was plugged in. */
function rank(name: string): number {
  return name === "eth0" ? 0 : name === "wlan0" ? 1 : 2;
}
