// SPDX-License-Identifier: Apache-2.0
//
// stagebox doctor: looks at what matters on this machine, and says what to do about it.
import { existsSync, readFileSync } from "node:fs";
import { placesBelow } from "../../appliance/places.ts";
import { engineVersion, simd as simdLevel } from "../../native/engine.ts";
import { loadCatalog } from "../../runtime/catalog.ts";
import { version } from "../../version.ts";
import { measureWakeUp } from "../bench/wake.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { readText, thisMachine } from "../machine.ts";
import type { Output } from "../output.ts";
import { power, temperature, time } from "./board.ts";
import { crashes } from "./crashes.ts";
import { type Finding, ok, problem } from "./finding.ts";
import { port as portFinding } from "./port.ts";
import { clock, cores, governor, pageBytes, pages, simd } from "./processor.ts";
import { memory, scheduling } from "./scheduling.ts";
import { storage } from "./storage.ts";

export interface DoctorOptions {
  data: string;
  port: number;
  json: boolean;
  output: Output;
  signal: AbortSignal;
}

const LIVE_SECONDS = 0.5;

export async function runDoctor({ data, port, json, output, signal }: DoctorOptions): Promise<ExitCode> {
  const machine = thisMachine();
  const findings: Finding[] = [
    library(engineVersion()),
    simd(simdLevel()),
    cores(machine.cores, readText),
    governor(machine.cores, readText),
    pages(pageBytes(readFileSync("/proc/self/auxv"))),
    clock(readText),
    ...scheduling(await measureWakeUp(loadCatalog(), { seconds: LIVE_SECONDS, signal })),
    memory(readText),
    ...storage(data),
    ...power(readText),
    ...temperature(readText),
    ...time(existsSync),
    ...crashes(placesBelow("/").crash),
    await portFinding(port),
  ];
  const count = (wanted: Finding["level"]) => findings.filter(({ level }) => level === wanted).length;
  const totals = { ok: count("ok"), notes: count("note"), problems: count("problem") };
  if (json) output.json({ version, machine, ...totals, findings });
  else {
    output.line(`Stagebox ${version} on ${machine.model}, ${machine.arch}, Linux ${machine.kernel}\n`);
    for (const finding of findings) output.line(describe(finding));
    output.line(`\n${totals.ok} ok, ${totals.notes} notes, ${totals.problems} problems`);
  }
  return totals.problems > 0 ? EXIT.failed : EXIT.ok;
}

function library(found: string): Finding {
  if (found === version) return ok("library", `${found}, as the executable`);
  return problem("library", `${found}, but this is Stagebox ${version}`, "build both anew: npm run build");
}

function describe({ check, level, message, remedy }: Finding): string {
  const line = `${level.padEnd(8)} ${check.padEnd(14)} ${message}`;
  return remedy === undefined ? line : `${line}\n${" ".repeat(24)}-> ${remedy}`;
}
