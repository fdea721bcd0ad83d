// SPDX-License-Identifier: Apache-2.0
//
// A session: a recording, a marker where each phase begins, and a report in the project's folder. One thing after the
// other: what begins or ends a session waits until what came before is done.
import { type BoxEvent, call, config, publish, type ServiceError, service, subscribe } from "stagebox";

interface Phase {
  label: string;
  duration_s: number;
}

interface Session {
  sink: string;
  file: string;
  phases: { label: string; began: string }[];
  next?: ReturnType<typeof setTimeout>;
}

let plan: Phase[] = [];
let session: Session | undefined;
let turn: Promise<unknown> = Promise.resolve();

function inTurn<Result>(act: () => Promise<Result>): Promise<Result> {
  const done = turn.then(act);
  turn = done.catch((error: ServiceError) => console.error(error.message));
  return done;
}

async function start(): Promise<{ file: string }> {
  if (session) throw new Error(`a session is under way, in ${session.file}; stop it first`);
  const from = config.from === "" ? {} : { from: config.from };
  const { sink, file } = await call("stagebox.start_recording", { name: "protocol", ...from });
  session = { sink, file, phases: [] };
  await enterPhase(session);
  return { file };
}

/** Phases follow each other by the clock of the box; where they are in the signal their markers say, to the sample. */
async function enterPhase(current: Session): Promise<void> {
  const number = current.phases.length;
  const phase = plan[number];
  if (!phase) {
    await end("complete");
    return;
  }
  await call("stagebox.mark", phase);
  current.phases.push({ label: phase.label, began: new Date().toISOString() });
  current.next = setTimeout(() => inTurn(() => goOn(current)), 1000 * phase.duration_s);
  await publish("protocol.phase", { ...phase, number: number + 1, of: plan.length });
}

async function goOn(current: Session): Promise<void> {
  if (session === current) await enterPhase(current);
}

async function end(how: "complete" | "stopped" | "pipeline stopped"): Promise<{ report: string }> {
  if (!session) throw new Error("there is no session; start one");
  const { sink, file, phases, next } = session;
  session = undefined;
  clearTimeout(next);
  await publish("protocol.phase", { label: "", number: phases.length, of: plan.length, duration_s: 0 });
  const kept = how === "pipeline stopped" ? { file } : await call("stagebox.stop_recording", { sink });
  const report = `protocol/${file.replace(/\.[^.]*$/, "")}.json`;
  const ended = new Date().toISOString();
  const content = `${JSON.stringify({ ...kept, how, ended, phases, plan }, null, 2)}\n`;
  await call("stagebox.write_file", { path: report, content });
  return { report };
}

service("start", () => inTurn(start));
service("stop", () => inTurn(() => end("stopped")));

export async function on_load(): Promise<void> {
  const { phases, durations_s, rounds, start_on } = config;
  if (phases.length !== durations_s.length || phases.length === 0)
    throw new Error(`config: there are ${phases.length} phases and ${durations_s.length} durations_s; give each one`);
  const round: Phase[] = phases.map((label: string, i: number) => ({ label, duration_s: durations_s[i] }));
  plan = Array.from({ length: rounds }, () => round).flat();
  await subscribe("Marker", ({ data }: BoxEvent<{ label: string }>) => {
    if (start_on !== "" && data.label === start_on && !session) inTurn(start).catch(() => {});
  });
  await subscribe("PipelineStopped", () => {
    if (session) inTurn(() => end("pipeline stopped")).catch(() => {});
  });
}

/** Its recording goes on in the box, where somebody will want to end it. */
export async function on_unload(): Promise<void> {
  if (session) console.log(`a session is under way, and ${session.file} is being recorded on`);
  clearTimeout(session?.next);
}
