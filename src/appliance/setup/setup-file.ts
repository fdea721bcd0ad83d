// SPDX-License-Identifier: Apache-2.0
//
// stagebox.toml: its keys, and what it asks for. A mistake costs its own key, not the others.
import type { Document, Path } from "../../pipeline/document.ts";
import { Field } from "../../pipeline/field.ts";
import type { Problem } from "../../pipeline/problem.ts";
import { flag, forgiving, number, optional, type Shape, turned } from "../../pipeline/shape.ts";
import { nearest } from "../../pipeline/suggest.ts";
import { quote } from "../../pipeline/words.ts";
import { HEALTH_SECONDS } from "../settings.ts";
import {
  accessPointName,
  accessPointPassword,
  adminToken,
  board,
  channel,
  country,
  hostname,
  pipeline,
  pluginSource,
  sshKey,
  ssid,
  timezone,
  wifiPassword,
} from "./rules.ts";
import type { PluginSource, Settings, Wish, Wishes } from "./wishes.ts";

const MOST = { plugins: 32, keys: 64 };

const WIFI = {
  ssid: optional("The network's name.", ssid),
  password: optional('Its password; "" where it has none.', wifiPassword),
  country: optional("Where the box is: the two letters of the country.", country),
  hidden: optional("The network does not tell its name.", flag),
};
const ACCESS_POINT = {
  ssid: optional("What the box calls the network that it makes where there is none.", accessPointName),
  password: optional("The password of that network.", accessPointPassword),
  enabled: optional("Whether it makes one at all.", flag),
};
const SSH = { keys: optional("Public keys that may log in as admin.", each(sshKey, MOST.keys)) };
const ADMIN = { token: optional("The token of the API's owner.", adminToken) };
const UPDATE = {
  channel: optional("Where updates come from.", channel),
  health_seconds: optional(
    "How long a new version must run well before it stays.",
    number({ minimum: HEALTH_SECONDS.least, maximum: HEALTH_SECONDS.most, unit: "s", whole: true }),
  ),
};
const TOP = {
  hostname: optional("The box's name on the network.", hostname),
  timezone: optional("Its time zone.", timezone),
  pipeline: optional("What it runs: a name, or a .yaml file beside this one.", pipeline),
  plugins: optional("Plugins to install: .zip files or folders beside this one, or https addresses.", sources()),
  board: optional("The amplifier that sits on it.", board),
};
const SECTIONS = { wifi: WIFI, access_point: ACCESS_POINT, ssh: SSH, admin: ADMIN, update: UPDATE };

const SECRETS: Partial<Record<keyof Settings, readonly Path[]>> = {
  wifi: [["wifi", "password"]],
  access_point: [["access_point", "password"]],
  admin: [["admin", "token"]],
};

/** What stands in its place is not shown: it may be what should stand below. */
function heading<K extends Parameters<typeof forgiving>[0]>(keys: K): ReturnType<typeof forgiving<K>> {
  const inner = forgiving(keys);
  return {
    schema: inner.schema,
    read(field, notice) {
      const { value } = field;
      if (typeof value === "object" && value !== null && !Array.isArray(value)) return inner.read(field, notice);
      const first = Object.keys(keys)[0];
      return field.refuse(`${field.name} is a heading; write [${field.name}], and below it ${first} = ...`, "key");
    },
  };
}

const FILE = forgiving({
  ...TOP,
  wifi: optional("The Wi-Fi that the box uses.", turned(heading(WIFI), wholeWifi)),
  access_point: optional("The Wi-Fi that it makes.", heading(ACCESS_POINT)),
  ssh: optional("Who may log in.", turned(heading(SSH), wholeKeys)),
  admin: optional(
    "Who owns the box.",
    turned(heading(ADMIN), ({ token }) => (token === undefined ? undefined : { token })),
  ),
  update: optional("How it is kept up to date.", heading(UPDATE)),
});

export interface FileWishes {
  wishes: Wishes;
  problems: Problem[];
}

export function readSetupFile(document: Document): FileWishes {
  const root = Field.root(document);
  const values = FILE.read(root, (field) => field.refuse(unknownKey(field), "key")) ?? {};
  const settings = Object.entries(values).filter(([, value]) => !isEmpty(value));
  const wishes = settings.map(([key, value]) => {
    const place = document.place([key], "key");
    return [key, { value, place, secrets: SECRETS[key as keyof Settings] ?? [] } satisfies Wish<unknown>];
  });
  return { wishes: Object.fromEntries(wishes), problems: root.problems };
}

/** A network is set up whole or not at all: without the password that was meant it would be another. */
function wholeWifi(values: Partial<Settings["wifi"]>, field: Field): Settings["wifi"] | undefined {
  const { ssid, ...rest } = values;
  const given = (field.keys() ?? []).some((key) => Object.hasOwn(WIFI, key));
  if (!given) return undefined;
  if (!field.at("ssid").given)
    return field.refuse("ssid is missing: the network's name; without it no Wi-Fi is set up", "key");
  if (ssid === undefined || (field.at("password").given && rest.password === undefined)) return undefined;
  return { ssid, ...rest };
}

/** Where no key is right, those that could log in before still can. */
function wholeKeys({ keys }: { keys?: string[] }, field: Field): Settings["ssh"] | undefined {
  const { value } = field.at("keys");
  if (!keys || (keys.length === 0 && Array.isArray(value) && value.length > 0)) return undefined;
  return { keys, password_authentication: false };
}

/** A heading with nothing below it that could be done. */
function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;
}

/** A list of which each member stands for itself. */
function each<T>(of: Shape<T>, most: number): Shape<T[]> {
  return {
    schema: { type: "array", items: of.schema, maxItems: most },
    read: (field, notice) => field.items(most)?.flatMap((item) => of.read(item, notice) ?? []),
  };
}

function sources(): Shape<PluginSource[]> {
  const withPlace: Shape<PluginSource> = {
    schema: pluginSource.schema,
    read(field, notice) {
      const source = pluginSource.read(field, notice);
      return source === undefined ? undefined : { source, place: field.place };
    },
  };
  const list = each(withPlace, MOST.plugins);
  return {
    schema: list.schema,
    read(field, notice) {
      const { value } = field;
      if (typeof value !== "object" || value === null || Array.isArray(value)) return list.read(field, notice);
      const here = 'here it is a list of what to install: plugins = ["gain.zip"]';
      return field.refuse(`[plugins] belongs into the stagebox.toml of the box's data folder; ${here}`, "key");
    },
  };
}

/** A key that was written under the wrong heading is told its place; that of a section that was not begun, too. */
function unknownKey(field: Field): string {
  const name = String(field.path.at(-1));
  const heading = field.path.length > 1 ? String(field.path[0]) : undefined;
  const own: string[] = heading
    ? Object.keys(SECTIONS[heading as keyof typeof SECTIONS])
    : [...Object.keys(TOP), ...Object.keys(SECTIONS)];
  const near = nearest(name, own);
  const elsewhere = Object.entries(SECTIONS).filter(
    ([section, keys]) => section !== heading && Object.hasOwn(keys, name),
  );
  const here = `${quote(name)} is not known ${heading ? `under [${heading}]` : "here"}`;
  if (elsewhere.length > 0 && near === undefined)
    return `${here}; it stands under ${elsewhere.map(([section]) => `[${section}]`).join(" or ")}`;
  if (heading && Object.hasOwn(TOP, name)) return `${here}; write it above the first [heading]`;
  return `${here}; ${near ? `did you mean ${quote(near)}?` : `there is ${own.join(", ")}`}`;
}
