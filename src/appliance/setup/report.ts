// SPDX-License-Identifier: Apache-2.0
//
// What became of a set-up, for whoever set the box up: beside the file on the card, on the console, and in the
// service's notes. Nothing in it is secret.
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Place } from "../../pipeline/document.ts";
import { formatProblem, type Problem } from "../../pipeline/problem.ts";
import { tellOnCard } from "../card-status.ts";
import { writeSystemNotes } from "../notes.ts";
import type { Places } from "../places.ts";
import { writePrivate } from "../private-file.ts";
import { readJson } from "../read.ts";

export interface Report {
  /** ISO 8601; a guess until the network has told the time. */
  time: string;
  clock_is_set: boolean;
  /** Which files were read. */
  files: string[];
  done: string[];
  problems: Problem[];
  /** What is still to come. */
  pending: string[];
  /** The box starts again, so that all of it counts. */
  restart: boolean;
  /** What was unusual and did no harm. */
  notes: string[];
  /** Secrets that the files hold no more: `stagebox.toml: wifi.password`. */
  taken: string[];
}

export function clockIsSet({ root }: Places): boolean {
  return existsSync(join(root, "run/systemd/timesync/synchronized"));
}

/** Problems of another file, such as a pipeline's, keep the place that they have there. */
export function placed(problems: readonly Problem[], place: Place): Problem[] {
  return problems.map((problem) => (problem.line === undefined ? { ...problem, ...place } : problem));
}

/** Writes it to all of its places. Throws what keeps it from the card, when it is everywhere else. */
export async function publishReport(report: Report, places: Places): Promise<void> {
  await writeSystemNotes("setup", serviceNotes(report), places);
  await writePrivate(reportFile(places), `${JSON.stringify(report, null, 2)}\n`);
  await tellOnCard("setup", reportLines(report), places);
}

export function lastReport(places: Places): Report | undefined {
  return readJson(reportFile(places)) as Report | undefined;
}

function reportFile({ setup }: Places): string {
  return join(setup, "report.json");
}

/** A line each. */
function serviceNotes({ problems, pending }: Report): string[] {
  return [...problems.map((problem) => `set-up: ${formatProblem(problem)}`), ...pending.map((it) => `set-up: ${it}`)];
}

export function reportLines(report: Report): string[] {
  const { time, clock_is_set, files, done, problems, pending, restart, notes, taken } = report;
  const clock = clock_is_set ? "" : ", by a clock that nobody had set yet";
  return [
    `Stagebox read ${files.join(" and ")}: ${problems.length === 0 ? "all is well" : mistakes(problems.length)}.`,
    `(${time.slice(0, 16).replace("T", " ")} UTC${clock})`,
    ...part("Done", done),
    ...part("Not done", problems.map(problemLine)),
    ...part("Still to come", pending),
    ...(restart ? ["", "The box starts again by itself now, once, for its board."] : []),
    ...part("Read all the same", notes),
    ...part("Taken over by the box, and removed from the files", taken),
    "",
    ...(problems.length > 0
      ? ["To go on, correct the file on this card and start the box again: whatever has changed is applied then."]
      : ["To change something, edit the file on this card and start the box again."]),
  ].map(printable);
}

/** Names on the card, and words of the service's, must not move a console's cursor. */
function printable(line: string): string {
  return line.replace(/\p{Cc}/gu, "?");
}

function part(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["", `${title}:`, ...lines.map((line) => `  - ${line}`)];
}

function mistakes(count: number): string {
  return count === 1 ? "one thing is wrong" : `${count} things are wrong`;
}

/** `stagebox.toml, line 3: ...` */
function problemLine({ file, line, message }: Problem): string {
  const place = [...(file ? [file] : []), ...(line === undefined ? [] : [`line ${line}`])].join(", ");
  return place ? `${place}: ${message}` : message;
}
