// SPDX-License-Identifier: Apache-2.0
//
// The network as the service knows it and changes it: it sees what everybody may see, and asks root for the rest.
import { hostname } from "node:os";
import { readImage } from "../image.ts";
import type { Places } from "../places.ts";
import { askRoot } from "../requests/ask-root.ts";
import { announcedName } from "./announced-name.ts";
import { type Card, networkCards } from "./cards.ts";
import { checkConnectWifi } from "./connect-wifi.ts";
import { type NetworkState, readNetworkState } from "./state.ts";
import { machine, type System } from "./system.ts";

export interface NetworkView extends NetworkState {
  hostname: string;
  /** What the box is found by: stagebox.local; another where a box of the same name was there first. */
  announced: string;
  cards: Card[];
}

export class BoxNetwork {
  constructor(
    private readonly places: Places,
    private readonly system: System = machine,
  ) {}

  /** Whether the box may join another network by itself: on a laptop or a server it may not. */
  get isOwn(): boolean {
    return readImage(this.places) !== undefined;
  }

  /** What root has found out. */
  state(): NetworkState {
    return readNetworkState(this.places);
  }

  async view(): Promise<NetworkView> {
    const [name] = hostname().split(".", 1);
    const announced = await announcedName(this.system);
    return { hostname: name as string, announced, cards: networkCards(this.places), ...this.state() };
  }

  /** `{ssid, password, country, hidden, hostname}`. Throws ProblemsError. Resolves once root has been asked. */
  async connect(request: object): Promise<void> {
    checkConnectWifi(request);
    await askRoot(this.places, "wifi", request);
  }
}
