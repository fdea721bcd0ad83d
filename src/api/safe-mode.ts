// SPDX-License-Identifier: Apache-2.0
import { Elysia } from "elysia";
import type { Measures } from "../appliance/safe-mode/verdict.ts";
import type { Actor } from "../store/audit.ts";
import type { Auth } from "./auth.ts";
import { operation } from "./operation.ts";
import { SafeModeSchema } from "./schemas.ts";

export interface SafeModeControl {
  readonly measures: Measures | undefined;
  leave(by: Actor): Promise<Measures | undefined>;
}

const WELL = { reasons: [], quarantined: [], isolated: false };

/** What the box does without, after it went down again and again. */
export const safeModeController = ({ safeMode, auth }: { safeMode: SafeModeControl; auth: Auth }) => {
  const view = () => ({ active: safeMode.measures !== undefined, ...(safeMode.measures ?? WELL) });
  return new Elysia({ prefix: "/api/system/safe-mode" })
    .get("", view, {
      detail: operation({
        tags: ["System"],
        summary: "What the box does without, and why",
        description:
          "A box that went down three times within ten minutes comes up without what it was doing each time. A power cut is no crash.",
        answers: { 200: { description: "Not active: nothing.", schema: SafeModeSchema } },
      }),
    })
    .post(
      "/leave",
      async ({ request }) => {
        await safeMode.leave(auth.actorOf(request));
        return view();
      },
      {
        detail: operation({
          tags: ["System"],
          summary: "Try everything again",
          description:
            "Plugins come out of quarantine and run where they ran, and the pipeline that was kept starts. What does not work is among the notes of GET /api/system.",
          answers: { 200: { description: "As it is now.", schema: SafeModeSchema } },
        }),
      },
    );
};
