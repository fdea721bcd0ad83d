// SPDX-License-Identifier: Apache-2.0
import { command } from "../command.ts";
import { defaultDataFolder } from "../default-data-folder.ts";
import { DATA_OPTION } from "./shared-options.ts";

export const tokenShow = command({
  name: "token show",
  summary: "print the token with which the API lets its owner in",
  description: "Prints the admin's token, which the first start makes and keeps in the data folder.",
  options: { data: DATA_OPTION },
  examples: ['curl -H "Authorization: Bearer $(stagebox token show)" http://localhost:8080/api/system'],
  async run({ options, output }) {
    const { showToken } = await import("../token.ts");
    return showToken(options.data ?? defaultDataFolder(), output);
  },
});
