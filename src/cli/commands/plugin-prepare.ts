// SPDX-License-Identifier: Apache-2.0
import { command } from "../command.ts";

export const pluginPrepare = command({
  name: "plugin prepare",
  isInternal: true,
  summary: "translate a component",
  description: "What a running box starts for a component: reads an order on standard input, and writes what is run.",
  options: {},
  examples: [],
  async run({ output }) {
    const { prepareComponent } = await import("../plugin/prepare.ts");
    return prepareComponent(output);
  },
});
