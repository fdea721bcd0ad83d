// SPDX-License-Identifier: Apache-2.0
import { Elysia, t } from "elysia";
import type { Box } from "../runtime/box.ts";
import { operation } from "./operation.ts";
import { HttpError } from "./problem-response.ts";

const Ok = t.Object({ status: t.Literal("ok") });

/** For watchdogs and load balancers; no token. */
export const healthController = ({ box }: { box: Box }) =>
  new Elysia({ prefix: "/api/health" })
    .get("/live", () => ({ status: "ok" }), {
      detail: operation({
        tags: ["Health"],
        summary: "The process answers",
        answers: { 200: { description: "It does.", schema: Ok } },
      }),
    })
    .get(
      "/ready",
      () => {
        if (box.graph()?.state === "fault")
          throw new HttpError(503, "the pipeline has failed; GET /api/telemetry says why");
        return { status: "ok" };
      },
      {
        detail: operation({
          tags: ["Health"],
          summary: "The box can do its work",
          description: "True while nothing has failed, whether a pipeline runs or not.",
          answers: { 200: { description: "It can.", schema: Ok }, 503: "The running pipeline has failed." },
        }),
      },
    );
