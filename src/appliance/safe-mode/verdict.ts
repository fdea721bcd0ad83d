// SPDX-License-Identifier: Apache-2.0
//
// Who is to blame for a loop of crashes, and what is done without: pure, from breadcrumbs to measures. The least that the
// breadcrumbs justify comes first; a box that goes down all the same does without more, in the end without a pipeline.
import { quote } from "../../pipeline/words.ts";
import { common, type Doing, LOOP_STARTS, type Start } from "./starts.ts";

/** The library of a plugin, and none of its other builds. */
export interface Culprit {
  id: string;
  sha256: string;
}

export interface Measures {
  /** ISO 8601. */
  since: string;
  /** What was found, in words, oldest first; each once, however long the box goes on like that. */
  reasons: string[];
  quarantined: Culprit[];
  /** Plugins run in processes of their own, whatever they are trusted with. */
  isolated: boolean;
  /** What runs in the place of what ran; absent: that runs. */
  pipeline?: "default" | "none";
  /** The name under which the pipeline that ran was kept. */
  kept?: string;
}

type Step = Partial<Measures> & { reason: string };

/** `standing`: what is done without already. */
export function verdict(loop: readonly Start[], standing: Measures | undefined, now: Date): Measures {
  const before = standing ?? { since: now.toISOString(), reasons: [], quarantined: [], isolated: false };
  const { reason, ...step } = nextStep(loop, before);
  const reasons = new Set([...before.reasons, `the box went down ${LOOP_STARTS} times ${reason}`]);
  return { ...before, ...step, reasons: [...reasons] };
}

function nextStep(loop: readonly Start[], before: Measures): Step {
  const opening = common(loop, "opening");
  const inside = common(loop, "in-process");
  const [pipeline] = [...common(loop, "starting"), ...common(loop, "running")];

  const culprit = opening.length > 0 ? opening : inside;
  const [plugin] = culprit;
  if (!before.isolated && plugin && culprit.length === 1) {
    const when = opening.length > 0 ? "while it opened the plugin" : "with the plugin";
    return quarantine(
      before,
      [plugin],
      `${when} ${quote(plugin.name)} in its own process: the plugin is in quarantine`,
    );
  }
  const somethingWasInside = loop.some(({ doing }) =>
    doing.some(({ kind }) => kind === "opening" || kind === "in-process"),
  );
  if (!before.isolated && (somethingWasInside || !pipeline)) {
    const suspects = culprit.length > 0 ? ` of ${culprit.map(({ name }) => quote(name)).join(" and ")}` : "";
    const who = somethingWasInside ? `with plugins in its own process, and which${suspects} did it` : "and why";
    return { isolated: true, reason: `${who} is not known, so every plugin runs in a process of its own` };
  }
  /* They are walled in, so that they come last: what they said, or are for, took the box down. */
  const mains = common(loop, "main");
  if (mains.length > 0 && (before.pipeline !== undefined || !pipeline)) {
    const parts = `the main part${mains.length > 1 ? "s" : ""} of ${mains.map(({ name }) => quote(name)).join(" and ")}`;
    return quarantine(before, mains, `with ${parts}, whatever else ran: in quarantine`);
  }
  const ran = pipeline ? `with the pipeline ${quote(pipeline.name)}` : "whatever ran";
  return before.pipeline === undefined
    ? { pipeline: "default", reason: `${ran}, so the default pipeline runs in its place` }
    : { pipeline: "none", reason: `${ran}, so none runs` };
}

function quarantine({ quarantined }: Measures, found: readonly Doing[], reason: string): Step {
  return { quarantined: [...quarantined, ...found.map(({ name, sha256 = "" }) => ({ id: name, sha256 }))], reason };
}
