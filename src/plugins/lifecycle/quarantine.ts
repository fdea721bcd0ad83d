// SPDX-License-Identifier: Apache-2.0
//
// A build that falls over again and again is kept from running. It is known by the hash of its library: a file that was
// only touched, or copied over itself, is no other build. plugins.json remembers it over restarts.
import type { PluginChoices } from "../choices/choices.ts";
import { type Quarantine, quarantineOf } from "../choices/record.ts";
import type { Announcements } from "./announcements.ts";
import type { OpenPlugin } from "./open-plugin.ts";
import { allOf } from "./stand-ins.ts";

const LOG_LINES_KEPT = 20;

/** Why a build is not opened. */
export class QuarantineError extends Error {}

export class QuarantineKeeper {
  constructor(
    private readonly id: string,
    private readonly choices: PluginChoices,
    private readonly announce: Announcements,
  ) {}

  get quarantine(): Quarantine | undefined {
    return this.choices.get(this.id).quarantine;
  }

  /** Throws QuarantineError if the build with that hash is in quarantine. */
  check(sha256: string): void {
    const quarantine = quarantineOf(this.choices.get(this.id), sha256);
    if (quarantine) throw new QuarantineError(quarantine.reason);
  }

  /** Its stages are passed over from now on. Returns the reason in words. */
  enter({ sha256, components }: OpenPlugin, why: string, crashes: string[]): string {
    const reason = `quarantined: ${why}`;
    const log = this.announce.log.lines.slice(-LOG_LINES_KEPT).map(({ text }) => text);
    this.choices
      .quarantine(this.id, reason, new Date(), { sha256, log, crashes })
      .catch((error) => this.announce.fault(`that it is in quarantine could not be noted down: ${error.message}`));
    for (const spec of allOf(components)) spec.unavailable = `its plugin ${this.id} is ${reason}`;
    return reason;
  }

  /** `open`: what runs of it, if something does. */
  async leave(open?: OpenPlugin): Promise<void> {
    await this.choices.pardon(this.id);
    for (const spec of open ? allOf(open.components) : []) delete spec.unavailable;
  }
}
