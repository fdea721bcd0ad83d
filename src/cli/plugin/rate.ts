// SPDX-License-Identifier: Apache-2.0
//
// stagebox plugin rate.
import { ProblemsError } from "../../pipeline/problem.ts";
import { STARS } from "../../plugins/index/index-file.ts";
import { exportRatings, OwnRatings } from "../../plugins/index/ratings.ts";
import { writeAtomic } from "../../store/atomic-file.ts";
import { type Audit, LOCAL } from "../../store/audit.ts";
import { DataFolder } from "../../store/folder.ts";
import { withAudit } from "../audit.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import type { Output } from "../output.ts";
import { shownPath } from "./folders.ts";
import { signingKey } from "./key.ts";
import { openPlugins } from "./plugins.ts";

const note = (notice: string) => console.error(`note: ${notice}`);
const ratingsOf = (data: string, audit?: Audit) => new OwnRatings(new DataFolder(data), note, audit);

export async function rate(id: string, typed: string, data: string, output: Output): Promise<ExitCode> {
  const stars = Number(typed);
  if (!/^\d$/.test(typed) || stars < STARS.least || stars > STARS.most)
    throw new ProblemsError([{ message: `a rating is a whole number from ${STARS.least} to ${STARS.most}` }]);
  const { version } = await (await openPlugins(data)).get(id);
  const rating = { id, version, stars, time: new Date().toISOString() };
  await withAudit(data, (audit) => ratingsOf(data, audit).rate(rating, LOCAL));
  output.line(`${id} ${version}: ${stars} of ${STARS.most}, kept on this box`);
  output.line("Whoever keeps an index can count it in: stagebox plugin rate --export FILE --key FILE");
  return EXIT.ok;
}

export async function listRatings(data: string, output: Output): Promise<ExitCode> {
  const ratings = await ratingsOf(data).all();
  for (const { id, version, stars, time } of ratings)
    output.line(`${id}  ${version}  ${stars} of ${STARS.most}  ${time}`);
  if (ratings.length === 0) output.line("nothing is rated yet; stagebox plugin rate ID 1..5");
  return EXIT.ok;
}

export async function saveRatings(
  file: string,
  key: string | undefined,
  data: string,
  output: Output,
): Promise<ExitCode> {
  const ratings = await ratingsOf(data).all();
  const { text, signature } = exportRatings(ratings, await signingKey(key));
  await writeAtomic(file, text);
  await writeAtomic(`${file}.minisig`, signature);
  const both = `${shownPath(file)} and ${shownPath(file)}.minisig`;
  output.line(`${ratings.length} ratings in ${both}; the keeper of an index puts both into its folder ratings`);
  return EXIT.ok;
}
