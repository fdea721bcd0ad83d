// SPDX-License-Identifier: Apache-2.0
import { Elysia, t } from "elysia";
import { type Flow, STILL_S } from "../runtime/progress.ts";
import { operation } from "./operation.ts";
import { HttpError } from "./problem-response.ts";
import { HealthSchema } from "./schemas.ts";

/** How the box does. An update asks for it, to see whether what it brought works. */
export interface Health {
  flow: Flow;
  version: string;
  /** Of the update or image that it came with. */
  build?: string;
  safe_mode: boolean;
}

const Live = t.Object({ status: t.Literal("ok") });

/** Why the box is not ready; undefined where it is. */
const REASONS: Partial<Record<Flow, string>> = {
  starting: "no packet has moved yet; ask again in a moment",
  waiting: `the source has sent nothing for ${STILL_S} s: see to its cable and its power`,
  stuck: `no packet has moved for ${STILL_S} s; GET /api/telemetry shows how far they come`,
  fault: "the pipeline has failed; GET /api/telemetry says why",
};

/** For watchdogs, updates and load balancers; no token. */
export const healthController = ({ health }: { health: () => Health }) =>
  new Elysia({ prefix: "/api/health" })
    .get("/live", () => ({ status: "ok" }), {
      detail: operation({
        tags: ["Health"],
        summary: "The process answers",
        answers: { 200: { description: "It does.", schema: Live } },
      }),
    })
    .get(
      "/ready",
      () => {
        const now = health();
        const reason = REASONS[now.flow];
        if (reason) throw new HttpError(503, reason, { members: now, headers: { "retry-after": "1" } });
        return { status: "ok", ...now };
      },
      {
        detail: operation({
          tags: ["Health"],
          summary: "The box does its work",
          description:
            "True while packets move, or nothing shall run: nothing was started, or the recording that was played is over. Refusals carry flow, version, build and safe_mode too.",
          answers: {
            200: { description: "It does.", schema: HealthSchema },
            503: `A pipeline runs and no packet has moved for ${STILL_S} s (none at all, at its start), or it has failed.`,
          },
        }),
      },
    );
