// SPDX-License-Identifier: Apache-2.0
import { applyBoard } from "../../boards/apply-board.ts";
import { changeSettings } from "../../settings.ts";
import type { Box } from "../box.ts";
import { shownAddress } from "../later.ts";
import type { Done, UpdateSettings } from "../wishes.ts";

export async function setBoard(board: string, { places }: Box): Promise<Done> {
  const restart = await applyBoard(places, board);
  await changeSettings(places, { board });
  return { words: `the board is ${board}`, restart };
}

export async function setUpdate(update: UpdateSettings, { places }: Box): Promise<string> {
  await changeSettings(places, { update });
  const { channel, health_seconds } = update;
  const words = [
    ...(channel ? [`come from ${shownAddress(channel)}`] : []),
    ...(health_seconds ? [`must run well for ${health_seconds} s to stay`] : []),
  ];
  return `updates ${words.join(", and ")}`;
}
