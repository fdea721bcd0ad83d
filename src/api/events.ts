// SPDX-License-Identifier: Apache-2.0
import { Elysia, t } from "elysia";
import type { BoxEvent, EventBus } from "../runtime/events.ts";
import { operation } from "./operation.ts";
import { HttpError } from "./problem-response.ts";

interface EventsParts {
  events: EventBus;
  /** A sign of life, sooner than anything on the way takes the connection for dead. */
  heartbeat_ms?: number;
}

const HEARTBEAT_MS = 10_000;
const MOST_CLIENTS = 64;
/** Characters that may wait for a client before it is let go; it can come back with Last-Event-ID. */
const MOST_WAITING = 2 ** 19;

/** What happens on the box, as server-sent events. */
export const eventsController = ({ events, heartbeat_ms = HEARTBEAT_MS }: EventsParts) => {
  const clients = new Set<object>();
  return new Elysia({ prefix: "/api/events" }).get(
    "",
    ({ request, query: { type } }) => {
      if (clients.size >= MOST_CLIENTS) throw new HttpError(503, `${MOST_CLIENTS} clients listen already; close one`);
      const after = Number(request.headers.get("last-event-id") ?? Number.NaN);
      const types = new Set(type?.split(","));
      const wants = (event: BoxEvent) => types.size === 0 || types.has(event.type) || types.has("*");
      const source = { events, wants, after: Number.isSafeInteger(after) ? after : undefined };
      const stream = eventStream(source, heartbeat_ms, (close) => {
        clients.add(request);
        request.signal.addEventListener("abort", close, { once: true });
        return () => clients.delete(request);
      });
      return new Response(stream, {
        headers: { "content-type": "text/event-stream", "cache-control": "no-store", "x-accel-buffering": "no" },
      });
    },
    {
      query: t.Object(
        {
          type: t.Optional(
            t.String({
              description: "Only these types, with commas between: StageOp,my-plugin.found.",
              maxLength: 4096,
            }),
          ),
        },
        { additionalProperties: true },
      ),
      detail: operation({
        tags: ["Events"],
        summary: "What happens, as it happens",
        description:
          "Server-sent events, those of plugins among them. With Last-Event-ID the latest events after that one come first. The token may be given as ?token=.",
        answers: { 200: { description: "id, event (the type) and data (JSON) of each.", type: "text/event-stream" } },
      }),
    },
  );
};

/** `join` is told how to end the stream and says what to do when it has ended. */
function eventStream(
  { events, wants, after }: { events: EventBus; wants: (event: BoxEvent) => boolean; after: number | undefined },
  heartbeat_ms: number,
  join: (close: () => void) => () => void,
): ReadableStream<string> {
  let isOpen = true;
  let end = () => {};
  return new ReadableStream<string>(
    {
      start(controller) {
        const close = () => {
          if (!isOpen) return;
          isOpen = false;
          end();
          controller.close();
        };
        const send = (text: string) => {
          if (!isOpen) return;
          if ((controller.desiredSize ?? 0) > 0) controller.enqueue(text);
          else close();
        };
        send(": stagebox\n\n");
        const unsubscribe = events.subscribe((event) => {
          if (wants(event)) send(message(event));
        }, after);
        const heartbeat = setInterval(() => send(": still here\n\n"), heartbeat_ms);
        const leave = join(close);
        end = () => {
          clearInterval(heartbeat);
          unsubscribe();
          leave();
        };
        if (!isOpen) end(); // there was too much to begin with
      },
      cancel() {
        isOpen = false;
        end();
      },
    },
    { highWaterMark: MOST_WAITING, size: (text) => text?.length ?? 0 },
  );
}

function message({ id, type, time, data, from }: BoxEvent): string {
  return `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify({ time, ...data, ...(from && { from }) })}\n\n`;
}
