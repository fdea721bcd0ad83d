// SPDX-License-Identifier: Apache-2.0
import type { Command } from "./command.ts";
import { bench } from "./commands/bench.ts";
import { check } from "./commands/check.ts";
import { doctor } from "./commands/doctor.ts";
import { pluginCheck } from "./commands/plugin-check.ts";
import { process } from "./commands/process.ts";
import { run } from "./commands/run.ts";
import { tokenShow } from "./commands/token-show.ts";

/** All commands, in the order of their help. */
export const commands: readonly Command[] = [run, process, check, bench, doctor, pluginCheck, tokenShow];
