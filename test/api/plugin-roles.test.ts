// SPDX-License-Identifier: Apache-2.0
//
// Who may decide what about plugins, and what the audit log says of it.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import type { Actor, AuditRow } from "../../src/store/audit.ts";
import { ROLES, type Role } from "../../src/store/tokens.ts";
import { putPlugin } from "../plugins/odometer.fixture.ts";
import { startApi, type TestApi } from "./start-api.ts";

let api: TestApi;
const PLUGIN = "/api/plugins/odometer";
const NAMES = { viewer: "vera", operator: "otto", admin: "admin" };

beforeAll(async () => {
  const safeMode = {
    measures: undefined,
    leave: async (by: Actor) => void (await api.plugins.retry("odometer", by)),
  };
  api = await startApi(undefined, { safeMode });
  await putPlugin(join(api.folder.plugins, "odometer"), {
    manifest: {
      permissions: { network: true },
      config: { speed: { kind: "number", default: 1, minimum: 0, maximum: 9 } },
    },
  });
  await api.plugins.rescan();
}, 60_000);
afterAll(() => api.close());

async function send(route: string, body: object | undefined, role: Role) {
  const [method = "", path = ""] = route.split(" ");
  return api.call(path, { method, token: api.tokens[role], ...(body && { body }) });
}

/** A call, the least role that it needs, and what the log then says that was done; in this order, each changes something
 * for an operator and, undone by the line after it, for an admin. */
const decisions: [string, object | undefined, Role, string][] = [
  [`POST ${PLUGIN}/disable`, undefined, "operator", "disable"],
  [`POST ${PLUGIN}/enable`, {}, "operator", "enable"],
  [`POST ${PLUGIN}/enable`, { grant: ["network"] }, "operator", "grant"],
  [`POST ${PLUGIN}/enable`, { grant: [] }, "operator", "revoke"],
  [`POST ${PLUGIN}/enable`, { config: { speed: 3 } }, "operator", "config"],
  [`POST ${PLUGIN}/enable`, { config: {} }, "operator", "config"],
  [`POST ${PLUGIN}/enable`, { pinned: "1.0.0" }, "operator", "pin"],
  [`POST ${PLUGIN}/enable`, { pinned: null }, "operator", "unpin"],
  [`POST ${PLUGIN}/reload`, undefined, "operator", "reload"],
  [`POST ${PLUGIN}/retry`, undefined, "operator", "retry"],
  [`POST ${PLUGIN}/rating`, { stars: 4 }, "operator", "rate"],
  [`POST ${PLUGIN}/enable`, { trust: true }, "admin", "trust"],
  [`POST ${PLUGIN}/enable`, { trust: false }, "admin", "distrust"],
  [`POST ${PLUGIN}/enable`, { trust: "unsigned" }, "admin", "trust"],
  [`POST ${PLUGIN}/enable`, { trust: false, grant: ["network"] }, "admin", "distrust"],
  [`DELETE ${PLUGIN}?version=1.0.0`, undefined, "admin", "remove"],
  ["POST /api/plugins/generations/rollback", {}, "admin", "roll-back"],
  ["POST /api/system/safe-mode/leave", undefined, "admin", "retry"],
];

test.each(decisions)("%s %j needs at least: %s", async (route, body, least, what) => {
  const newest = () => api.audit.list({ limit: 1 })[0]?.id ?? 0;
  const plugin = async () => ({ ...(await (await api.call(PLUGIN)).json()), statistics: {} });
  for (const role of ROLES.slice(0, ROLES.indexOf(least))) {
    const before = [newest(), await plugin()];
    const refused = await send(route, body, role);
    expect([refused.status, (await refused.json()).detail]).toEqual([403, expect.stringContaining("needs the role")]);
    expect([newest(), await plugin()]).toEqual(before);
  }
  const before = newest();
  const done = await send(route, body, least);
  expect([done.status, done.status < 300 ? "" : await done.text()]).toEqual([expect.any(Number), ""]);
  const rows = api.audit.list().filter(({ id }) => id > before);
  const noted = ({ who, role, what }: AuditRow) => `${who} (${role}): ${what}`;
  expect(rows.map(noted)).toContain(`${NAMES[least]} (${least}): ${what}`);
  expect(rows.filter(({ role }) => role !== least).map(noted)).toEqual([]);
});

test("trust is refused as a whole, with what to do", async () => {
  const refused = await send(`POST ${PLUGIN}/enable`, { trust: true, config: { speed: 7 } }, "operator");
  expect([refused.status, (await refused.json()).detail]).toEqual([
    403,
    '"trust" needs the role admin, and otto is operator; leave it out, or ask an admin',
  ]);
  expect((await (await api.call(PLUGIN)).json()).config.values.speed).not.toBe(7);
});
