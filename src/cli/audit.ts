// SPDX-License-Identifier: Apache-2.0
//
// stagebox audit: through the box that runs, or, where none does, in its data folder.
import { AuditLog, type AuditQuery, type AuditRow } from "../store/audit.ts";
import { DataFolder } from "../store/folder.ts";
import { EXIT, type ExitCode } from "./exit-code.ts";
import type { Output } from "./output.ts";
import { BoxClient } from "./plugin/box-client.ts";

export interface AuditOptions {
  query: AuditQuery;
  json: boolean;
  data: string;
  output: Output;
}

interface AuditPage {
  rows: AuditRow[];
  problem?: string;
}

export async function showAudit({ query, json, data, output }: AuditOptions): Promise<ExitCode> {
  const page = await pageOf(query, data);
  if (json) output.json(page);
  else
    for (const { id, time, who, what, subject, before, after } of page.rows.toReversed()) {
      const values = [
        before === undefined ? [] : JSON.stringify(before),
        after === undefined ? [] : ["->", JSON.stringify(after)],
      ];
      const words = values.flat().join(" ");
      output.line([`${id}  ${time}  ${who}: ${what} ${subject}`, ...(words === "" ? [] : [words])].join("  "));
    }
  if (page.problem === undefined) return EXIT.ok;
  console.error(`the audit log was changed by other means than Stagebox: ${page.problem}`);
  return EXIT.failed;
}

/** For what somebody at the box does beside the service, which writes the same log. */
export async function withAudit<T>(data: string, act: (audit: AuditLog) => Promise<T>): Promise<T> {
  const log = new AuditLog(new DataFolder(data), (notice) => console.error(`note: ${notice}`));
  return act(log).finally(() => log.close());
}

async function pageOf(query: AuditQuery, data: string): Promise<AuditPage> {
  const box = await BoxClient.find(data);
  if (box) {
    const given = Object.entries(query).filter(([, value]) => value !== undefined);
    return box.get(
      `/api/audit?${new URLSearchParams(given.map(([key, value]) => [key, String(value)] as [string, string]))}`,
    );
  }
  const log = new AuditLog(new DataFolder(data), () => {});
  try {
    const problem = log.problem();
    return { rows: log.list(query), ...(problem !== undefined && { problem }) };
  } finally {
    log.close();
  }
}
