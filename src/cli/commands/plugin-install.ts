// SPDX-License-Identifier: Apache-2.0
import { command } from "../command.ts";
import { defaultDataFolder } from "../default-data-folder.ts";
import { DATA_OPTION, USER_OPTION } from "./shared-options.ts";

export const pluginInstall = command({
  name: "plugin install",
  summary: "put a plugin onto this box, from a folder, a zip file, the web or git",
  description: [
    "Fetches a plugin, checks it, builds it if it brings no library for this machine, and puts it in place in one step; whatever goes wrong, what was there stays. A running box sees it at once.",
    "It runs in a process of its own with no permissions, until `stagebox plugin enable` grants it some.",
  ].join("\n\n"),
  operand: {
    placeholder: "PATH|ZIP|URL|GIT",
    least: 1,
    most: 1,
    description:
      "a folder, a zip file, the http(s) address of one that ends in .zip, or any other address as that of a git repository, with #TAG behind it if need be",
  },
  options: {
    link: {
      kind: "flag",
      description: "a folder stays where it is, and every build of it runs at once: for whoever works on it",
    },
    unchecked: { kind: "flag", description: "leave out the quick form of `stagebox plugin check` that it has to pass" },
    user: USER_OPTION,
    data: DATA_OPTION,
  },
  examples: ["stagebox plugin install .", "stagebox plugin install https://example.org/my-gain.git#v1.0.0"],
  async run({ operands: [source = ""], options, output, signal }) {
    const { install } = await import("../plugin/install.ts");
    const { link, unchecked, user, data = defaultDataFolder() } = options;
    return install({ source, link, unchecked, user, data, output, signal });
  },
});
