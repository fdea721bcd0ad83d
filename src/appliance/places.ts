// SPDX-License-Identifier: Apache-2.0
//
// Where things lie on an appliance. All of it below one root folder, so that tests have an appliance of their own.
import { join } from "node:path";

export type Places = ReturnType<typeof placesBelow>;

export function placesBelow(root: string) {
  const firmware = join(root, "boot/firmware");
  const system = join(root, "data/system");
  const run = join(root, "run/stagebox");
  const run_system = join(root, "run/stagebox-system");
  return {
    root,
    /** The FAT partition that every computer can read and write. */
    firmware,
    setup_file: join(firmware, "stagebox.toml"),
    setup_status: join(firmware, "stagebox-status.txt"),
    /** What Raspberry Pi Imager leaves there. */
    preseed_file: join(firmware, "rpi-preseed.toml"),
    /** What it left there before 2026. */
    custom_file: join(firmware, "custom.toml"),
    /** Which slot the boot loader starts: a sector that is rewritten in place. */
    autoboot: join(firmware, "autoboot.txt"),

    /** The service's own: pipelines, recordings, plugins, tokens. */
    data: join(root, "data/stagebox"),
    /** Bundles on their way in. */
    incoming: join(root, "data/stagebox/incoming"),
    /** Versions of the executable that came by update; root's. */
    app: join(root, "data/app"),
    /** How far an update is, and how those before it went. */
    update_state: join(root, "data/app/update.json"),
    /** What whoever set the box up said of it; root's, and without a secret. */
    settings: join(root, "data/app/settings.json"),
    /** What of /etc and /var must outlast a reboot; root's, and nobody else may read it. */
    system,
    /** What of the set-up files was applied, and what of that is secret. */
    setup: join(system, "setup"),
    /** What stands in stagebox-status.txt, a file for each who has something to say there. */
    card_status: join(system, "card-status"),
    /** What was said last before something crashed, a file each. */
    crash: join(system, "crash"),

    /** Files from the card on their way to the service's user, who cannot read the card; root's, and soon gone. */
    handover: join(root, "data/handover"),

    /** Written by the service. */
    run,
    status: join(run, "status.json"),
    /** What the service asks root to do, a file each. */
    requests: join(run, "requests"),
    /** Written by root, read by the service. */
    run_system,
    update_progress: join(run_system, "update.json"),
    /** How requests went. */
    results: join(run_system, "results"),
    /** What people are to be told, a line each. */
    notes: join(run_system, "notes"),
    /** What the box's screen shows below what the service says, a few lines a file. */
    screen: join(run_system, "screen.d"),

    /** Of the image, and never changed. */
    image: join(root, "usr/lib/stagebox/image.json"),
    update_keys: join(root, "usr/share/stagebox/update-keys"),
    opt: join(root, "opt/stagebox"),
  };
}
