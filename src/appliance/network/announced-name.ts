// SPDX-License-Identifier: Apache-2.0
//
// Two boxes of one name in one network: the later one calls itself by another, and nobody would find it who does not
// hear so. Its responder knows, systemd-resolved (stagebox2.local) or avahi (stagebox-2.local).
import { hostname } from "node:os";
import type { Places } from "../places.ts";
import { wifiManager } from "./manager.ts";
import type { System } from "./system.ts";

const RESOLVED = ["get-property", "org.freedesktop.resolve1", "/org/freedesktop/resolve1"];
const AVAHI = ["call", "org.freedesktop.Avahi", "/", "org.freedesktop.Avahi.Server", "GetHostName"];

/** Such as stagebox.local. */
export async function announcedName(places: Places, system: System): Promise<string> {
  const question =
    wifiManager(places).name === "iwd" ? [...RESOLVED, "org.freedesktop.resolve1.Manager", "LLMNRHostname"] : AVAHI;
  try {
    const { data } = JSON.parse(await system.run("busctl", "--json=short", ...question));
    const [name] = [data].flat();
    if (typeof name === "string" && /^[a-z0-9-]+$/i.test(name)) return `${name.toLowerCase()}.local`;
  } catch {
    // Nobody announces it here; it may be called by its own name all the same
  }
  return `${hostname().split(".", 1)[0]?.toLowerCase()}.local`;
}
