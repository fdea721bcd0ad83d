// SPDX-License-Identifier: Apache-2.0
//
// bun test/image/break-image.ts IMAGE: the image's first slot starts a kernel that has nothing to do, and panics.
import { Fat } from "./fat.ts";
import { partitionNamed } from "./partitions.ts";

const [image = ""] = process.argv.slice(2);
const fat = new Fat(image, partitionNamed(image, "boot_a").offset);
// Without its initial RAM disk's init it looks for the root by itself, has no driver for the card, and shall not wait.
const line = (fat.text("cmdline.txt") ?? "").replace(/\brootwait\b/, "rdinit=/nothing");
fat.write("cmdline.txt", line);
