// SPDX-License-Identifier: Apache-2.0
import { Elysia, type Static, t } from "elysia";
import type { Box, StreamView } from "../runtime/box.ts";
import { MOST_DECIMATION, type ViewOptions, viewStream } from "../streams/stream-view.ts";
import { notFound } from "./not-found.ts";
import { operation } from "./operation.ts";
import { HttpError } from "./problem-response.ts";
import { StreamSchema } from "./schemas.ts";
import { type Clock, type Socket, StreamClient } from "./stream-client.ts";

const MOST_CLIENTS = 64;
const Stream = t.Object({ id: t.String({ description: "Id of the source, a stage or a stream sink." }) });
const View = t.Object({
  decimate: t.Optional(
    t.Integer({ description: `Averages so many frames into one, 1 to ${MOST_DECIMATION}; signals only.` }),
  ),
  channels: t.Optional(t.String({ maxLength: 8192, description: "Only these channels: O1,O2" })),
  token: t.Optional(t.String({ description: "Where no header can be set." })),
});

/** Packets as they are made, for any number of clients, none of which can slow another or the box. */
export const streamsController = ({ box, clock }: { box: Box; clock: Clock }) => {
  const clients = new WeakMap<object, StreamClient>();
  let count = 0;
  return new Elysia({ prefix: "/api/streams" })
    .get("", () => ({ streams: box.streams().map(withPath) }), {
      detail: operation({
        tags: ["Streams"],
        summary: "All streams",
        answers: {
          200: {
            description: "The source, every stage, every stream sink.",
            schema: t.Object({ streams: t.Array(StreamSchema) }),
          },
        },
      }),
    })
    .get("/:id", ({ params: { id } }) => withPath(find(box, id)), {
      params: Stream,
      query: View,
      detail: operation({
        tags: ["Streams"],
        summary: "One stream; as a WebSocket, its packets",
        description:
          "A WebSocket first gets a text message {type: format, stream, format, clock}, and again whenever the format changes; then a binary message for each packet, laid out as native/include/stagebox/packet.h says. " +
          "A client that reads too slowly misses packets: the next one has the GAP flag and lost_before.",
        answers: {
          101: "The packets, as a WebSocket.",
          200: { description: "Without an upgrade: what flows there.", schema: StreamSchema },
        },
      }),
    })
    .ws("/:id", {
      params: Stream,
      query: View,
      beforeHandle({ params: { id }, query }) {
        viewStream(find(box, id).format, viewOptions(box, id, query));
        if (count >= MOST_CLIENTS) throw new HttpError(503, `${MOST_CLIENTS} clients listen already; close one`);
      },
      open({ raw, data: { params, query } }) {
        const client = new StreamClient(raw as unknown as Socket, params.id, viewOptions(box, params.id, query), clock);
        clients.set(raw, client);
        count++;
        client.listen(box);
      },
      close({ raw }) {
        count--;
        clients.get(raw)?.leave();
      },
    });
};

/** A stream sink says itself how far it is averaged, unless the client does. */
function viewOptions(box: Box, id: string, { decimate, channels }: Static<typeof View>): ViewOptions {
  const wanted = decimate ?? box.graph()?.sinks.find((sink) => sink.id === id)?.params.decimate;
  return {
    ...(typeof wanted === "number" && { decimate: wanted }),
    ...(channels !== undefined && { channels: channels.split(",").map((name) => name.trim()) }),
  };
}

function find(box: Box, id: string): StreamView {
  const streams = box.streams();
  const found = streams.find((stream) => stream.id === id);
  if (found) return found;
  throw notFound(
    "stream",
    id,
    streams.map((it) => it.id),
  );
}

function withPath(stream: StreamView) {
  return { ...stream, path: `/api/streams/${encodeURIComponent(stream.id)}` };
}
