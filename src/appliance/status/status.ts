// SPDX-License-Identifier: Apache-2.0
//
// What a box says of itself to whoever stands before it: on the screen, the serial console, by the light.

export type BoxState = "starting" | "running" | "waiting" | "fault" | "safe-mode";

/** `status.json`. */
export interface Status {
  state: BoxState;
  /** Absent while none runs, as are its figures. */
  pipeline?: string;
  rate_hz?: number;
  channels?: number;
  port: number;
  hostname: string;
  addresses: string[];
  /** Absent when nobody needs one. */
  sign_in_code?: string;
  notes: string[];
  /** When it became so; ISO 8601, UTC. */
  time: string;
}

/** What the parts of the box know. */
export interface StatusFacts extends Omit<Status, "state" | "time"> {
  flow: "idle" | "starting" | "moving" | "waiting" | "stuck" | "fault";
  safe_mode: boolean;
}

const MOST_NOTES = 5;
const STATES: Record<StatusFacts["flow"], BoxState> = {
  idle: "waiting",
  starting: "starting",
  moving: "running",
  waiting: "waiting",
  stuck: "fault",
  fault: "fault",
};
/** Why it is as it is, where the pipeline's name does not say it. */
const REASONS: Partial<Record<StatusFacts["flow"], string>> = {
  waiting: "the source sends nothing: see to its cable and its power",
  stuck: "no packet moves, and nothing says why",
  fault: "the source has failed",
};

export function statusOf({ flow, safe_mode, notes, ...facts }: StatusFacts, now: Date): Status {
  const state = safe_mode && STATES[flow] !== "fault" ? "safe-mode" : STATES[flow];
  const reason = REASONS[flow];
  return {
    state,
    ...facts,
    notes: [...(reason ? [reason] : []), ...notes.slice(-MOST_NOTES)],
    time: now.toISOString(),
  };
}
