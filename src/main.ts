// SPDX-License-Identifier: Apache-2.0
import { runCli } from "./cli/cli.ts";

process.exit(await runCli(process.argv.slice(2)));
