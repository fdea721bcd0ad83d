// SPDX-License-Identifier: Apache-2.0

import { command } from "../command.ts";
import { defaultDataFolder } from "../default-data-folder.ts";
import { DATA_OPTION, JSON_OPTION } from "./shared-options.ts";

export const audit = command({
  name: "audit",
  summary: "tell who allowed what, and when",
  description:
    "Prints the audit log, the latest last: what was granted, enabled, set, installed and rolled back, by whom, and what was so before. Says, and fails, if somebody changed the log by other means.",
  options: {
    subject: { kind: "text", placeholder: "ID", description: "only about this plugin" },
    who: { kind: "text", placeholder: "NAME", description: "only what this user did" },
    what: { kind: "text", placeholder: "WHAT", description: "only this: grant, revoke, enable, install ..." },
    limit: {
      kind: "number",
      placeholder: "N",
      minimum: 1,
      maximum: 1000,
      whole: true,
      description: "rows; without it 100",
    },
    before: {
      kind: "number",
      placeholder: "N",
      minimum: 1,
      maximum: 2 ** 53 - 1,
      whole: true,
      description: "older than row N",
    },
    json: JSON_OPTION,
    data: DATA_OPTION,
  },
  examples: ["stagebox audit --subject gain", "stagebox audit --what grant --limit 10"],
  async run({ options: { json, data = defaultDataFolder(), ...given }, output }) {
    const { showAudit } = await import("../audit.ts");
    const query = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    return showAudit({ query, json, data, output });
  },
});
