// SPDX-License-Identifier: Apache-2.0
import { Elysia } from "elysia";
import type { Plugins } from "../plugins/plugin.ts";
import type { Box } from "../runtime/box.ts";
import { metricsText } from "./metrics-text.ts";
import { operation } from "./operation.ts";

/** For Prometheus. Programs on the box itself need no token; others need a viewer's. */
export const metricsController = ({ box, plugins }: { box: Box; plugins: Plugins }) =>
  new Elysia().get(
    "/metrics",
    () =>
      new Response(metricsText(box.telemetry(), plugins.list(), process.memoryUsage.rss()), {
        headers: { "content-type": "text/plain; version=0.0.4" },
      }),
    {
      detail: operation({
        tags: ["Telemetry"],
        summary: "Counters for Prometheus",
        description: "From the box itself without a token.",
        answers: { 200: { description: "Prometheus text format 0.0.4.", type: "text/plain" } },
      }),
    },
  );
