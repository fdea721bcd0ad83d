// SPDX-License-Identifier: Apache-2.0
//
// What people think of plugins. A static file can count no votes, so a rating stays on the box where it was given, until
// its owner signs all of them into a file and gives that to whoever keeps an index. The keeper puts the files that they
// accept into the folder `ratings` of the index: one voice for each key, the latest of each. So a rating is the word of
// those whom the keeper listens to, and the index says no more than that.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileRefusal, type Problem, ProblemsError } from "../../pipeline/problem.ts";
import { list, number, required, table, text } from "../../pipeline/shape.ts";
import { type Actor, type Audit, NO_AUDIT } from "../../store/audit.ts";
import type { DataFolder } from "../../store/folder.ts";
import { JsonFile, type Notify } from "../../store/json-file.ts";
import { readFileIn } from "../discovery/plugin-files.ts";
import { pluginId, version } from "../manifest/rules.ts";
import { MINISIGN_FILE_BYTES } from "../signature/minisign-text.ts";
import { readPublicKey } from "../signature/public-key.ts";
import type { SecretKey } from "../signature/secret-key.ts";
import { isSignedBy, readSignature, sign } from "../signature/signature.ts";
import { readJson, STARS, time } from "./index-file.ts";

export const RATINGS_FOLDER = "ratings";
const RATINGS_BYTES = 2 ** 20;
const MOST = { ratings: 5000, files: 10_000 };

const ratingsFile = table({
  schema: required("Of this file.", number({ minimum: 1, maximum: 1, whole: true })),
  key: required("Whose ratings these are: a public key of minisign.", text({ most: 64 })),
  ratings: required(
    "One for each plugin.",
    list(
      table({
        id: required("The plugin's id.", pluginId),
        version: required("Which of its versions.", version),
        stars: required("From 1 to 5.", number({ minimum: STARS.least, maximum: STARS.most, whole: true })),
        time: required("When.", time),
      }),
      { most: MOST.ratings },
    ),
  ),
});

export interface Rating {
  id: string;
  version: string;
  stars: number;
  /** ISO 8601. */
  time: string;
}

/** plugin-ratings.json in the data folder: what this box's people think. */
export class OwnRatings {
  readonly #file: JsonFile<{ ratings: Rating[] }>;

  constructor(
    folder: DataFolder,
    notify: Notify,
    private readonly audit: Audit = NO_AUDIT,
  ) {
    this.#file = new JsonFile(folder.file("plugin-ratings.json"), isStored, notify);
  }

  async all(): Promise<Rating[]> {
    return (await this.#file.read())?.ratings ?? [];
  }

  /** In the place of what was said of that plugin before. */
  async rate(rating: Rating, by: Actor): Promise<void> {
    const all = await this.all();
    const before = all.find(({ id }) => id === rating.id);
    const others = all.filter((it) => it !== before);
    await this.#file.write({ ratings: [...others, rating].toSorted((a, b) => (a.id < b.id ? -1 : 1)) });
    this.audit.record({ by, what: "rate", subject: rating.id, before: before?.stars, after: rating.stars });
  }
}

function isStored(value: unknown): value is { ratings: Rating[] } {
  const ratings = (value as { ratings?: unknown } | null)?.ratings;
  const isRating = (it: unknown) => {
    const { id, version: of, stars, time: at } = (it ?? {}) as Record<string, unknown>;
    return [id, of, at].every((text) => typeof text === "string") && Number.isInteger(stars);
  };
  return Array.isArray(ratings) && ratings.length <= MOST.ratings && ratings.every(isRating);
}

/** A file of ratings and its signature, for whoever keeps an index. */
export function exportRatings(ratings: readonly Rating[], secret: SecretKey): { text: string; signature: string } {
  const text = `${JSON.stringify({ schema: 1, key: secret.public.line, ratings }, null, 2)}\n`;
  return { text, signature: sign(Buffer.from(text), secret, "ratings of plugins") };
}

/** What the files in the folder `ratings` of an index come to, by plugin. Files that do not hold are told and left out. */
export function foldRatings(folder: string): {
  ratings: Map<string, { mean: number; count: number }>;
  problems: Problem[];
} {
  const problems: Problem[] = [];
  /** Plugin, then key: the latest. */
  const voices = new Map<string, Map<string, Rating>>();
  for (const name of ratingFiles(folder)) {
    try {
      const { key, ratings } = readRatings(folder, name);
      for (const rating of ratings) {
        const of = voices.get(rating.id) ?? new Map<string, Rating>();
        if ((of.get(key)?.time ?? "") < rating.time) of.set(key, rating);
        voices.set(rating.id, of);
      }
    } catch (error) {
      if (!(error instanceof ProblemsError)) throw error;
      problems.push(...error.problems);
    }
  }
  const ratings = [...voices].map(([id, of]) => [id, summary([...of.values()])] as const);
  return { ratings: new Map(ratings), problems };
}

function summary(ratings: readonly Rating[]): { mean: number; count: number } {
  const mean = ratings.reduce((sum, { stars }) => sum + stars, 0) / ratings.length;
  return { mean: Math.round(mean * 100) / 100, count: ratings.length };
}

function ratingFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith(".json") && !name.startsWith("."));
  return names.sort().slice(0, MOST.files);
}

/** Throws ProblemsError. */
function readRatings(folder: string, name: string): { key: string; ratings: Rating[] } {
  const file = join(folder, name);
  const bytes = readFileIn(folder, name, RATINGS_BYTES);
  const { key, ratings } = readJson(bytes, file, ratingsFile);
  const signature = readFileIn(folder, `${name}.minisig`, MINISIGN_FILE_BYTES).toString();
  const signer = readPublicKey(key, file);
  if (!isSignedBy(bytes, readSignature(signature, `${file}.minisig`), signer))
    throw fileRefusal(file, "is not signed with the key that it names; ask for another");
  return { key: signer.line, ratings };
}
