// SPDX-License-Identifier: Apache-2.0
//
// The set-up by files on the card. In this order a power cut at any moment does no harm: everything is applied; the
// secrets leave the card; the report is written; then the box remembers the files as they now are. Until then the next
// start does all of it again, with the same result.

import { existsSync } from "node:fs";
import { basename } from "node:path";
import type { Path } from "../../pipeline/document.ts";
import { messageOf, type Problem } from "../../pipeline/problem.ts";
import { dataIsLost } from "../notes.ts";
import type { Places } from "../places.ts";
import { applyWishes } from "./apply.ts";
import { countAttempt, forgetAttempts, MOST_ATTEMPTS } from "./attempts.ts";
import type { Box } from "./box.ts";
import { cardFiles, cardSums, mendCard, readAppliedSums, replaceCardFile, writeAppliedSums } from "./card.ts";
import { pendingLines, writeLater } from "./later.ts";
import { clockIsSet, publishReport, type Report } from "./report.ts";
import { readSheets, type Sheet } from "./sheet.ts";
import type { Wishes } from "./wishes.ts";

/** Undefined if there is nothing new on the card. */
export async function setUp(box: Box): Promise<Report | undefined> {
  const { places } = box;
  await mendCard(places);
  if (!(await isNews(places))) return undefined;
  const attempt = await countAttempt(cardSums(places), places);
  const { report, failed } = attempt > MOST_ATTEMPTS ? givenUp(box) : await applyCard(box);
  await publishReport(report, places).catch((error) => {
    report.problems.push({ message: `the status file could not be written (${messageOf(error)})` });
  });
  if (failed) return report;
  await forgetAttempts(places);
  await writeAppliedSums(cardSums(places), places);
  if (report.restart) await box.system.run("systemctl", "--no-block", "reboot").catch(() => {});
  return report;
}

interface Outcome {
  report: Report;
  /** The box itself failed, not the file: worth another try. */
  failed: boolean;
}

async function applyCard(box: Box): Promise<Outcome> {
  const { places } = box;
  const sheets = readSheets(places);
  const { done, problems, notes, restart, failed, taken, later } = await applyWishes(merged(sheets), box);
  const report: Report = {
    ...newReport(box),
    files: sheets.map(({ name }) => name),
    done,
    problems: [...sheets.flatMap((sheet) => sheet.problems), ...problems].sort(byPlace),
    pending: pendingLines(later),
    restart,
    notes: [...sheets.flatMap((sheet) => sheet.notes), ...notes],
  };
  await writeLater(later, places);
  // In memory nothing is safe: once the data partition is back, all of the file is new to it.
  for (const sheet of dataIsLost(places) ? [] : sheets) {
    const secrets = [...taken].flatMap((key) => sheet.wishes[key]?.secrets ?? []);
    await removeSecrets(sheet, secrets, report, places);
  }
  return { report, failed };
}

function givenUp(box: Box): Outcome {
  const message = `was begun at ${MOST_ATTEMPTS} starts and never came to its end, so it is left alone until it changes; not all of it may be in force`;
  const files = cardFiles(box.places).filter((path) => existsSync(path));
  const names = files.map((path) => basename(path));
  return {
    report: { ...newReport(box), files: names, problems: names.slice(0, 1).map((file) => ({ file, message })) },
    failed: false,
  };
}

function newReport({ places, now }: Box): Report {
  const lists = { files: [], done: [], problems: [], pending: [], notes: [], taken: [], restart: false };
  return { time: now().toISOString(), clock_is_set: clockIsSet(places), ...lists };
}

function byPlace(a: Problem, b: Problem): number {
  return (a.file ?? "").localeCompare(b.file ?? "") || (a.line ?? 0) - (b.line ?? 0);
}

/** A file that was taken away asks for nothing. */
async function isNews(places: Places): Promise<boolean> {
  const sums = cardSums(places);
  const applied = await readAppliedSums(places);
  if (sums === applied) return false;
  const isKnown = sums.split("\n").every((line) => applied.split("\n").includes(line));
  if (isKnown) await writeAppliedSums(sums, places);
  return !isKnown;
}

/** What the first file says counts. */
function merged(sheets: readonly Sheet[]): Wishes {
  return Object.assign({}, ...sheets.map(({ wishes }) => wishes).reverse());
}

async function removeSecrets(sheet: Sheet, secrets: readonly Path[], report: Report, places: Places): Promise<void> {
  const bytes = sheet.without(secrets);
  if (!bytes) return;
  try {
    await replaceCardFile(sheet.path, bytes, places);
    report.taken.push(...secrets.map((path) => `${sheet.name}: ${path.join(".")}`));
  } catch (error) {
    const remedy = "remove them by hand";
    report.problems.push({
      file: sheet.name,
      message: `the secrets in it could not be removed (${messageOf(error)}); ${remedy}`,
    });
  }
}
