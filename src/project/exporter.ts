// SPDX-License-Identifier: Apache-2.0
//
// Exports, one at a time, each by a process of its own: reading and writing gigabytes would hold up whoever drains the
// signal. A file comes into the project when it is whole.
import { randomBytes } from "node:crypto";
import { readdirSync, rmSync } from "node:fs";
import { setPriority } from "node:os";
import { join } from "node:path";
import type { Converted, Part } from "../formats/convert.ts";
import type { RecordingFormat } from "../formats/create.ts";
import { messageOf } from "../pipeline/problem.ts";
import { BusyError } from "../runtime/box.ts";
import type { EventBus } from "../runtime/events.ts";
import { Turns } from "../runtime/turns.ts";
import { goesFirst } from "../store/goes-first.ts";
import type { ProjectFiles } from "../store/project-files.ts";

const MOST_WAITING = 8;
const MOST_MS = 1_800_000;
const LOW_PRIORITY = 10;
const UNFINISHED = ".export-";

export interface ExportOrder extends Part {
  recording: string;
  /** Where that lies. */
  from: string;
  format: RecordingFormat;
  /** Where it goes to in the project. */
  to: string;
  /** For whom. */
  by: string;
}

export class Exporter {
  #count = 0;
  #waiting = 0;
  readonly #turns = new Turns();
  readonly #abort = new AbortController();

  /** `command`: how this program is started. */
  constructor(
    private readonly command: readonly string[],
    private readonly files: ProjectFiles,
    private readonly events: EventBus,
  ) {
    for (const name of readdirSync(files.folder)) if (name.startsWith(UNFINISHED)) rmSync(join(files.folder, name));
  }

  /** The number by which `ExportDone` tells of it. Throws BusyError. */
  begin(order: ExportOrder): number {
    if (this.#waiting >= MOST_WAITING) throw new BusyError(`${MOST_WAITING} exports are waiting; try again later`);
    const job = ++this.#count;
    this.#waiting++;
    this.#turns.take(() => this.#export(job, order)).finally(() => this.#waiting--);
    return job;
  }

  /** What is not done is given up. */
  async close(): Promise<void> {
    this.#abort.abort();
    await this.#turns.settled();
  }

  async #export(job: number, order: ExportOrder): Promise<void> {
    const { recording, to, by } = order;
    const unfinished = join(this.files.folder, `${UNFINISHED}${randomBytes(6).toString("hex")}.${order.format}`);
    const told = { job, recording, file: to, by };
    try {
      this.#abort.signal.throwIfAborted();
      const { notices: _, ...converted } = await this.#convert(order, unfinished);
      const { bytes } = await this.files.adopt(to, unfinished);
      this.events.publish("ExportDone", { ...told, bytes, ...converted });
    } catch (error) {
      rmSync(unfinished, { force: true });
      const problem = messageOf(error).replaceAll(unfinished, to).replaceAll(order.from, recording);
      this.events.publish("ExportDone", { ...told, problem });
    }
  }

  async #convert({ from, start_s, duration_s }: ExportOrder, to: string): Promise<Converted> {
    const option = (name: string, value: number | undefined) => (value === undefined ? [] : [name, String(value)]);
    const child = Bun.spawn(
      [
        ...[...this.command, "convert", from, to, "--json", "--most-mb", String(this.files.room() / 2 ** 20)],
        ...[...option("--start", start_s), ...option("--seconds", duration_s)],
      ],
      { stdin: "ignore", stdout: "pipe", stderr: "pipe", timeout: MOST_MS, signal: this.#abort.signal },
    );
    setPriority(child.pid, LOW_PRIORITY);
    goesFirst(child.pid);
    const [said, complaints] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    if (child.exitCode === 0) return JSON.parse(said);
    const took = child.signalCode === "SIGTERM" ? "was given up: it took too long, or the box ended" : "failed";
    throw new Error(complaints.trim().split("\n").at(-1) || `the export ${took}`);
  }
}
