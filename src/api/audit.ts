// SPDX-License-Identifier: Apache-2.0
import { Elysia, t } from "elysia";
import type { AuditLog } from "../store/audit.ts";
import { operation } from "./operation.ts";

const Query = t.Object({
  before: t.Optional(t.Integer({ minimum: 1, description: "Only rows older than this one: the last id of a page." })),
  limit: t.Optional(t.Integer({ minimum: 1, maximum: 1000, description: "Rows on a page; 100 without it." })),
  who: t.Optional(t.String({ description: "Only what this user did, or the box." })),
  what: t.Optional(t.String({ description: "Only this: grant, revoke, enable, disable, install ..." })),
  subject: t.Optional(t.String({ description: "Only about this plugin." })),
});
const Row = t.Object({
  id: t.Integer(),
  time: t.String(),
  who: t.String({ description: "The name of the token; box: it did it by itself." }),
  role: t.String(),
  what: t.String(),
  subject: t.String({ description: "Mostly a plugin." }),
  before: t.Optional(t.Any()),
  after: t.Optional(t.Any()),
});

/** Who allowed what, for admins to read; nobody writes here. */
export const auditController = ({ audit }: { audit: AuditLog }) =>
  new Elysia({ prefix: "/api/audit" }).get(
    "",
    ({ query }) => {
      const problem = audit.problem();
      return { rows: audit.list(query), ...(problem !== undefined && { problem }) };
    },
    {
      query: Query,
      detail: operation({
        tags: ["System"],
        summary: "Who allowed what, and when",
        description:
          "Rows are chained by hashes: what was changed by hand is found. The oldest make room, which is told.",
        answers: {
          200: {
            description: "The latest first; problem: what was changed by other means than Stagebox.",
            schema: t.Object({ rows: t.Array(Row), problem: t.Optional(t.String()) }),
          },
        },
      }),
    },
  );
