// SPDX-License-Identifier: Apache-2.0
//
// stagebox update: gives a box a bundle and watches what becomes of it. The box is away meanwhile: for seconds while the
// new application starts, for minutes while it boots.
import { statSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import type { LatestView, UpdateView } from "../../appliance/update/box-updates.ts";
import type { Release } from "../../appliance/update/channel.ts";
import type { Outcome } from "../../appliance/update/journal.ts";
import { fileRefusal, ProblemsError } from "../../pipeline/problem.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import type { Output } from "../output.ts";
import { type BoxClient, BoxSilentError } from "../plugin/box-client.ts";
import { ProgressBar } from "../progress-bar.ts";
import { type BoxChoice, findBox } from "./box.ts";

const PATH = "/api/system/update";
const LOOK_MS = 500;
/** Longer no boot takes, and no start that brings data to a new form. */
const AWAY_MS = 15 * 60_000;
/** After that a box that answers, and knows nothing of an update, has forgotten it. */
const FORGOTTEN_MS = 20_000;

export interface UpdateCommandOptions {
  /** A file or an address; undefined: what the channel offers. */
  source: string | undefined;
  /** Only say what the channel offers. */
  check: boolean;
  allow_older: boolean;
  box: BoxChoice;
  output: Output;
  signal: AbortSignal;
}

export async function updateBox({
  source,
  check,
  allow_older,
  box: choice,
  output,
  signal,
}: UpdateCommandOptions): Promise<ExitCode> {
  if (source !== undefined && !isAddress(source) && !statSync(source, { throwIfNoEntry: false })?.isFile())
    throw fileRefusal(source, "is neither a file nor an http(s) address; give a bundle (*.stagebox)");
  const box = await findBox(choice);
  const offer = source === undefined || check ? await offered(box, output) : undefined;
  const bundle = offer ?? (source !== undefined && isAddress(source) ? { url: source } : source);
  if (check || bundle === undefined) return EXIT.ok;
  const show = new StepLines();
  try {
    const asked =
      typeof bundle === "string"
        ? box.send<{ id: string }>(`${PATH}?allow_older=${allow_older}`, bundle, signal)
        : box.post<{ id: string }>(PATH, { ...bundle, allow_older });
    const { id } = await watchedWhile(asked, box, show);
    const { result, message } = await ended(id, box, show, signal);
    show.clear();
    if (result !== "committed") throw new ProblemsError([{ message }]);
    output.line(message);
    return EXIT.ok;
  } finally {
    show.clear();
  }
}

/** Says what the channel offers; undefined if that is nothing new. */
async function offered(box: BoxClient, output: Output): Promise<Omit<Release, "version"> | undefined> {
  const { installed, latest, is_newer } = await box.get<LatestView>(`${PATH}/latest`);
  const { version, ...bundle } = latest;
  output.line(
    is_newer ? `${version} is offered, ${installed} runs` : `${installed} runs, and nothing newer is offered`,
  );
  return is_newer ? bundle : undefined;
}

const isAddress = (source: string): boolean => /^https?:\/\//i.test(source);

/** Shows what the box says of itself until it answers. */
async function watchedWhile<T>(asked: Promise<T>, box: BoxClient, show: StepLines): Promise<T> {
  let isOver = false;
  const over = asked.finally(() => {
    isOver = true;
  });
  over.catch(() => {});
  while (!isOver) {
    await Promise.race([setTimeout(LOOK_MS), over.catch(() => {})]);
    if (!isOver) await box.get<UpdateView>(PATH).then(show.view, () => {});
  }
  return over;
}

async function ended(
  id: string,
  box: BoxClient,
  show: StepLines,
  signal: AbortSignal,
): Promise<Pick<Outcome, "result" | "message">> {
  for (let heard = Date.now(), known = Date.now(); ; await setTimeout(LOOK_MS, undefined, { signal }).catch(() => {})) {
    signal.throwIfAborted();
    const view = await box.get<UpdateView>(PATH).catch((error) => {
      if (error instanceof BoxSilentError && Date.now() - heard < AWAY_MS) return undefined;
      throw error;
    });
    if (!view) continue;
    heard = Date.now();
    const outcome = view.history.find((it) => it.id === id);
    if (outcome) return outcome;
    const { under_way } = view;
    if (under_way?.id === id) known = heard;
    if (under_way?.id === id && under_way.step === "refused") return { result: "refused", message: under_way.message };
    if (heard - known > FORGOTTEN_MS)
      return { result: "refused", message: "the box knows nothing of the update any more; give it the bundle again" };
    show.view(view);
  }
}

/** A line for each step, and a bar below it. */
class StepLines {
  readonly #bar = new ProgressBar(process.stderr.isTTY === true);
  #step = "";

  readonly view = ({ under_way }: UpdateView): void => {
    if (!under_way) return;
    if (under_way.step !== this.#step) {
      this.#bar.clear();
      process.stderr.write(`${under_way.step}: ${under_way.message}\n`);
      this.#step = under_way.step;
    }
    this.#bar.show(under_way.part);
  };

  clear(): void {
    this.#bar.clear();
  }
}
