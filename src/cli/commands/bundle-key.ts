// SPDX-License-Identifier: Apache-2.0
import { command } from "../command.ts";

export const bundleKey = command({
  name: "bundle key",
  summary: "make a pair of keys for updates",
  description:
    "Makes an ed25519 key in FILE, for `stagebox bundle`, and its public half beside it, for `image/build.sh --update-key`. Who has FILE can update every box with that image: keep it away from the repository and from others.",
  operand: {
    placeholder: "FILE",
    least: 1,
    most: 1,
    description: "a new file; update.pem has its public half in update.pub.pem",
  },
  options: {},
  examples: ["stagebox bundle key dist/image/keys/update.pem"],
  async run({ operands: [file = ""], output }) {
    const { newKey } = await import("../bundle/bundle.ts");
    return newKey(file, output);
  },
});
