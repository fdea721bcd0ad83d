// SPDX-License-Identifier: Apache-2.0
//
// A Wi-Fi network and its secret, checked: whatever is in it fits a file of iwd and one of NetworkManager, and a radio.
import { pbkdf2Sync } from "node:crypto";
import { type Problem, ProblemsError } from "../../pipeline/problem.ts";

export interface Wifi {
  /** 1 to 32 bytes. */
  ssid: string;
  /** As IEEE 802.11 has it: 8 to 63 printable ASCII characters; undefined with `psk`, or for an open network. */
  passphrase?: string;
  /** The key itself, 64 hexadecimal digits. */
  psk?: string;
  /** Two letters (ISO 3166): what the radio may do there. */
  country?: string;
  /** The network does not tell its name. */
  hidden: boolean;
}

const ALLOWED = ["ssid", "password", "country", "hidden"];

/** Throws ProblemsError with all that is wrong; no message repeats the password. */
export function checkWifi(value: unknown): Wifi {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new ProblemsError([{ message: 'a Wi-Fi network is a map: {"ssid": "...", "password": "..."}' }]);
  const { ssid, password, country, hidden } = value as Record<string, unknown>;
  const unknown = Object.keys(value).filter((key) => !ALLOWED.includes(key));
  const problems = [
    ...unknown.map((key) => ({
      field: `/${key.slice(0, 64)}`,
      message: `unknown; a Wi-Fi network has ${ALLOWED.join(", ")}`,
    })),
    ...at("/ssid", ssidProblem(ssid)),
    ...at("/password", passwordProblem(password)),
    ...at("/country", countryProblem(country)),
    ...at("/hidden", hidden === undefined || typeof hidden === "boolean" ? undefined : "is true or false"),
  ];
  if (problems.length > 0) throw new ProblemsError(problems);
  return {
    ssid: ssid as string,
    ...secret(ssid as string, password as string | undefined),
    ...(country !== undefined && { country: (country as string).toUpperCase() }),
    hidden: hidden === true,
  };
}

function at(field: string, message: string | undefined): Problem[] {
  return message === undefined ? [] : [{ field, message }];
}

function ssidProblem(ssid: unknown): string | undefined {
  if (typeof ssid !== "string") return "is missing: the name of the network, as the phone shows it";
  const bytes = Buffer.byteLength(ssid);
  if (bytes < 1 || bytes > 32) return `has ${bytes} bytes; the name of a Wi-Fi network has 1 to 32`;
  // iwd knows no other names, and a lone surrogate is no text
  if (ssid.includes("\0") || !ssid.isWellFormed()) return "is not text; rename the network, or use a cable";
  return undefined;
}

function passwordProblem(password: unknown): string | undefined {
  if (password === undefined || password === "") return undefined;
  if (typeof password !== "string" || !password.isWellFormed()) return "is not text";
  const bytes = Buffer.byteLength(password);
  if (/^[0-9a-f]{64}$/i.test(password) || (bytes >= 8 && bytes <= 63)) return undefined;
  return `has ${bytes} bytes; a Wi-Fi password has 8 to 63, or is a key of 64 hexadecimal digits`;
}

function countryProblem(country: unknown): string | undefined {
  if (country === undefined || (typeof country === "string" && /^[a-z]{2}$/i.test(country))) return undefined;
  return "is two letters, such as DE, GB or US";
}

/** A password beyond ASCII is no passphrase in the standard's sense, but its bytes make a key the same way. */
function secret(ssid: string, password: string | undefined): Pick<Wifi, "passphrase" | "psk"> {
  if (!password) return {};
  if (/^[0-9a-f]{64}$/i.test(password)) return { psk: password.toLowerCase() };
  if (/^[ -~]*$/.test(password)) return { passphrase: password };
  return { psk: wpaKey(ssid, password) };
}

/** IEEE 802.11-2020, J.4.1. */
export function wpaKey(ssid: string, password: string): string {
  return pbkdf2Sync(password, ssid, 4096, 32, "sha1").toString("hex");
}
