// SPDX-License-Identifier: Apache-2.0
import { command } from "../command.ts";
import { KEY_OPTION, MINIMUM_OPTION, OUT_OPTION } from "./bundle-options.ts";

export const bundleImage = command({
  name: "bundle image",
  summary: "make an update from an image",
  description:
    "Packs and signs the first slot of an image with two slots, its root and its boot partition, as an update of everything. What the image says of itself is read by unsquashfs (Debian: squashfs-tools).",
  operand: { placeholder: "IMAGE", least: 1, most: 1, description: "as image/build.sh makes it, not compressed" },
  options: { key: KEY_OPTION, out: OUT_OPTION, minimum: MINIMUM_OPTION },
  examples: ["stagebox bundle image dist/image/stagebox-debian-ab.img --key dist/image/keys/update.pem"],
  async run({ operands: [image = ""], options: { key, out, minimum = "0.1.0" }, output }) {
    const { bundleImageFile } = await import("../bundle/bundle.ts");
    return bundleImageFile({ image, key, out, minimum, output });
  },
});
