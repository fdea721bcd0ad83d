// SPDX-License-Identifier: Apache-2.0
//
// Keyfiles as iwd (ell's l_settings) and NetworkManager (GLib) read them, written from their manuals: white space before
// a value is dropped, and behind it, too, to be on the safe side; then \s \t \n \r \\ are undone, any other is an error.

export function readKeyfile(text: string): Record<string, Record<string, string>> {
  const file: Record<string, Record<string, string>> = {};
  let group: Record<string, string> | undefined;
  for (const line of text.split("\n").map((it) => it.trimStart())) {
    if (line === "" || line.startsWith("#")) continue;
    const header = /^\[([^[\]]+)\]\s*$/.exec(line)?.[1];
    if (header !== undefined) {
      if (file[header]) throw new Error(`[${header}] twice`);
      group = file[header] = {};
      continue;
    }
    const equals = line.indexOf("=");
    const key = line.slice(0, equals).trim();
    if (equals < 1 || !/^[A-Za-z0-9_-]+$/.test(key) || !group) throw new Error(`no line of a keyfile: ${line}`);
    if (key in group) throw new Error(`${key} twice`);
    group[key] = meaningOf(line.slice(equals + 1).trim());
  }
  return file;
}

const MEANINGS: Record<string, string> = { s: " ", t: "\t", n: "\n", r: "\r", "\\": "\\" };

function meaningOf(value: string): string {
  let out = "";
  for (let at = 0; at < value.length; at++) {
    const character = value[at] as string;
    const meaning = character === "\\" ? MEANINGS[value[++at] ?? ""] : character;
    if (meaning === undefined) throw new Error(`bad escape in ${value}`);
    out += meaning;
  }
  return out;
}
