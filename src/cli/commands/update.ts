// SPDX-License-Identifier: Apache-2.0
import { command } from "../command.ts";
import { BOX_OPTION, DATA_OPTION, TOKEN_OPTION } from "./shared-options.ts";

export const update = command({
  name: "update",
  summary: "update an appliance",
  description: [
    "Gives a bundle to an appliance, or the address of one, and watches until the new version has proved itself or was taken back. Recordings, plugins and configuration stay.",
    "Without FILE or URL it is the latest release of the channel that [update] of stagebox.toml names, if that is newer than what runs.",
    "Without --url it is the box that runs on this machine.",
  ].join("\n\n"),
  operand: {
    placeholder: "FILE|URL",
    least: 0,
    most: 1,
    description: "a bundle (*.stagebox), or an http(s) address of one",
  },
  options: {
    url: BOX_OPTION,
    token: TOKEN_OPTION,
    check: { kind: "flag", description: "only say what the channel offers" },
    "allow-older": { kind: "flag", description: "the bundle may be older than what runs" },
    data: DATA_OPTION,
  },
  examples: [
    "stagebox update stagebox-app-0.2.0-arm64.stagebox --url stagebox.local --token TOKEN",
    "stagebox update https://example.org/stagebox-app-0.2.0-arm64.stagebox",
  ],
  async run({ operands: [source], options, output, signal }) {
    const { updateBox } = await import("../update/update.ts");
    const { url, token, data, check, "allow-older": allow_older } = options;
    return updateBox({ source, check, allow_older, box: { url, token, data }, output, signal });
  },
});
