// SPDX-License-Identifier: Apache-2.0
import { DEFAULT_PORT } from "../../config.ts";
import { command } from "../command.ts";
import { defaultDataFolder } from "../default-data-folder.ts";
import { DATA_OPTION, JSON_OPTION, PORT_OPTION } from "./shared-options.ts";

export const doctor = command({
  name: "doctor",
  summary: "look for what would keep this machine from doing its work",
  description:
    "Looks at what matters for real-time work and for recording, and says the remedy for what is not right. A note costs quality; a problem keeps Stagebox from working, and makes the exit code 1.",
  options: { data: DATA_OPTION, port: PORT_OPTION, json: JSON_OPTION },
  examples: ["stagebox doctor"],
  async run({ options, output, signal }) {
    const { runDoctor } = await import("../doctor/doctor.ts");
    return runDoctor({
      data: options.data ?? defaultDataFolder(),
      port: options.port ?? DEFAULT_PORT,
      json: options.json,
      output,
      signal,
    });
  },
});
