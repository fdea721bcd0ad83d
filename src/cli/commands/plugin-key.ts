// SPDX-License-Identifier: Apache-2.0
import { command } from "../command.ts";

export const pluginKey = command({
  name: "plugin key",
  summary: "make a pair of keys to sign plugins with",
  description:
    "Makes a secret key in FILE, and its public half beside it: me.key and me.pub. They are minisign's; keys that minisign -G made do as well. The password is asked for, or read from STAGEBOX_KEY_PASSWORD.",
  operand: { placeholder: "FILE", least: 1, most: 1, description: "a new file, such as me.key" },
  options: { plain: { kind: "flag", description: "without a password: whoever has the file can sign" } },
  examples: ["stagebox plugin key me.key"],
  async run({ operands: [file = ""], options: { plain }, output }) {
    const { newKey } = await import("../plugin/key.ts");
    return newKey(file, plain, output);
  },
});
