// SPDX-License-Identifier: Apache-2.0
//
// A box that goes down again and again comes up without what takes it down. `starts.json` in the data folder remembers the
// starts that came to no good end, with their breadcrumbs, and what is done without since. A card wears: a start costs it a
// write when it begins and one when it ends; breadcrumbs go only as far as the kernel, unless the start before went wrong.
import { messageOf } from "../../pipeline/problem.ts";
import { writeAtomicSync } from "../../store/atomic-file.ts";
import type { DataFolder } from "../../store/folder.ts";
import { JsonFile, type Notify } from "../../store/json-file.ts";
import { DOINGS, type Doing, LOOP_S, loopOf, MOST_STARTS, type Start, startNow } from "./starts.ts";
import { type Culprit, type Measures, verdict } from "./verdict.ts";

/** What has done its work so long makes no loop with those before it. */
const LIVED_MS = LOOP_S * 1000;
const MODE = 0o600;

interface Stored {
  /** Those that came to no good end, and this one; oldest first. */
  starts: Start[];
  safe_mode?: Measures;
}

export class SafeMode {
  /** What is to be done without was found at this start. */
  readonly isFresh: boolean;
  readonly #own: Start;
  #isShaky: boolean;
  readonly #beganAt_ms: number;
  #hasLived = false;
  /** It ends as it should. */
  #isOver = false;

  /** Takes note of this start, before it does anything else. A file that cannot be read or written keeps no box from
   * starting. */
  static async begin(folder: DataFolder, notify: Notify, now_ms = () => performance.now()): Promise<SafeMode> {
    const file = fileIn(folder, notify);
    const stored = await file.read().catch((error) => {
      notify(`${file.path} cannot be read: ${messageOf(error)}`);
      return undefined;
    });
    return new SafeMode(file.path, stored ?? { starts: [] }, notify, now_ms);
  }

  /** For a box that does not run: its next start tries everything again. Returns what it would have done without. */
  static async forget(folder: DataFolder, notify: Notify): Promise<Measures | undefined> {
    const file = fileIn(folder, notify);
    const stored = await file.read();
    if (stored) await file.write({ starts: [] });
    return stored?.safe_mode;
  }

