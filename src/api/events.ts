// SPDX-License-Identifier: Apache-2.0
import { Elysia } from "elysia";
import type { BoxEvent, EventBus } from "../runtime/events.ts";
import { operation } from "./operation.ts";

const HEARTBEAT_MS = 10_000;
/** Messages that may wait for a client before it is let go; it can come back with Last-Event-ID. */
const MOST_WAITING = 512;

/** What happens on the box, as server-sent events. */
export const eventsController = ({
  events,
  heartbeat_ms = HEARTBEAT_MS,
}: {
  events: EventBus;
  heartbeat_ms?: number;
}) =>
  new Elysia({ prefix: "/api/events" }).get(
    "",
    ({ request }) => {
      const after = Number(request.headers.get("last-event-id") ?? Number.NaN);
      const stream = eventStream(events, Number.isSafeInteger(after) ? after : undefined, heartbeat_ms, request.signal);
      return new Response(stream, {
        headers: { "content-type": "text/event-stream", "cache-control": "no-store", "x-accel-buffering": "no" },
      });
    },
    {
      detail: operation({
        tags: ["Events"],
        summary: "What happens, as it happens",
        description:
          "Server-sent events. With Last-Event-ID the latest events after that one come first. The token may be given as ?token=.",
        answers: { 200: { description: "id, event (the type) and data (JSON) of each.", type: "text/event-stream" } },
      }),
    },
  );

function eventStream(events: EventBus, after: number | undefined, heartbeat_ms: number, signal: AbortSignal) {
  let close = () => {};
  return new ReadableStream<string>(
    {
      start(controller) {
        const send = (text: string) => {
          if ((controller.desiredSize ?? 0) > 0) controller.enqueue(text);
          else close();
        };
        send(": stagebox\n\n");
        const unsubscribe = events.subscribe((event) => send(message(event)), after);
        const heartbeat = setInterval(() => send(": still here\n\n"), heartbeat_ms);
        close = () => {
          close = () => {};
          clearInterval(heartbeat);
          unsubscribe();
          controller.close();
        };
        signal.addEventListener("abort", () => close(), { once: true });
      },
      cancel: () => close(),
    },
    { highWaterMark: MOST_WAITING },
  );
}

function message({ id, type, time, data }: BoxEvent): string {
  return `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify({ time, ...data })}\n\n`;
}
