// SPDX-License-Identifier: Apache-2.0
import { ProblemsError } from "../../pipeline/problem.ts";
import { defaultDataFolder } from "../default-data-folder.ts";
import { BoxClient } from "../plugin/box-client.ts";

/** Which box is meant, as it was typed. */
export interface BoxChoice {
  url: string | undefined;
  token: string | undefined;
  data: string | undefined;
}

/** Throws ProblemsError. */
export async function findBox({ url, token = process.env.STAGEBOX_TOKEN, data }: BoxChoice): Promise<BoxClient> {
  if (url !== undefined) {
    if (token) return BoxClient.at(url, token);
    const message = "needs its admin's token: STAGEBOX_TOKEN, or --token; `stagebox token show` there prints it";
    throw new ProblemsError([{ file: url, message }]);
  }
  const folder = data ?? defaultDataFolder();
  const box = await BoxClient.find(folder);
  if (box) return box;
  throw new ProblemsError([{ message: `no box runs on ${folder} here; name another machine's with --url BOX` }]);
}
