// SPDX-License-Identifier: Apache-2.0
import { t } from "elysia";

export const StartOptions = t.Object(
  {
    input: t.Optional(
      t.String({ minLength: 1, description: "A recording to play in the place of the pipeline's source." }),
    ),
    speed: t.Optional(
      t.Number({ minimum: 0, maximum: 1000, description: "Times the recorded speed; 0: as fast as it goes." }),
    ),
    source: t.Optional(t.Record(t.String(), t.Any(), { description: "Parameters of the source, for this run only." })),
  },
  { description: "What is different from the file, for this run only." },
);
