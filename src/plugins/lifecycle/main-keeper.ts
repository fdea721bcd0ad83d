// SPDX-License-Identifier: Apache-2.0
//
// The main part of one plugin through the plugin's life: it begins once the plugin is ready, gives way to that of another
// version, and ends with the plugin. When it falls over the plugin's watchdog looks after it, as it does after stages.
import type { Member } from "../bus/member.ts";
import { keptConfig, pathsOf } from "../choices/library-options.ts";
import { grantedPermissions } from "../choices/permissions.ts";
import type { PluginChoice } from "../plugin.ts";
import type { Announcements } from "./announcements.ts";
import type { RunnerContext } from "./context.ts";
import { Durations } from "./durations.ts";
import type { OpenPlugin } from "./open-plugin.ts";
import type { WatchedInstance } from "./watchdog.ts";

export class MainKeeper {
  #member: Member | undefined;
  /** Of its services, those before it counted in. */
  readonly answers = new Durations();
  #sha256 = "";
  #isStopped = false;

  constructor(
    private readonly context: RunnerContext,
    private readonly announce: Announcements,
  ) {}

  get member(): Member | undefined {
    return this.#member;
  }

  watched(): WatchedInstance[] {
    return this.#member && !this.#isStopped ? [{ id: "main", node: this.#member }] : [];
  }

  /** What it wrote since the last call. */
  log(): string {
    return this.#member?.terms.library.log() ?? "";
  }

  /** In the place of the one before, which unloads first. Resolves when it has loaded, or cannot. */
  async take({ found, main, sha256 }: OpenPlugin, choice: PluginChoice): Promise<void> {
    await this.end();
    if (!main) return;
    this.#isStopped = false;
    this.#sha256 = sha256;
    const granted = grantedPermissions(found.manifest.permissions, choice.granted);
    this.#member = this.context.bus?.join({
      ...{ manifest: found.manifest, granted },
      readable: pathsOf([...granted.read, ...granted.write], this.context.places),
      library: main,
      config: keptConfig(found.manifest, choice),
      fault: (message) => this.announce.fault(`main: ${message}`),
      wrote: (text) => this.announce.wrote(text),
      answered: (ms) => this.answers.add(ms),
    });
    await this.#begin();
  }

  /** Its plugin is not to run for now. */
  stop(reason: string): void {
    this.#isStopped = true;
    this.#member?.stop(reason);
    if (this.#member) this.context.trail?.mainEnded(this.#member.id);
  }

  async resume(): Promise<void> {
    if (!this.#isStopped) return;
    this.#isStopped = false;
    await this.#begin();
  }

  async end(): Promise<void> {
    const member = this.#member;
    this.#member = undefined;
    if (!member) return;
    this.context.bus?.leave(member);
    await member.end();
    this.context.trail?.mainEnded(member.id);
  }

  async #begin(): Promise<void> {
    if (this.#member) this.context.trail?.mainBegins(this.#member.id, this.#sha256);
    await this.#member?.start();
  }
}
