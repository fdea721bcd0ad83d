// SPDX-License-Identifier: Apache-2.0
//
// Installs one folder after the other into a folder of plugins until somebody kills it: kill-install.ts PLUGINS A B
import { installPlugin } from "../../../src/plugins/install/install.ts";

const [plugins = "", ...sources] = process.argv.slice(2);
const options = { plugins, signal: new AbortController().signal, tell: () => {}, preflight: async () => {} };
for (let i = 0; ; i++) {
  await installPlugin(sources[i % sources.length] as string, options);
  process.stdout.write(".");
}
