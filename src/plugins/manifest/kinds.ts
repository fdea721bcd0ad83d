// SPDX-License-Identifier: Apache-2.0
//
// What each kind of runtime is to the rest of Stagebox: the one table in which the kind of a plugin decides. A further
// kind is a row here, a row in build/builders.ts, and an adapter (native/runtimes/).
import { quote } from "../../pipeline/words.ts";
import type { Manifest } from "../plugin.ts";

export type RuntimeKind = Manifest["runtime"]["kind"];

export interface Kind {
  /** The key of [runtime] that names what is run: a file, or a server. */
  key: "library" | "script" | "component" | "address";
  /** The file that stands for it, where that key names none. */
  file?: string;
  /** How that file's name ends, and that of all files of the folder which are its code. */
  extension: string;
  /** What the engine opens in the plugin's place; absent: the file itself, which is a library. With one the classes are
   * those that [stages] declares, and not what a library registers. */
  adapter?: string;
  /** `stagebox plugin build` makes that file. */
  is_compiled: boolean;
  /** What has its main part: what has its stages, or a script of its own; absent: it can have none. */
  main?: "same" | "script";
  /** It reaches nothing but what it is lent: there are permissions even for its log and its settings. */
  isLent?: boolean;
  /** Its process becomes the executable of Stagebox, as Bun. */
  becomesBun?: boolean;
  /** Of [limits] memory_mb, with what the language itself takes: unless the manifest says otherwise, and at least. */
  memory_mb: { usual: number; least: number };
}

export const KINDS: Record<RuntimeKind, Kind> = {
  native: { key: "library", extension: ".so", is_compiled: true, main: "same", memory_mb: { usual: 64, least: 8 } },
  // Address space is what counts: numpy takes 80 MB of it, and a BLAS another 130 once it multiplies matrices.
  python: {
    ...{ key: "script", extension: ".py", adapter: "libstagebox_python.so", is_compiled: false, main: "script" },
    memory_mb: { usual: 384, least: 128 },
  },
  // What the engine of the language reserves is no address space that counts; what it uses is.
  script: {
    ...{ key: "script", extension: ".ts", adapter: "libstagebox_script.so", is_compiled: false, main: "script" },
    ...{ becomesBun: true, memory_mb: { usual: 192, least: 96 } },
  },
  wasm: {
    ...{ key: "component", extension: ".wasm", adapter: "libstagebox_script.so", is_compiled: true, main: "same" },
    ...{ isLent: true, becomesBun: true, memory_mb: { usual: 192, least: 96 } },
  },
  // Its code is elsewhere: what the box has of it is what the manifest says.
  service: {
    ...{ key: "address", file: "plugin.toml", extension: ".toml", is_compiled: false },
    ...{ adapter: "libstagebox_script.so", becomesBun: true, memory_mb: { usual: 192, least: 96 } },
  },
};

/** Why this version cannot run that kind, which another may know. */
export function kindProblem(kind: string): string | undefined {
  return Object.hasOwn(KINDS, kind) ? undefined : `runtime kind ${quote(kind)} is not supported by this version`;
}

export function kindOf({ runtime }: Pick<Manifest, "runtime">): Kind {
  return KINDS[runtime.kind];
}
