// SPDX-License-Identifier: Apache-2.0
//
// stagebox safe-mode show and leave: through the box that runs, or, where none does, in its data folder.
import { SafeMode } from "../appliance/safe-mode/safe-mode.ts";
import type { Measures } from "../appliance/safe-mode/verdict.ts";
import { fileRefusal } from "../pipeline/problem.ts";
import { PluginChoices } from "../plugins/choices/choices.ts";
import { LOCAL } from "../store/audit.ts";
import { DataFolder } from "../store/folder.ts";
import { withAudit } from "./audit.ts";
import { EXIT, type ExitCode } from "./exit-code.ts";
import type { Output } from "./output.ts";
import { BoxClient } from "./plugin/box-client.ts";

export interface SafeModeOptions {
  data: string;
  json: boolean;
  output: Output;
}

type View = Partial<Measures> & { active: boolean };

export async function showSafeMode({ data, json, output }: SafeModeOptions): Promise<ExitCode> {
  const box = await BoxClient.find(data);
  if (!box)
    throw fileRefusal(data, "no Stagebox runs there; whether it would come up in safe mode is seen when it does");
  const view = await box.get<View>("/api/system/safe-mode");
  if (json) output.json(view);
  else for (const line of lines(view)) output.line(line);
  return EXIT.ok;
}

export async function leaveSafeMode({ data, json, output }: SafeModeOptions): Promise<ExitCode> {
  const box = await BoxClient.find(data);
  const view = box ? await box.post<View>("/api/system/safe-mode/leave") : await leaveWithoutBox(data);
  if (json) output.json(view);
  else
    output.line(
      box
        ? "Everything is tried again; stagebox safe-mode show says whether it goes well"
        : "The next start tries everything again",
    );
  return EXIT.ok;
}

async function leaveWithoutBox(data: string): Promise<View> {
  const folder = new DataFolder(data);
  const measures = await SafeMode.forget(folder, console.error);
  const choices = await PluginChoices.open(folder, console.error);
  for (const { id } of measures?.quarantined ?? []) await choices.pardon(id);
  if (measures)
    await withAudit(data, async (audit) =>
      audit.record({ by: LOCAL, what: "leave", subject: "safe mode", before: measures }),
    );
  return { active: false };
}

function lines({ active, since, reasons = [], kept }: View): string[] {
  if (!active) return ["The box is not in safe mode"];
  return [
    `In safe mode since ${since}:`,
    ...reasons.map((reason) => `  ${reason}`),
    ...(kept ? [`The pipeline that ran is kept as ${kept}`] : []),
    "`stagebox safe-mode leave` tries everything again",
  ];
}