  private constructor(
    private readonly path: string,
    private stored: Stored,
    private readonly notify: Notify,
    private readonly now_ms: () => number,
  ) {
    this.#beganAt_ms = now_ms();
    this.#own = startNow();
    const { starts, safe_mode } = stored;
    const loop = loopOf(starts, this.#own);
    this.#isShaky = starts.length > 0;
    this.isFresh = loop.length > 0;
    this.stored = this.isFresh
      ? { starts: [this.#own], safe_mode: verdict(loop, safe_mode, new Date()) }
      : { ...stored, starts: [...starts, this.#own].slice(-MOST_STARTS) };
    this.#write();
  }

  /** What the box does without; undefined while it is well. */
  get measures(): Measures | undefined {
    return this.stored.safe_mode;
  }

  /** Dropped before it is begun: whatever was being done under that name is not any more. */
  doing(kind: Doing["kind"], name: string, sha256?: string): void {
    const way = wayOf(kind);
    const others = this.#own.doing.filter((it) => wayOf(it.kind) !== way || (way !== "pipeline" && it.name !== name));
    this.#drop([...others, { kind, name, ...(sha256 && { sha256 }) }]);
  }

  done(kind: Doing["kind"], name: string): void {
    this.#drop(this.#own.doing.filter((it) => wayOf(it.kind) !== wayOf(kind) || it.name !== name));
  }

  /** Less than that could not be done. */
  isolate(): void {
    this.#change({ isolated: true });
  }

  /** The pipeline that ran was kept, and under which name. */
  keptPipeline(kept: string): void {
    this.#change({ kept });
  }

  /** Somebody chose what runs. */
  pipelineChosen(): void {
    if (this.measures?.pipeline) this.#change({ pipeline: undefined, kept: undefined });
  }

  /** Somebody tries it again. */
  pardoned({ id, sha256 }: Culprit): void {
    const quarantined = this.measures?.quarantined.filter((it) => it.id !== id || it.sha256 !== sha256);
    if (quarantined && quarantined.length < (this.measures?.quarantined.length ?? 0)) this.#change({ quarantined });
  }

  /** From now on nothing is done without. Returns what was; undefined if it was well. */
  leave(): Measures | undefined {
    const { safe_mode, ...rest } = this.stored;
    if (!safe_mode) return undefined;
    this.stored = rest;
    this.#write();
    return safe_mode;
  }

  /** To be called now and then while the box does its work. */
  isWell(): void {
    if (this.#isOver || this.#hasLived || this.now_ms() - this.#beganAt_ms < LIVED_MS) return;
    this.#hasLived = true;
    this.#isShaky = false;
    if (this.stored.starts.length > 1) this.#keep([this.#own]);
  }

  /** It ends because it was told to, or says itself why it cannot start. */
  end(): void {
    if (!this.#isOver) this.#keep(this.stored.starts.filter((it) => it !== this.#own));
    this.#isOver = true;
  }

  #keep(starts: Start[]): void {
    this.stored = { ...this.stored, starts };
    this.#write();
  }

  /** Who has ended needs no breadcrumbs. */
  #drop(doing: Doing[]): void {
    if (this.#isOver || JSON.stringify(doing) === JSON.stringify(this.#own.doing)) return;
    this.#own.doing = doing;
    this.#write({ durable: this.#isShaky });
  }

  /** Measures that are none any more are over. */
  #change(change: { [Key in keyof Measures]?: Measures[Key] | undefined }): void {
    const { safe_mode, ...rest } = this.stored;
    const { pipeline, kept, ...measures } = { ...(safe_mode as Measures), ...change } as Measures;
    const isOver = !pipeline && !measures.isolated && measures.quarantined.length === 0;
    this.stored = isOver
      ? rest
      : { ...rest, safe_mode: { ...measures, ...(pipeline && { pipeline }), ...(kept && { kept }) } };
    this.#write();
  }

  #write({ durable = true } = {}): void {
    try {
      writeAtomicSync(this.path, `${JSON.stringify(this.stored, null, 2)}\n`, { durable, mode: MODE });
    } catch (error) {
      this.notify(`${this.path} could not be written, so a loop of crashes would go unseen: ${messageOf(error)}`);
    }
  }
}

function fileIn(folder: DataFolder, notify: Notify): JsonFile<Stored> {
  return new JsonFile(folder.file("starts.json"), isStored, notify, MODE);
}

/** A plugin is at one place of its way, its main part is beside it, and one pipeline is at one place of its own. */
function wayOf(kind: Doing["kind"]): "plugin" | "main" | "pipeline" {
  if (kind === "main") return kind;
  return kind === "opening" || kind === "in-process" ? "plugin" : "pipeline";
}

function isStored(value: unknown): value is Stored {
  const { starts, safe_mode } = (value ?? {}) as Partial<Stored>;
  return Array.isArray(starts) && starts.every(isStart) && (safe_mode === undefined || isMeasures(safe_mode));
}

function isStart(value: unknown): value is Start {
  const { time, boot, uptime_s, doing } = (value ?? {}) as Partial<Start>;
  const isText = [time, boot].every((it) => typeof it === "string");
  return isText && Number.isFinite(uptime_s) && Array.isArray(doing) && doing.every(isDoing);
}

function isDoing(value: unknown): value is Doing {
  const { kind, name, sha256 } = (value ?? {}) as Partial<Doing>;
  return DOINGS.includes(kind as Doing["kind"]) && typeof name === "string" && isHashOrNone(sha256);
}

function isMeasures(value: unknown): value is Measures {
  const { since, reasons, quarantined, isolated, pipeline, kept } = (value ?? {}) as Partial<Measures>;
  const isCulprit = (it: Culprit | null) => typeof it?.id === "string" && typeof it.sha256 === "string";
  return (
    [since, kept ?? ""].every((it) => typeof it === "string") &&
    Array.isArray(reasons) &&
    reasons.every((it) => typeof it === "string") &&
    Array.isArray(quarantined) &&
    quarantined.every(isCulprit) &&
    typeof isolated === "boolean" &&
    [undefined, "default", "none"].includes(pipeline)
  );
}

function isHashOrNone(value: unknown): boolean {
  return value === undefined || (typeof value === "string" && /^[0-9a-f]{64}$/.test(value));
}
