// SPDX-License-Identifier: Apache-2.0
import { ProblemsError } from "../../../pipeline/problem.ts";
import { suggestion } from "../../../pipeline/suggest.ts";
import { quote } from "../../../pipeline/words.ts";
import { changeSettings } from "../../settings.ts";
import type { Box } from "../box.ts";
import type { UpdateSettings } from "../wishes.ts";

export async function setBoard(board: string, { places, boards }: Box): Promise<string> {
  if (!boards.includes(board))
    throw new ProblemsError([{ message: `board: ${quote(board)} is not known; ${suggestion(board, boards)}` }]);
  await changeSettings(places, { board });
  return `the board is ${board}`;
}

export async function setUpdate(update: UpdateSettings, { places }: Box): Promise<string> {
  await changeSettings(places, { update });
  const { channel, health_seconds } = update;
  const words = [
    ...(channel ? [`come from the channel ${channel}`] : []),
    ...(health_seconds ? [`must run well for ${health_seconds} s to stay`] : []),
  ];
  return `updates ${words.join(", and ")}`;
}
