// SPDX-License-Identifier: Apache-2.0
import type { FlagOption, NumberOption, Operand, TextOption } from "../command.ts";

export const JSON_OPTION: FlagOption = { kind: "flag", description: "print JSON, for programs" };

export const INPUT_OPTION: TextOption = {
  kind: "text",
  placeholder: "FILE",
  description: "a recording (EDF, BDF, WFDB, WAV, CSV, OpenBCI) in the place of the pipeline's source",
};

export const DATA_OPTION: TextOption = {
  kind: "text",
  placeholder: "DIR",
  description: "the data folder; without it STAGEBOX_DATA, else /data/stagebox on an appliance, else ~/.stagebox",
};

export const PORT_OPTION: NumberOption = {
  kind: "number",
  placeholder: "N",
  minimum: 0,
  maximum: 65535,
  whole: true,
  description: "the API's port; without it 8080, and 0 takes one that is free",
};

export const USER_OPTION: FlagOption = {
  kind: "flag",
  description: "the plugins of this user, in ~/.stagebox/plugins, in the place of the box's",
};

/** What stands behind `plugin info` and its like. */
export const PLUGIN_OPERAND: Operand = { placeholder: "ID", least: 1, most: 1, description: "a plugin's id" };

export const ROOT_OPTION: TextOption = {
  kind: "text",
  placeholder: "DIR",
  description: "the appliance's root folder; without it /",
};

export const BOX_OPTION: TextOption = {
  kind: "text",
  placeholder: "BOX",
  description: "another machine's box: stagebox.local, 192.0.2.7, http://192.0.2.7:8080",
};

export const TOKEN_OPTION: TextOption = {
  kind: "text",
  placeholder: "TOKEN",
  description: "of an admin of that box; better in STAGEBOX_TOKEN, since a command line is everybody's",
};

export const SECRET_KEY_OPTION: TextOption = {
  kind: "text",
  placeholder: "FILE",
  description: "a secret key, as stagebox plugin key or minisign -G makes it",
};
