// SPDX-License-Identifier: Apache-2.0
//
// Two boxes of one name in one network: the later one goes by another (stagebox-2.local), and nobody would find it who
// does not hear so. avahi knows.
import { hostname } from "node:os";
import type { System } from "./system.ts";

const QUESTION = ["call", "org.freedesktop.Avahi", "/", "org.freedesktop.Avahi.Server", "GetHostName"];

/** Such as stagebox.local. */
export async function announcedName(system: System): Promise<string> {
  try {
    const [name] = JSON.parse(await system.run("busctl", "--json=short", ...QUESTION)).data;
    if (typeof name === "string" && /^[a-z0-9-]+$/i.test(name)) return `${name.toLowerCase()}.local`;
  } catch {
    // Nobody announces it here; it may be called by its own name all the same
  }
  return `${hostname().split(".", 1)[0]?.toLowerCase()}.local`;
}
