// SPDX-License-Identifier: Apache-2.0
//
// stagebox plugin log.
import type { LogLine } from "../../plugins/plugin.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import type { Output } from "../output.ts";
import { openPlugins } from "./plugins.ts";

const LOOK_AGAIN_MS = 500;

export interface LogOptions {
  id: string;
  follow: boolean;
  data: string;
  output: Output;
  signal: AbortSignal;
}

export async function log({ id, follow, data, output, signal }: LogOptions): Promise<ExitCode> {
  const plugins = await openPlugins(data);
  let before: LogLine[] = [];
  do {
    const lines = await plugins.log(id);
    for (const { time, from, text } of newLines(before, lines)) output.line(`${time} ${from.padEnd(6)} ${text}`);
    await output.ready();
    before = lines;
    if (follow) await Promise.race([Bun.sleep(LOOK_AGAIN_MS), aborted(signal)]);
  } while (follow && !signal.aborted);
  return EXIT.ok;
}

/** What came behind `before`, of which the oldest lines may be gone by now. */
export function newLines(before: readonly LogLine[], now: readonly LogLine[]): readonly LogLine[] {
  const isSame = (a: LogLine | undefined, b: LogLine | undefined) => a?.time === b?.time && a?.text === b?.text;
  for (let gone = 0; gone < before.length; gone++) {
    const kept = before.slice(gone);
    if (kept.length <= now.length && kept.every((line, i) => isSame(line, now[i]))) return now.slice(kept.length);
  }
  return now;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
