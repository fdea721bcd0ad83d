// SPDX-License-Identifier: Apache-2.0
//
// config.txt and autoboot.txt as a Raspberry Pi's firmware reads them: `name=value` (or `initramfs FILE followkernel`)
// below filters in brackets. A filter on the model and one on tryboot hold together; [all] takes both away.

export interface Filters {
  /** What the firmware calls this board: "pi4". */
  model: string;
  tryboot: boolean;
}

/** The last value of each name; of `initramfs`, the rest of its line. */
export function parseBootConfig(text: string, { model, tryboot }: Filters): Map<string, string> {
  const settings = new Map<string, string>();
  let forModel = true;
  let forBoot = true;
  for (const line of text.split(/\r?\n/).map((line) => line.trim())) {
    const filter = line.match(/^\[(.+)\]$/)?.[1]?.toLowerCase();
    if (filter === "all") forModel = forBoot = true;
    else if (filter === "tryboot") forBoot = tryboot;
    else if (filter !== undefined) forModel = filter === model;
    if (filter !== undefined || line === "" || line.startsWith("#") || !forModel || !forBoot) continue;
    const [, name, value] = line.match(/^(\w+)\s*[=\s]\s*(.*)$/) ?? [];
    if (name !== undefined && value !== undefined) settings.set(name, value);
  }
  return settings;
}
