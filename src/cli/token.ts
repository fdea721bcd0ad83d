// SPDX-License-Identifier: Apache-2.0
import { existsSync } from "node:fs";
import { ProblemsError } from "../pipeline/problem.ts";
import { DataFolder } from "../store/folder.ts";
import { readAdminToken } from "../store/tokens.ts";
import { EXIT, type ExitCode } from "./exit-code.ts";
import type { Output } from "./output.ts";

export async function showToken(data: string, output: Output): Promise<ExitCode> {
  const token = existsSync(data) ? await readAdminToken(new DataFolder(data)) : undefined;
  if (token === undefined)
    throw new ProblemsError([
      { file: data, message: "holds no token yet; `stagebox run` makes one, or name another folder with --data" },
    ]);
  output.line(token);
  return EXIT.ok;
}
