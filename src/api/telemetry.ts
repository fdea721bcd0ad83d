// SPDX-License-Identifier: Apache-2.0
import { Elysia } from "elysia";
import type { Box } from "../runtime/box.ts";
import { operation } from "./operation.ts";
import { TelemetrySchema } from "./schemas.ts";

export const telemetryController = ({ box }: { box: Box }) =>
  new Elysia({ prefix: "/api/telemetry" }).get("", () => box.telemetry(), {
    detail: operation({
      tags: ["Telemetry"],
      summary: "How the running graph does: times, losses, deadlines",
      answers: { 200: { description: "Counters since each stage was made.", schema: TelemetrySchema } },
    }),
  });
