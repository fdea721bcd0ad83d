// SPDX-License-Identifier: Apache-2.0
//
// Installing while a box runs: unpacking, hashing, compiling and trying out would hold up whoever drains the signal, so a
// process of its own does it, the same that somebody at a shell would start.
import { randomUUID } from "node:crypto";
import { type Problem, ProblemsError } from "../../pipeline/problem.ts";
import { quote } from "../../pipeline/words.ts";
import { BusyError } from "../../runtime/box.ts";
import type { Actor } from "../../store/audit.ts";
import { goesFirst } from "../../store/goes-first.ts";
import { wantedPlugin } from "./wanted-plugin.ts";

const MOST_MS = 600_000;
/** In the environment of that process: by this it says for whom it installs. */
export const TICKET = "STAGEBOX_INSTALL_TICKET";

/** What `stagebox plugin install --json` says. */
export interface InstallReport {
  installed: { id: string; version: string; replaced: boolean; built: boolean }[];
  warnings: Problem[];
  /** Why not all of it is installed; none if it is. */
  problems: Problem[];
}

export class BoxInstaller {
  #asked: { ticket: string; by: Actor } | undefined;

  /** `command`: how this executable is started. */
  constructor(
    private readonly command: readonly string[],
    private readonly data: string,
  ) {}

  /** Who asked for what the process with that ticket installs. */
  askedBy(ticket: string | undefined): Actor | undefined {
    return ticket !== undefined && ticket === this.#asked?.ticket ? this.#asked.by : undefined;
  }

  /** `gain@^1.0`, from the box's indexes, with all that it needs. Throws BusyError, ProblemsError. */
  async install(name: string, by: Actor): Promise<Omit<InstallReport, "problems">> {
    if (!wantedPlugin(name))
      throw new ProblemsError([
        { field: "/name", message: `${quote(name)} is no plugin's id; write gain or gain@^1.0` },
      ]);
    if (this.#asked) throw new BusyError("another plugin is being installed; try again when that is done");
    this.#asked = { ticket: randomUUID(), by };
    try {
      const { problems, ...report } = await this.#run(name, this.#asked.ticket);
      if (problems.length > 0) throw new ProblemsError(problems);
      return report;
    } finally {
      this.#asked = undefined;
    }
  }

  async #run(name: string, ticket: string): Promise<InstallReport> {
    const words = ["plugin", "install", name, "--index", "--json", "--data", this.data];
    const child = Bun.spawn([...this.command, ...words], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
      timeout: MOST_MS,
      env: { ...process.env, [TICKET]: ticket },
    });
    goesFirst(child.pid);
    const [said, complaints] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    try {
      return JSON.parse(said);
    } catch {
      const last = complaints.trim().split("\n").at(-1) || "it said nothing";
      throw new ProblemsError([{ message: `${name} could not be installed: ${last}` }]);
    }
  }
}
