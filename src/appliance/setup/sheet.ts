// SPDX-License-Identifier: Apache-2.0
//
// One set-up file: read, and understood as far as it can be.
import { basename } from "node:path";
import type { Path } from "../../pipeline/document.ts";
import { type Problem, ProblemsError } from "../../pipeline/problem.ts";
import type { TomlDocument } from "../../pipeline/toml.ts";
import type { Places } from "../places.ts";
import { cardFiles, readCardFile } from "./card.ts";
import { type CardText, decodeCardText } from "./card-text.ts";
import { readPreseed } from "./preseed.ts";
import { redact } from "./redact.ts";
import { readSetupFile } from "./setup-file.ts";
import { readSetupToml } from "./syntax.ts";
import { tidyToml } from "./tidy-toml.ts";
import type { Wishes } from "./wishes.ts";

export interface Sheet {
  path: string;
  name: string;
  wishes: Wishes;
  problems: Problem[];
  notes: string[];
  /** The file without these secrets; undefined if it has none of them. */
  without(secrets: readonly Path[]): Buffer | undefined;
}

/** Of the files that are there: the first counts most. */
export function readSheets(places: Places): Sheet[] {
  return cardFiles(places).flatMap((path) => {
    const sheet = readSheet(path, path === places.setup_file ? readSetupFile : readPreseed);
    return sheet ? [sheet] : [];
  });
}

type Reader = (document: TomlDocument) => Pick<Sheet, "wishes" | "problems"> & { notes?: string[] };

function readSheet(path: string, read: Reader): Sheet | undefined {
  const name = basename(path);
  const nothing = { path, name, wishes: {}, notes: [] as string[], without: () => undefined };
  try {
    const bytes = readCardFile(path);
    if (!bytes) return undefined;
    const card = decodeCardText(bytes, name);
    const tidy = tidyToml(card.text);
    nothing.notes = [...card.notes.map((note) => `${name} ${note}`), ...tidy.notes.map((note) => `${name}, ${note}`)];
    const document = readSetupToml(tidy.text, name);
    const { wishes, problems, notes = [] } = read(document);
    return {
      ...nothing,
      wishes,
      problems,
      notes: [...nothing.notes, ...notes],
      without: (secrets) => redacted(card, document, secrets),
    };
  } catch (error) {
    if (error instanceof ProblemsError) return { ...nothing, problems: [...error.problems] };
    throw error;
  }
}

function redacted(card: CardText, document: TomlDocument, secrets: readonly Path[]): Buffer | undefined {
  const text = redact(card.text, document, secrets);
  return text === card.text ? undefined : card.encode(text);
}
