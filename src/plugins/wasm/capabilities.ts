// SPDX-License-Identifier: Apache-2.0
//
// What a box lends to a component (plugins/wit/capabilities.wit), as functions of this process.
import type { Value } from "./values.ts";

export const CAPABILITIES = ["log", "config", "filesystem", "watch", "relay", "services"] as const;
export type Capability = (typeof CAPABILITIES)[number];

export const PACKAGE = "stagebox:plugin";
export const VERSION = "@0.1.0";

/** As the component model names it: `stagebox:plugin/log@0.1.0`. */
export function interfaceId(name: string): string {
  return `${PACKAGE}/${name}${VERSION}`;
}

export const LOG_LEVELS = ["debug", "info", "warning", "error"] as const;
export type FileKind = "file" | "directory" | "other";
export type FileError = "not-granted" | "not-found" | "not-a-directory" | "bad-path" | "too-many" | "io";
export type RelayError = { tag: "not-granted" } | { tag: "bad-payload"; val: string } | { tag: "too-fast" };
export type ServiceError = { tag: "not-granted" } | { tag: "bad-payload"; val: string } | { tag: "too-many" };

/** Each as far as it was granted. What may fail throws CapabilityError. */
export interface Capabilities {
  log?: { write(level: (typeof LOG_LEVELS)[number], message: string): void };
  config?: { get(id: string): Value | undefined };
  filesystem?: {
    grants(): string[];
    listDir(grant: string, path: string): { name: string; kind: FileKind }[];
    readMetadata(grant: string, path: string): { kind: FileKind; size: bigint; modifiedMs: bigint };
  };
  watch?: {
    subscribe(grant: string, path: string, debounceMs: number): number;
    unsubscribe(subscription: number): void;
  };
  relay?: { publish(channel: string, payload: string): void };
  services?: {
    call(service: string, request: string): number;
    answer(request: number, answer: string): void;
    refuse(request: number, words: string): void;
  };
}

/** What a component is told: its function returns this as its error. */
export class CapabilityError extends Error {
  constructor(readonly payload: FileError | RelayError | ServiceError) {
    super(typeof payload === "string" ? payload : payload.tag);
    this.name = "CapabilityError";
  }
}

/** What in plugin.toml asks for it. A stage only computes: the last three are for a plugin's [main]. */
const PERMISSIONS: Record<Capability, string> = {
  ...{ log: "log under [permissions]", config: "config under [permissions]", filesystem: "read under [permissions]" },
  ...{ watch: "watch and read under [permissions]", relay: "publish under [permissions]" },
  services: "services under [permissions]",
};

/** A call of what was not granted. It ends the component. */
export class MissingGrant extends Error {
  constructor(
    readonly capability: Capability,
    called: string,
  ) {
    super(
      `it called ${called} of ${capability}, which it was not granted; ` +
        `ask for ${PERMISSIONS[capability]}, and grant it: stagebox plugin enable ID --grant all`,
    );
    this.name = "MissingGrant";
  }
}

/** The functions of an interface that was not granted, by their names in WIT: all of them refuse. */
export function refusing(capability: Capability, functions: readonly string[]): Record<string, () => never> {
  const refuse = (name: string) => () => {
    throw new MissingGrant(capability, name);
  };
  return Object.fromEntries(functions.map((name) => [camelCase(name), refuse(name)]));
}

/** As the translator names functions in JavaScript. */
function camelCase(name: string): string {
  return name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
