// SPDX-License-Identifier: Apache-2.0
//
// Updates as the service knows them: it takes a bundle in, looks it over, asks root for the rest, and tells how far that
// is. The service ends on the way, so whatever shall be known afterwards is read from what root writes.
import { randomBytes } from "node:crypto";
import { createReadStream, mkdirSync, rmSync, statfsSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import semver from "semver";
import { messageOf, ProblemsError } from "../../pipeline/problem.ts";
import { megabytes } from "../../pipeline/words.ts";
import { openWebFile, withoutSecrets } from "../../store/web-file.ts";
import type { Image } from "../image.ts";
import { readImage } from "../image.ts";
import type { Places } from "../places.ts";
import { readNames } from "../read.ts";
import { askRoot, resultOf } from "../requests/ask-root.ts";
import { readSettings } from "../settings.ts";
import { BundleReader } from "./bundle-reader.ts";
import { type Release, readChannel } from "./channel.ts";
import { readInstalled } from "./installed.ts";
import { type Outcome, UpdateJournal } from "./journal.ts";
import { readUpdateKeys } from "./keys.ts";
import { LIMITS, type Manifest } from "./manifest.ts";
import { readProgress } from "./progress.ts";
import { refusals, SPARE_BYTES } from "./rules.ts";

export interface UpdateProgress {
  id: string;
  /** Undefined until its manifest was read. */
  version?: string;
  kind?: Manifest["kind"];
  step: string;
  /** Of this step, of 1. */
  part: number;
  message: string;
}

export interface UpdateView {
  image: Image | null;
  /** Null: none. One that was refused before root heard of it stays until the next. */
  under_way: UpdateProgress | null;
  /** The latest first. */
  history: Outcome[];
}

export interface UpdateOptions {
  allow_older: boolean;
  /** Of the whole bundle, if the caller knows it. */
  sha256?: string | undefined;
}

export interface LatestView {
  /** Of the application that has proved itself. */
  installed: string;
  latest: Release;
  is_newer: boolean;
}

/** Nothing else can be taken in now. */
export class UpdateBusyError extends Error {
  constructor() {
    super("an update is under way; GET /api/system/update tells how far it is");
    this.name = "UpdateBusyError";
  }
}

const LOOK_MS = 500;
/** An outcome that is not older has not been told yet: the service was away when it came about. */
const NEWS_MS = 120_000;
const DOWNLOAD = { bytes: LIMITS.bundle_bytes, silence_ms: 30_000, total_ms: 4 * 3_600_000 };

export class BoxUpdates {
  /** What root does not know of yet. */
  #own: UpdateProgress | undefined;
  #told = "";
  #looking: Timer | undefined;
  #latest: Outcome | undefined;
  readonly #abort = new AbortController();

  /** `tell`: to whoever listens to events. */
  constructor(
    private readonly places: Places,
    private readonly tell: (news: UpdateProgress | Outcome) => void,
  ) {}

  /** Whether the box updates itself: a laptop or a server does not. */
  get isOwn(): boolean {
    return readImage(this.places) !== undefined;
  }

  /** Once somebody listens. Sweeps away what was broken off. */
  start(): void {
    if (!this.isOwn) return;
    const { under_way, history } = this.#journal();
    for (const name of readNames(this.places.incoming))
      if (!under_way) rmSync(join(this.places.incoming, name), { recursive: true, force: true });
    const [latest] = history;
    this.#latest = latest;
    if (under_way) this.#watch();
    else if (latest && Date.now() - Date.parse(latest.ended) < NEWS_MS) this.tell(latest);
  }

  close(): void {
    this.#abort.abort();
    clearInterval(this.#looking);
  }

  /** What an operator should know. */
  notes(): string[] {
    return this.#latest?.result === "rolled-back" ? [this.#latest.message] : [];
  }

  view(): UpdateView {
    const { under_way, history } = this.#journal();
    const image = readImage(this.places) ?? null;
    if (under_way) {
      const { id, version, kind, step } = under_way;
      const progress = readProgress(this.places);
      const { part, message } = progress?.id === id ? progress : { part: 0, message: `version ${version}: ${step}` };
      return { image, under_way: { id, version, kind, step, part, message }, history };
    }
    return { image, under_way: this.#ownProgress(history), history };
  }

  /** What the owner's channel offers. Throws ProblemsError. */
  async latest(): Promise<LatestView> {
    const { channel } = readSettings(this.places).update;
    if (!channel)
      throw new ProblemsError([
        { message: "no channel is set: write its address as channel into [update] of stagebox.toml, or name a bundle" },
      ]);
    const latest = await readChannel(channel, this.#abort.signal);
    const installed = readInstalled(this.places)?.version ?? "0.0.0";
    return { installed, latest, is_newer: semver.gt(latest.version, installed) };
  }

  /** Takes a bundle in and asks root to install it. Throws ProblemsError, UpdateBusyError. */
  async receive(
    pieces: AsyncIterable<Uint8Array>,
    file: string,
    bytes: number | undefined,
    options: UpdateOptions,
  ): Promise<{ id: string; manifest: Manifest }> {
    return this.#take(this.#begin(), { pieces, file, bytes }, options);
  }

  /** As `receive`, from an http or https address, and without waiting: `view` tells how it went. Throws UpdateBusyError. */
  download(address: string, options: UpdateOptions): string {
    const id = this.#begin();
    void openWebFile(address, "update", this.#abort.signal, DOWNLOAD)
      .then(({ pieces, bytes }) => this.#take(id, { pieces, file: withoutSecrets(address), bytes }, options))
      .catch((error) => {
        this.#own = { id, step: "refused", part: 1, message: messageOf(error) };
      });
    return id;
  }

  reboot(): Promise<string> {
    return askRoot(this.places, "reboot", {});
  }

  powerOff(): Promise<string> {
    return askRoot(this.places, "power-off", {});
  }

  #journal() {
    return new UpdateJournal(this.places).read();
  }

  #begin(): string {
    const { under_way } = this.view();
    if (under_way && under_way.step !== "refused") throw new UpdateBusyError();
    const id = randomBytes(6).toString("hex");
    this.#own = { id, step: "receiving", part: 0, message: "the bundle comes in" };
    this.#watch();
    return id;
  }

  async #take(
    id: string,
    bundle: { pieces: AsyncIterable<Uint8Array>; file: string; bytes: number | undefined },
    options: UpdateOptions,
  ): Promise<{ id: string; manifest: Manifest }> {
    const name = `${id}.stagebox`;
    const path = join(this.places.incoming, name);
    try {
      mkdirSync(this.places.incoming, { recursive: true, mode: 0o750 });
      const sha256 = await this.#store(id, path, bundle);
      if (options.sha256 && sha256 !== options.sha256)
        throw new ProblemsError([
          { file: bundle.file, message: `has the SHA-256 ${sha256}, not the one that was given` },
        ]);
      this.#own = { id, step: "checking", part: 0, message: "signature and hashes are checked" };
      const manifest = await this.#check(path, bundle.file, options);
      await askRoot(this.places, "update", { file: name, allow_older: options.allow_older }, id);
      const { version, kind } = manifest;
      this.#own = {
        id,
        version,
        kind,
        step: "requested",
        part: 0,
        message: `version ${version} is about to be unpacked`,
      };
      return { id, manifest };
    } catch (error) {
      rmSync(path, { force: true });
      this.#own = { id, step: "refused", part: 1, message: messageOf(error) };
      throw error;
    }
  }

  /** Returns its hash. */
  async #store(
    id: string,
    path: string,
    { pieces, file, bytes: all }: { pieces: AsyncIterable<Uint8Array>; file: string; bytes: number | undefined },
  ): Promise<string> {
    const { bavail, bsize } = statfsSync(this.places.incoming);
    // A recording goes on meanwhile, and an application is unpacked beside its bundle.
    const room = Math.min(LIMITS.bundle_bytes, bavail * bsize - SPARE_BYTES);
    const tooLarge = () =>
      new ProblemsError([
        {
          file,
          message: `does not fit: there is room for ${megabytes(Math.max(0, room))} on the box; delete recordings that are not needed any more`,
        },
      ]);
    if ((all ?? 0) > room) throw tooLarge();
    const hash = new Bun.CryptoHasher("sha256");
    const to = await open(path, "wx", 0o640);
    try {
      let bytes = 0;
      for await (const piece of pieces) {
        bytes += piece.length;
        if (bytes > room) throw tooLarge();
        hash.update(piece);
        await to.writeFile(piece); // goes on where it stopped
        const message = `${megabytes(bytes)} of the bundle are here`;
        this.#own = { id, step: "receiving", part: all ? Math.min(1, bytes / all) : 0, message };
      }
    } finally {
      await to.close();
    }
    return hash.digest("hex");
  }

  /** As root will, so that whoever sends it hears at once what is wrong. Root believes none of this. */
  async #check(path: string, file: string, { allow_older }: UpdateOptions): Promise<Manifest> {
    const installed = readInstalled(this.places);
    if (!installed) throw new ProblemsError([{ message: "this is no appliance" }]);
    const bundle = await BundleReader.open(createReadStream(path), file, readUpdateKeys(this.places.update_keys));
    const problems = refusals(bundle.manifest, installed, this.places, { allow_older });
    if (problems.length > 0) throw new ProblemsError(problems);
    for (const payload of bundle.manifest.payloads) for await (const _ of bundle.unpack(payload));
    await bundle.end();
    return bundle.manifest;
  }

  /** What root has taken over, or refused, is not ours any more. */
  #ownProgress(history: readonly Outcome[]): UpdateProgress | null {
    const own = this.#own;
    if (!own) return null;
    const refused = own.step === "requested" ? resultOf(this.places, "update", own.id) : undefined;
    if (refused && !refused.done) this.#own = { ...own, step: "refused", part: 1, message: refused.message };
    if (history.some(({ id }) => id === own.id)) this.#own = undefined;
    return this.#own ?? null;
  }

  /** Tells all that changes, until it is over. */
  #watch(): void {
    clearInterval(this.#looking);
    this.#looking = setInterval(() => {
      const { under_way, history } = this.view();
      [this.#latest] = history;
      const news = under_way ?? history[0];
      const text = JSON.stringify(news);
      if (news && text !== this.#told) this.tell(news);
      this.#told = text;
      if (!under_way || under_way.step === "refused") clearInterval(this.#looking);
    }, LOOK_MS);
    this.#looking.unref();
  }
}
