// SPDX-License-Identifier: Apache-2.0
import { command } from "../command.ts";
import { defaultDataFolder } from "../default-data-folder.ts";
import { DATA_OPTION, JSON_OPTION, USER_OPTION } from "./shared-options.ts";

export const pluginInstall = command({
  name: "plugin install",
  summary: "put a plugin onto this box: by name, from a folder, zip, web or git",
  description: [
    "Fetches a plugin, checks it, builds it if it brings no library for this machine, and puts it in place in one step; whatever goes wrong, what was there stays. A running box sees it at once.",
    "A name alone (gain, gain@^1.2) is looked for in the box's indexes, and what it needs is installed with it.",
    "It runs in a process of its own with no permissions, until `stagebox plugin enable` grants it some.",
  ].join("\n\n"),
  operand: {
    placeholder: "NAME|PATH|ZIP|URL|GIT",
    least: 1,
    most: 1,
    description:
      "a plugin's id, with @RANGE behind it if need be, a folder, a zip file, the http(s) address of one that ends in .zip, or any other address as that of a git repository, with #TAG behind it if need be",
  },
  options: {
    link: {
      kind: "flag",
      description: "a folder stays where it is, and every build of it runs at once: for whoever works on it",
    },
    index: { kind: "flag", description: "NAME comes from an index, though there may be a folder of that name here" },
    locked: { kind: "flag", description: "PATH is a folder that stagebox plugin lock wrote: all that it holds" },
    unchecked: { kind: "flag", description: "leave out the quick form of `stagebox plugin check` that it has to pass" },
    json: JSON_OPTION,
    user: USER_OPTION,
    data: DATA_OPTION,
  },
  examples: [
    "stagebox plugin install gain",
    "stagebox plugin install .",
    "stagebox plugin install https://example.org/my-gain.git#v1.0.0",
  ],
  async run({ operands: [source = ""], options, output, signal }) {
    const { locked, data = defaultDataFolder() } = options;
    const act = locked
      ? (await import("../plugin/lock.ts")).installLocked
      : (await import("../plugin/install.ts")).install;
    return act({ ...options, source, data, output, signal });
  },
});
