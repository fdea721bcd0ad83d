// SPDX-License-Identifier: Apache-2.0
//
// What ids, versions, ranges and paths look like in a manifest.
import { valid, validRange } from "semver";
import { type TextRule, text } from "../../pipeline/shape.ts";
import { quote } from "../../pipeline/words.ts";

export const PLUGIN_ID = /^[a-z][a-z0-9]*([-_][a-z0-9]+)*$/;
export const PLUGIN_ID_RULE = "is not an id; write lower-case words joined by - or _, as in my-gain";
const PLUGIN_ID_CHARS = 48;

/** Paths of the API beside those of the plugins (/api/plugins/schema), and what is compiled in. */
const RESERVED_IDS = ["schema", "system", "instances", "generations", "index", "stagebox"];

export const pluginId = text({
  pattern: PLUGIN_ID,
  rule: PLUGIN_ID_RULE,
  check: (id) => (RESERVED_IDS.includes(id) ? "is a word of Stagebox's own; choose another" : undefined),
  most: PLUGIN_ID_CHARS,
  examples: ["my-gain"],
});

export function isPluginId(id: string): boolean {
  return id.length <= PLUGIN_ID_CHARS && PLUGIN_ID.test(id) && !RESERVED_IDS.includes(id);
}

const VERSION = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;
const VERSION_RULE = "is not a version; write three numbers, as in 1.0.0 (semver.org)";

export function isVersion(version: string): boolean {
  return version.length <= 64 && VERSION.test(version) && valid(version) !== null;
}

export const version = text({
  pattern: VERSION,
  rule: VERSION_RULE,
  check: (value) => (isVersion(value) ? undefined : VERSION_RULE),
  most: 64,
  examples: ["1.0.0"],
});

/** The most a range may have: its parser takes long over longer ones. */
const RANGE_CHARS = 128;

export const versionRange = text({
  check: (range) =>
    validRange(range) === null ? "is not a range of versions; write one as in ^1.2.0 or >=0.1.0 <2" : undefined,
  most: RANGE_CHARS,
  examples: [">=0.1.0", "^1.2.0"],
});

export const abiVersion = text({
  pattern: /^\d{1,5}\.\d{1,5}$/,
  rule: "is not a version of the ABI; write major.minor, as in 1.0",
  examples: ["1.0"],
});

/** A file or folder of the plugin's own. `wildcards`: `src/*.c`. */
export function relativePath({ wildcards = false, triple = false } = {}): ReturnType<typeof text> {
  const check: TextRule["check"] = (path) => pathComplaint(path, wildcards, triple);
  return text({ check, most: 512 });
}

/** In the place of the machine a library is for, such as aarch64-linux-gnu. */
export const TRIPLE = "<target-triple>";
/** In the place of the plugin's id, its - as _. */
export const LIBRARY_NAME = "<name>";
/** Where a library lies unless the manifest says otherwise. */
export const LIBRARY = `bin/${TRIPLE}/lib${LIBRARY_NAME}.so`;

function pathComplaint(path: string, wildcards: boolean, triple: boolean): string | undefined {
  if (path.startsWith("/")) return "is absolute; write it from the plugin's folder on";
  if (path.includes("\\")) return "has a backslash; part folders by /";
  const parts = path.split("/");
  if (parts.includes("..")) return "leads out of the plugin's folder; keep the file inside";
  const odd = parts.find((part) => part === "" || part.startsWith("."));
  if (odd !== undefined) return `has ${odd === "" ? "an empty or" : quote(odd)} hidden part; write names alone: a/b.c`;
  const bare = triple ? path.replaceAll(TRIPLE, "").replaceAll(LIBRARY_NAME, "") : path;
  if (/[<>]/.test(bare)) return `has < or >; only library may have ${TRIPLE} and ${LIBRARY_NAME}`;
  if (/[\t\n]/.test(bare) || (!wildcards && /[*?[\]{}]/.test(bare)))
    return "has characters of a pattern; name one file";
  return undefined;
}

/** The box's own recordings, wherever they lie. */
export const RECORDINGS = "recordings:";
/** Folders that the operator names. */
export const FOLDERS = "folders:";

const LOCAL_HOSTS = ["localhost", "127.0.0.1", "[::1]"];

/** Where a server of stages is: nothing goes over a network in the clear. */
export function serverAddressComplaint(address: string): string | undefined {
  if (/[\s\p{Cc}]/u.test(address)) return "has a space or a control character in it; leave it out";
  if (address.startsWith("unix:")) {
    const complaint = permissionPathComplaint(address.slice("unix:".length));
    return complaint && "names no socket; write unix: and an absolute path, as in unix:/run/filter/stage.sock";
  }
  const url = URL.parse(address);
  const port = /:(\d+)\/?$/.exec(address)?.[1];
  if (!url || !["http:", "https:"].includes(url.protocol) || url.hostname === "")
    return "is no server's; write http://127.0.0.1:50051, https://HOST:PORT or unix:/PATH";
  if (url.username || url.password || url.pathname !== "/" || url.search || url.hash || address.endsWith("/"))
    return "has more than a host and a port; write no more than https://HOST:PORT";
  if (port === undefined || Number(port) === 0) return "names no port; write it behind the host, as in :50051";
  if (url.protocol === "http:" && !LOCAL_HOSTS.includes(url.hostname))
    return "would send the signal over a network in the clear; write https, and let the server have a certificate";
  return undefined;
}

export const serverAddress = text({ check: serverAddressComplaint, most: 256, examples: ["http://127.0.0.1:50051"] });

/** What a plugin may ask to read or write. */
export function permissionPathComplaint(path: string): string | undefined {
  if (path === RECORDINGS || path === FOLDERS) return undefined;
  if (!path.startsWith("/")) return `is neither absolute nor ${RECORDINGS} or ${FOLDERS}; write one of these`;
  if (path.split("/").some((part) => part === ".." || part === "."))
    return "has . or .. in it; write the path as it is";
  // A path becomes a line of the sandbox's options.
  if (/\p{Cc}/u.test(path)) return "has a line end or a tab; write the path on one line";
  return undefined;
}

const NAME = "[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*\\.[a-z][a-z0-9_]{0,47}";
const OF_PLUGIN = new RegExp(`^${NAME}$`);
const EVENT_TYPE = new RegExp(`^(?:\\*|[A-Z][A-Za-z]{1,47}|${NAME})$`);
const NAME_CHARS = 98;

/** A service or an event of a plugin's own: `my-plugin.found`. */
export function isPluginName(name: string): boolean {
  return name.length <= NAME_CHARS && OF_PLUGIN.test(name);
}

/** What can be subscribed to: `StageOp`, `my-plugin.found`, `*`. */
export function isEventType(type: string): boolean {
  return type.length <= NAME_CHARS && EVENT_TYPE.test(type);
}

export const pluginName = text({
  pattern: OF_PLUGIN,
  rule: "is not a name; write the plugin's id, a dot and the name there, as in my-plugin.found",
  most: NAME_CHARS,
  examples: ["my-plugin.found"],
});

export const eventType = text({
  pattern: EVENT_TYPE,
  rule: "is not a type of event; write one of the box's own as StageOp, one as my-plugin.found, or * for all",
  most: NAME_CHARS,
  examples: ["StageOp", "my-plugin.found", "*"],
});

export const permissionPath = text({ check: permissionPathComplaint, most: 512, examples: [RECORDINGS, FOLDERS] });
