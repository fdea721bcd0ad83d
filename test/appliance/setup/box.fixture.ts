// SPDX-License-Identifier: Apache-2.0
//
// An appliance to set up, whose service does nothing but note down what it was told.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Places, placesBelow } from "../../../src/appliance/places.ts";
import type { Box } from "../../../src/appliance/setup/box.ts";
import type { ServiceAnswer, ServiceOrder } from "../../../src/appliance/setup/service-side.ts";
import { temporaryPlaces } from "../network/places.ts";

export const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFzQFmLENudfo4Cq6aWj7HM++DIZrvkD1I9pbpw6aEWn me@laptop";

const ZONE = "TZif2";

export interface TestBox extends Box {
  places: Places;
  orders: ServiceOrder[];
  commands: string[];
  /** Puts a file onto the FAT partition. */
  write(name: string, content: string | Uint8Array): void;
  read(path: string): string;
}

type Answer = (order: ServiceOrder) => ServiceAnswer[];

/** `answer`: what the service's user says to an order; without it, that all was done. */
export function testBoxes(): (answer?: Answer) => TestBox {
  const newPlaces = temporaryPlaces();
  return (answer) => {
    const { root, firmware } = newPlaces({
      "usr/share/zoneinfo/Europe/Berlin": ZONE,
      "usr/share/zoneinfo/UTC": ZONE,
      "usr/share/zoneinfo/tzdata.zi": "# version x\nZ Europe/Berlin 1 c CE%sT\nL Etc/UTC UTC\n",
      "usr/lib/stagebox/image.json": JSON.stringify({ layout: "simple", base: "debian", version: "0.1.0" }),
      "boot/firmware/config.txt": "arm_64bit=1\n",
    });
    mkdirSync(firmware, { recursive: true });
    return boxAt(root, answer);
  };
}

/** The appliance whose files lie there already. */
export function boxAt(root: string, answer: Answer = allDone): TestBox {
  const places = placesBelow(root);
  const orders: ServiceOrder[] = [];
  const commands: string[] = [];
  return {
    places,
    orders,
    commands,
    now: () => new Date("2026-11-21T18:00:00Z"),
    system: {
      async run(...words) {
        commands.push(words.join(" "));
        return "";
      },
    },
    service: {
      async obey(order) {
        orders.push(structuredClone(order));
        if (order.token !== undefined) {
          mkdirSync(places.data, { recursive: true });
          writeFileSync(join(places.data, "admin-token"), order.token);
        }
        return answer(order);
      },
    },
    write: (name, content) => writeFileSync(join(places.firmware, name), content),
    read: (path) => readFileSync(join(root, path), "utf8"),
  };
}

function allDone({ token, plugins, pipeline }: ServiceOrder): ServiceAnswer[] {
  return [
    ...(token === undefined ? [] : [{ part: "token" as const, done: "token", problems: [] }]),
    ...plugins.map((_, index) => ({ part: "plugin" as const, index, done: `plugin ${index}`, problems: [] })),
    ...(pipeline ? [{ part: "pipeline" as const, done: "pipeline", problems: [] }] : []),
  ];
}
