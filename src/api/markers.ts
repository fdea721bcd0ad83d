// SPDX-License-Identifier: Apache-2.0
import { Elysia, t } from "elysia";
import { type Box, NotRunningError } from "../runtime/box.ts";
import { checkLabel, LABEL_BYTES, LONGEST_MARK_S } from "../runtime/marker.ts";
import { operation } from "./operation.ts";

const Marker = t.Object({
  label: t.String({
    minLength: 1,
    maxLength: LABEL_BYTES,
    pattern: "^[^\\u0000-\\u001f\\u007f]*$",
    description: `1 to ${LABEL_BYTES} bytes of plain text.`,
  }),
  duration_s: t.Optional(t.Number({ minimum: 0, maximum: LONGEST_MARK_S, description: "0: an instant." })),
});

/** Marks a sample by hand: it rides on the signal into recordings and streams. */
export const markersController = ({ box }: { box: Box }) =>
  new Elysia({ prefix: "/api/markers" }).post(
    "",
    ({ body: { label, duration_s = 0 }, set }) => {
      if (box.graph()?.state !== "running") throw new NotRunningError();
      checkLabel(label);
      box.mark(label, duration_s);
      set.status = 201;
      return { label, duration_s };
    },
    {
      body: Marker,
      detail: operation({
        tags: ["Markers"],
        summary: "Mark the sample that is being acquired now",
        answers: {
          201: { description: "It is set.", schema: Marker },
          409: "No pipeline runs.",
          503: "Too many at once.",
        },
      }),
    },
  );
