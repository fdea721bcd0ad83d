// SPDX-License-Identifier: Apache-2.0
//
// The status in words. Its first line is all that a serial console needs, the rest is for a screen across the room: no
// program on the box has to read JSON for it.
import { isIPv6 } from "node:net";
import type { Status } from "./status.ts";

/** What fits on the narrowest text screen. */
const COLUMNS = 76;
const LABEL_COLUMNS = 11;
const MOST_ADDRESSES = 3;
const MOST_NOTE_LINES = 8;

export function statusText(status: Status): string {
  return [statusLine(status), ...screen(status), ""].join("\n");
}

/** `running alpha, 8 channels at 250 Hz; http://192.0.2.7:8080; sign-in code 7KQ2-M9XD` */
export function statusLine(status: Status): string {
  const parts = [
    [status.state, running(status)].filter(Boolean).join(": "),
    places(status).join(" "),
    status.sign_in_code && `sign-in code ${status.sign_in_code}`,
    status.state === "running" ? "" : status.notes[0],
  ];
  return printable(parts.filter(Boolean).join("; "));
}

function screen(status: Status): string[] {
  const rows: [string, string[]][] = [
    ["Address", places(status)],
    ["Sign in", status.sign_in_code ? [`${status.sign_in_code}   once, as the box's owner`] : []],
    ["Pipeline", [running(status) || "none runs"]],
    ["Note", noteLines(status.notes)],
  ];
  return [
    `  STAGEBOX  ${status.state}`,
    "",
    ...rows.flatMap(([label, lines]) =>
      lines.map((line, index) => `  ${(index === 0 ? label : "").padEnd(LABEL_COLUMNS)}${printable(line)}`),
    ),
  ];
}

function noteLines(notes: readonly string[]): string[] {
  const lines = notes.flatMap((note) => wrap(printable(note), COLUMNS - LABEL_COLUMNS - 2));
  return lines.length > MOST_NOTE_LINES ? [...lines.slice(0, MOST_NOTE_LINES - 1), "..."] : lines;
}

function running({ pipeline, channels, rate_hz }: Status): string {
  if (pipeline === undefined) return "";
  if (channels === undefined || rate_hz === undefined) return pipeline;
  return `${pipeline}, ${channels} ${channels === 1 ? "channel" : "channels"} at ${Number(rate_hz.toPrecision(6))} Hz`;
}

function places({ hostname, addresses, port }: Status): string[] {
  if (addresses.length === 0) return ["no network yet"];
  const short = hostname.split(".", 1)[0];
  const hosts = addresses.slice(0, MOST_ADDRESSES).map((address) => (isIPv6(address) ? `[${address}]` : address));
  return [`${short}.local`, ...hosts].map((host) => `http://${host}:${port}`);
}

/** A console's font has little more, and a name from outside must not move its cursor. */
function printable(text: string): string {
  return text.replace(/[^ -~]/g, "?");
}

function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= columns) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word.slice(0, columns));
  }
  return lines;
}
