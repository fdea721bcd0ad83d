// SPDX-License-Identifier: Apache-2.0
import type { Host } from "../host.ts";
import type { Places } from "../places.ts";
import type { Outcome, Step, UnderWay, UpdateJournal } from "./journal.ts";
import type { ProgressFile } from "./progress.ts";

/** What every part of an update works with. */
export class UpdateContext {
  constructor(
    readonly places: Places,
    readonly host: Host,
    readonly journal: UpdateJournal,
    readonly progress: ProgressFile,
  ) {}

  /** Writes the step down, before it is done. */
  async enter(under_way: UnderWay, step: Step, message: string, reason?: string): Promise<UnderWay> {
    const entered = { ...under_way, step, boot_id: this.host.bootId(), ...(reason && { reason }) };
    await this.journal.step(entered);
    this.progress.tell({ id: under_way.id, step, part: 0, message });
    return entered;
  }

  tell({ id, step }: UnderWay, part: number, message: string): void {
    this.progress.tell({ id, step, part, message });
  }

  async end({ id, kind, version, build }: UnderWay, result: Outcome["result"], message: string): Promise<void> {
    await this.journal.end({ id, kind, version, build, result, message, ended: new Date().toISOString() });
    this.progress.end({ id, step: result, part: 1, message });
  }
}
