// SPDX-License-Identifier: Apache-2.0
//
// rpi-preseed.toml, as Raspberry Pi Imager 2 leaves it, and custom.toml, as it did before: the same headings. What
// a Stagebox has no use for is said and left alone.
import type { Path } from "../../pipeline/document.ts";
import { Field } from "../../pipeline/field.ts";
import { flag, type Shape } from "../../pipeline/shape.ts";
import type { TomlDocument } from "../../pipeline/toml.ts";
import { country, hostname, secret, sshKey, ssid, timezone, wifiPassword } from "./rules.ts";
import type { FileWishes } from "./setup-file.ts";
import type { Settings, Wishes } from "./wishes.ts";

const MOST_KEYS = 64;

/** What is honoured. */
const KNOWN: Record<string, readonly string[]> = {
  system: ["hostname"],
  user: ["name", "password", "password_encrypted", "groups", "passwordless_sudo"],
  ssh: ["enabled", "password_authentication", "authorized_keys"],
  wlan: ["ssid", "ssid_hex", "password", "password_encrypted", "hidden", "country"],
  locale: ["timezone"],
};

export function readPreseed(document: TomlDocument): FileWishes & { notes: string[] } {
  const root = Field.root(document);
  const version = root.at("config_version");
  if (!/^1(\.\d+)?$/.test(String(version.value))) {
    version.refuse("config_version is not 1, the one that is known here; set the box up by stagebox.toml", "key");
    return { wishes: {}, problems: root.problems, notes: [] };
  }
  const wishes: Wishes = {};
  const wish = <K extends keyof Settings>(key: K, value: Settings[K] | undefined, at: Path, secrets: Path[] = []) => {
    if (value !== undefined) Object.assign(wishes, { [key]: { value, place: document.place(at, "key"), secrets } });
  };
  wish("hostname", read(hostname, root.at("system").at("hostname")), ["system", "hostname"]);
  wish("timezone", read(timezone, root.at("locale").at("timezone")), ["locale", "timezone"]);
  wish("wifi", readWlan(root.at("wlan")), ["wlan"], [["wlan", "password"]]);
  wish("login", readUser(root.at("user")), ["user"], [["user", "password"]]);
  wish("ssh", readSsh(root.at("ssh")), ["ssh"]);
  return { wishes, problems: root.problems, notes: unused(root, document) };
}

function read<T>(shape: Shape<T>, field: Field): T | undefined {
  return field.given ? shape.read(field, () => {}) : undefined;
}

function readWlan(wlan: Field): Settings["wifi"] | undefined {
  if (!wlan.given) return undefined;
  const name = read(ssid, wlan.at("ssid")) ?? nameFromHex(wlan.at("ssid_hex"));
  const given = wlan.at("password");
  const password = read(wifiPassword, given);
  if (name === undefined || (given.given && password === undefined)) return undefined;
  const code = read(country, wlan.at("country"));
  const hidden = read(flag, wlan.at("hidden"));
  // Imager says nothing of the password of an open network; where one was taken over, what stood beside it remains.
  const open = wlan.at("password_encrypted").given ? {} : { password: "" };
  return {
    ssid: name,
    ...(password === undefined ? open : { password }),
    ...(code && { country: code }),
    ...(hidden !== undefined && { hidden }),
  };
}

/** Imager writes names that are no text so. */
function nameFromHex(field: Field): string | undefined {
  if (!field.given) return undefined;
  const hex = typeof field.value === "string" && /^([0-9a-f]{2}){1,32}$/i.test(field.value) ? field.value : undefined;
  try {
    if (hex) return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(hex, "hex"));
  } catch {}
  return field.refuse("ssid_hex is not the name of a network in UTF-8; rename the network, or use a cable");
}

/** crypt(5): what Imager makes of a password. */
const passwordHash = secret((hash) =>
  /^\$(y|5|6|7|2[aby]|gy)\$[A-Za-z0-9./$=,_-]{16,250}$/.test(hash)
    ? undefined
    : "is not a hash of a password; set it with Raspberry Pi Imager, or log in with a key",
);

const RESERVED = ["root", "stagebox", "daemon", "nobody", "sshd", "messagebus", "systemd-network"];

function readUser(user: Field): Settings["login"] | undefined {
  if (!user.given) return undefined;
  const name = user.at("name");
  const isName =
    typeof name.value === "string" && /^[a-z][a-z0-9_-]{0,30}$/.test(name.value) && !RESERVED.includes(name.value);
  if (name.given && !isName)
    name.refuse("name is not one for an account here; write lower-case letters, digits, _ and -");
  const hash = read(passwordHash, user.at("password"));
  const login = { ...(isName && { name: String(name.value) }), ...(hash && { password_hash: hash }) };
  return Object.keys(login).length > 0 ? login : undefined;
}

function readSsh(ssh: Field): Settings["ssh"] | undefined {
  if (!ssh.given || ssh.at("enabled").value === false) return undefined;
  const list = ssh.at("authorized_keys");
  const keys = list.given ? (list.items(MOST_KEYS) ?? []).flatMap((field) => read(sshKey, field) ?? []) : [];
  const password_authentication = ssh.at("password_authentication").value === true;
  return keys.length > 0 || password_authentication ? { keys, password_authentication } : undefined;
}

function unused(root: Field, document: TomlDocument): string[] {
  const paths = Object.keys((root.value ?? {}) as object).flatMap((heading) => {
    if (heading === "config_version") return [];
    const known = Object.hasOwn(KNOWN, heading) ? KNOWN[heading] : undefined;
    if (!known) return [[heading]];
    const { value } = root.at(heading);
    const keys = typeof value === "object" && value !== null ? Object.keys(value) : [];
    return keys.filter((key) => !known.includes(key)).map((key) => [heading, key]);
  });
  return paths.slice(0, 20).map((path) => {
    const { file, line } = document.place(path, "key");
    return `${file}, line ${line}: ${path.join(".").slice(0, 64)} has no effect on a Stagebox`;
  });
}
