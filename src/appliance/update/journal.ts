// SPDX-License-Identifier: Apache-2.0
//
// How far an update is and how those before it went, in one file: what ends an update also puts it among those before.
// Each step is written down before it is done, so that whoever comes after a power cut knows what may have been done.
import { writeAtomic } from "../../store/atomic-file.ts";
import type { Places } from "../places.ts";
import { readJson } from "../read.ts";
import type { BundleKind } from "./manifest.ts";

const STEPS = [
  "unpacking", // into a place that nobody looks at
  "trial", // the new one is, or will be, started for the first time
  "second-trial", // images: it has held once, and shall boot again
  "committing",
  "rolling-back",
] as const;
export type Step = (typeof STEPS)[number];

export interface UnderWay {
  id: string;
  kind: BundleKind;
  version: string;
  build: string;
  step: Step;
  /** ISO 8601. */
  began: string;
  /** How long the new version must do its work before it is kept. */
  health_seconds: number;
  /** How well: as the one before did when the update began. */
  standard: "ready" | "alive";
  /** Of the kernel that ran when the step was written. */
  boot_id: string;
  /** app: below `versions`. */
  folder?: string;
  /** image: where it was written. */
  slot?: "a" | "b";
  /** rolling-back: why. */
  reason?: string;
}

export interface Outcome {
  id: string;
  kind: BundleKind;
  version: string;
  build: string;
  result: "committed" | "rolled-back" | "refused";
  message: string;
  /** ISO 8601. */
  ended: string;
}

export interface Journal {
  under_way: UnderWay | null;
  /** The latest first. */
  history: Outcome[];
}

const KEPT = 10;

export class UpdateJournal {
  readonly #path: string;

  constructor({ update_state }: Places) {
    this.#path = update_state;
  }

  /** One that cannot be read counts as empty: links and folders say what is so, and it must not keep anybody from updating. */
  read(): Journal {
    const { under_way, history } = (readJson(this.#path) ?? {}) as Partial<Journal>;
    return { under_way: isUnderWay(under_way) ? under_way : null, history: Array.isArray(history) ? history : [] };
  }

  /** Before the step is done. */
  async step(under_way: UnderWay): Promise<void> {
    await this.#write({ ...this.read(), under_way });
  }

  async end(outcome: Outcome): Promise<void> {
    await this.#write({ under_way: null, history: [outcome, ...this.read().history].slice(0, KEPT) });
  }

  #write(journal: Journal): Promise<void> {
    return writeAtomic(this.#path, `${JSON.stringify(journal, null, 2)}\n`);
  }
}

function isUnderWay(value: UnderWay | null | undefined): value is UnderWay {
  return typeof value?.id === "string" && typeof value.version === "string" && STEPS.includes(value.step);
}
