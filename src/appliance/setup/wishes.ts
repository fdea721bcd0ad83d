// SPDX-License-Identifier: Apache-2.0
//
// What a box can be told by a file on its card, whichever file that was.
import type { Path, Place } from "../../pipeline/document.ts";

export interface Settings {
  hostname: string;
  /** A name of the time zone database: Europe/Berlin. */
  timezone: string;
  wifi: WifiSettings;
  access_point: AccessPointSettings;
  login: LoginSettings;
  ssh: SshSettings;
  admin: { token: string };
  update: UpdateSettings;
  board: string;
  plugins: PluginSource[];
  /** A pipeline's name, or a file beside the set-up file. */
  pipeline: string;
}

export interface WifiSettings {
  ssid: string;
  /** "" stands for an open network; absent, for the one that this network has already. */
  password?: string;
  country?: string;
  hidden?: boolean;
}

/** What is absent stays as it is. */
export interface AccessPointSettings {
  ssid?: string;
  password?: string;
  enabled?: boolean;
}

export interface LoginSettings {
  name?: string;
  /** As /etc/shadow has it. */
  password_hash?: string;
}

export interface SshSettings {
  keys: string[];
  /** Lets in with the password as well. */
  password_authentication: boolean;
}

export interface UpdateSettings {
  channel?: string;
  health_seconds?: number;
}

export interface PluginSource {
  /** A zip file or folder beside the set-up file, or the address of a zip file. */
  source: string;
  place: Place;
}

/** What a step has to say when it is done. */
export interface Done {
  words: string;
  /** It counts only once the box was started again. */
  restart: boolean;
}

/** One setting, and where it was asked for. */
export interface Wish<T> {
  value: T;
  place: Place;
  /** Where in the file its secrets stand. */
  secrets: readonly Path[];
}

export type Wishes = { [K in keyof Settings]?: Wish<Settings[K]> };
