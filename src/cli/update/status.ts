// SPDX-License-Identifier: Apache-2.0
//
// stagebox update status.
import type { UpdateView } from "../../appliance/update/box-updates.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import type { Output } from "../output.ts";
import { type BoxChoice, findBox } from "./box.ts";

export async function showStatus({
  box,
  json,
  output,
}: {
  box: BoxChoice;
  json: boolean;
  output: Output;
}): Promise<ExitCode> {
  const view = await (await findBox(box)).get<UpdateView>("/api/system/update");
  if (json) output.json(view);
  else for (const line of statusLines(view)) output.line(line);
  return EXIT.ok;
}

function statusLines({ image, under_way, history }: UpdateView): string[] {
  if (!image) return ["This is no appliance: it is updated as it was installed"];
  const part = under_way && under_way.part > 0 && under_way.part < 1 ? ` (${Math.round(under_way.part * 100)} %)` : "";
  return [
    `Image ${image.version} (${image.build}), layout ${image.layout}`,
    under_way ? `${under_way.step}: ${under_way.message}${part}` : "No update is under way",
    ...history.map(
      ({ ended, result, kind, message }) => `${ended.slice(0, 16).replace("T", " ")}  ${result} ${kind}: ${message}`,
    ),
  ];
}
