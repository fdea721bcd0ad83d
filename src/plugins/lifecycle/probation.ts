// SPDX-License-Identifier: Apache-2.0
import type { FoundPlugin } from "../plugin.ts";

const PROBATION_MS = 60_000;

/** A version that falls over for good soon after it took over gives way to the one before. */
export class Probation {
  #takenOver: { from: FoundPlugin; at: number } | undefined;

  /** Another build of the same version is no way back. */
  begin(before: FoundPlugin, after: FoundPlugin): void {
    if (before.manifest.version === after.manifest.version) return;
    this.#takenOver = { from: before, at: performance.now() };
  }

  /** The version to go back to, once, if it is still among those that are there. */
  fail(there: readonly { version: string }[]): string | undefined {
    const { from, at } = this.#takenOver ?? {};
    const version = from?.manifest.version;
    if (at === undefined || performance.now() - at >= PROBATION_MS) return undefined;
    if (!there.some((it) => it.version === version)) return undefined;
    this.#takenOver = undefined;
    return version;
  }
}
