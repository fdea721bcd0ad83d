// SPDX-License-Identifier: Apache-2.0
//
// What the values of a set-up file must look like. A secret is never repeated in a message: those end up on screens and
// in logs.
import type { Field } from "../../pipeline/field.ts";
import { type Shape, text } from "../../pipeline/shape.ts";
import { ACCESS_POINT_PASSWORD, ACCESS_POINT_SSID } from "../network/access-point-settings.ts";
import { hostnameProblem } from "../network/hostname.ts";
import { isBoardName, isChannel } from "../settings.ts";

export const hostname = text({ most: 80, check: hostnameProblem, examples: ["stagebox"] });

export const timezone = text({
  pattern: /^[A-Za-z][A-Za-z0-9_+-]{0,31}(\/[A-Za-z0-9][A-Za-z0-9_+-]{0,31}){0,2}$/,
  rule: "is not a time zone; write it as in Europe/Berlin or UTC",
  most: 100,
});

export const ssid: Shape<string> = {
  schema: { type: "string", minLength: 1, maxLength: 32 },
  read(field) {
    const name = field.text(64);
    if (name === undefined) return undefined;
    const bytes = Buffer.byteLength(name);
    if (bytes < 1 || bytes > 32 || /\p{Cc}/u.test(name))
      return field.refuse(
        `${field.name} has ${bytes} bytes or a line end; a network's name is one line of 1 to 32 bytes`,
      );
    return name;
  },
};

export const country: Shape<string> = {
  schema: { type: "string", pattern: "^[A-Za-z]{2}$" },
  read(field) {
    const code = text({ most: 64 })
      .read(field, () => {})
      ?.toUpperCase();
    if (code === undefined) return undefined;
    if (code === "UK") return field.refuse(`${field.name}: "UK" is not the code of a country; write "GB"`);
    if (!/^[A-Z]{2}$/.test(code)) return field.refuse(`${field.name} is a country's two letters, as in "DE" or "US"`);
    return code;
  },
};

/** Whatever is wrong with it, it is not shown. */
export function secret(complaint: (value: string) => string | undefined): Shape<string> {
  return {
    schema: { type: "string" },
    read(field) {
      const { value } = field;
      if (typeof value !== "string") return field.refuse(`${field.name} must be text; put it in quotes`);
      const wrong = value.isWellFormed() && !/\p{Cc}/u.test(value) ? complaint(value) : "has a line end or a tab in it";
      return wrong === undefined ? value : field.refuse(`${field.name} ${wrong}`);
    },
  };
}

/** IEEE 802.11: a passphrase, or the key that is made from one. */
export const wifiPassword = secret((password) => {
  const bytes = Buffer.byteLength(password);
  if (bytes === 0 || (bytes >= 8 && bytes <= 63) || /^[0-9a-f]{64}$/i.test(password)) return undefined;
  return `has ${bytes} characters; a Wi-Fi password has 8 to 63, and "" stands for an open network`;
});

export const accessPointPassword = secret((password) =>
  ACCESS_POINT_PASSWORD.test(password) ? undefined : "must have 8 to 63 letters, digits and signs of plain ASCII",
);

export const accessPointName = text({
  pattern: ACCESS_POINT_SSID,
  rule: "is not a name for the box's own network; write up to 32 letters, digits, spaces, _ and -",
});

/** As it goes into a header of HTTP. Short ones could be guessed. */
export const adminToken = secret((token) =>
  /^[A-Za-z0-9._~+/=-]{16,256}$/.test(token)
    ? undefined
    : "must have 16 to 256 letters, digits and signs of . _ ~ + / = -, so that nobody guesses it",
);

const KEY_KINDS =
  /^(ssh-(ed25519|rsa)|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com)$/;

/** A line of authorized_keys without options, which could start programs. */
export const sshKey = {
  schema: { type: "string", examples: ["ssh-ed25519 AAAA... me@laptop"] },
  read(field: Field): string | undefined {
    if (typeof field.value === "string" && /PRIVATE KEY/.test(field.value))
      return field.refuse(`${field.name} is a private key, which stays with you; write the line of the .pub file`);
    const line = field.text(4096)?.trim();
    if (line === undefined) return undefined;
    const [kind = "", data = ""] = line.split(/ +/);
    if (/[\t\n]/.test(line))
      return field.refuse(`${field.name} has several lines; write each key in quotes of its own`);
    if (!KEY_KINDS.test(kind) || !isKeyOf(kind, data))
      return field.refuse(
        `${field.name} is not a public key; copy the whole line of a .pub file: "ssh-ed25519 AAAA... name"`,
      );
    return line;
  },
};

/** RFC 4253, 6.6: what is encoded begins with the kind's own name. */
function isKeyOf(kind: string, data: string): boolean {
  if (!/^[A-Za-z0-9+/]{64,}={0,2}$/.test(data)) return false;
  const bytes = Buffer.from(data, "base64");
  const length = bytes.readUInt32BE(0);
  return length === kind.length && bytes.toString("latin1", 4, 4 + length) === kind;
}

export const pipeline = text({
  most: 200,
  check(name) {
    if (/\.ya?ml$/i.test(name)) return besideComplaint(name);
    return /^[a-z0-9][a-z0-9_-]{0,63}$/i.test(name)
      ? undefined
      : "is neither a pipeline's name nor a .yaml file beside this one";
  },
});

const sourceText = text({
  most: 1024,
  check(source) {
    if (/^http:/i.test(source)) return "is fetched without protection; write https://";
    if (!/^https:/i.test(source)) return besideComplaint(source);
    if (!URL.canParse(source) || /[\s\p{Cc}]/u.test(source)) return "is not an address";
    return new URL(source).pathname.toLowerCase().endsWith(".zip") ? undefined : "does not lead to a .zip file";
  },
});

/** Only https: what is fetched will run. */
export const pluginSource = withoutPassword(sourceText);

/** For addresses: one that holds a password is refused, and not shown. */
function withoutPassword(shape: Shape<string>): Shape<string> {
  return {
    schema: shape.schema,
    read(field, notice) {
      if (typeof field.value !== "string" || !/^[a-z]+:[^?#]*@/i.test(field.value)) return shape.read(field, notice);
      return field.refuse(`${field.name} holds a password, which has no place here; fetch what is there by yourself`);
    },
  };
}

function besideComplaint(name: string): string | undefined {
  if (/[\\/]/.test(name)) return "lies elsewhere; put it beside this file and write its name alone";
  return name.startsWith(".") || /[\p{Cc}:*?"<>|]/u.test(name) ? "is not a file's name" : undefined;
}

export const board = text({
  check: (name) => (isBoardName(name) ? undefined : "is not a board's name; write one in lower case, as in pieeg-8"),
});

export const channel = withoutPassword(
  text({
    most: 1024,
    check: (address) =>
      isChannel(address) ? undefined : "is not a channel; write an address that begins with https://",
  }),
);
