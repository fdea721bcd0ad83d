// SPDX-License-Identifier: Apache-2.0
import { type Components, componentsOf } from "./catalog.ts";
import { checkHandle, cstring, EngineError, type Handle, lib, STATUS } from "./engine.ts";
import { programPath } from "./program.ts";

/** What a library may use, and where it runs; native/engine/library/options.h. */
export interface LibraryOptions {
  isolation: "process" | "in-process";
  /** `main`: what of the plugin is no stage. */
  part: "stages" | "main";
  late: "dry" | "hold" | "silence";
  memory_mb: number;
  cpu_percent: number;
  file_mb: number;
  processes: number;
  open_files: number;
  /** network, processes, threads */
  permission: readonly string[];
  /** Absolute paths of files and folders. */
  read: readonly string[];
  write: readonly string[];
  /** The plugin's folder, which it may always read, and its private one, which it may also write. */
  folder?: string;
  data?: string;
  /** JSON */
  config?: string;
  /** What the library is told where it is only the adapter of a plugin: its name, the file that it is to run, and the
   * classes that its manifest declares; native/engine/library/task.h. */
  name?: string;
  file?: string;
  classes?: string;
  /** The server that computes its stages: http://HOST:PORT, https://HOST:PORT or unix:/PATH, checked. */
  service?: string;
  /** What the process becomes, for an adapter that needs that. */
  program?: string;
}

/** How long a library is waited for. */
export interface Patience {
  /** It may take so long to register. */
  limit_ms?: number;
  /** Ends the wait: then it is closed, and that is an error. */
  signal?: AbortSignal;
}

const POLL_MS = 1;
/** What registers no classes by then hangs. */
const OPEN_LIMIT_MS = 10_000;
/** A language has to be started first, from a slow card on a small board. */
const ADAPTED_LIMIT_MS = 25_000;
let hasHost = false;

/** What a library file says about itself, none of it being run. Throws EngineError: why it would be refused. */
export function inspectLibrary(path: string): { abi: string; warning?: string } {
  const json = lib.sb_library_inspect(cstring(path));
  if (json === null) throw new EngineError(STATUS.refused);
  return JSON.parse(String(json));
}

/** Why a library cannot be used, and what it wrote before that was known. */
export class LibraryError extends EngineError {
  constructor(
    status: number,
    readonly log: string,
    message?: string,
  ) {
    super(status, message);
    this.name = "LibraryError";
  }
}

/** A plugin's library, checked and ready to make instances. Nodes made from its specs keep it open. */
export class Library {
  readonly components: Components;
  /** For whoever makes something of it. */
  readonly handle: Handle;

  /** What lies at a path, or the very bytes that somebody read there and looked at. Resolves when it has registered its
   * classes. Throws EngineError for one that is refused before any of it ran, LibraryError for one that failed. */
  static async open(
    file: string | { path: string; bytes: Uint8Array },
    options: Partial<LibraryOptions> = {},
    { limit_ms = options.file === undefined ? OPEN_LIMIT_MS : ADAPTED_LIMIT_MS, signal }: Patience = {},
  ): Promise<Library> {
    if (!hasHost) lib.sb_set_plugin_host(cstring(programPath("stagebox-plugin-host")));
    hasHost = true;
    const lines = cstring(optionLines(options));
    const handle = checkHandle(
      typeof file === "string"
        ? lib.sb_library_open(cstring(file), lines)
        : lib.sb_library_open_bytes(cstring(file.path), file.bytes, file.bytes.length, lines),
    );
    for (const end = performance.now() + limit_ms; ; ) {
      const status = lib.sb_library_poll(handle);
      if (status === STATUS.ok) return new Library(handle);
      if (status < 0) throw closed(handle, status);
      if (signal?.aborted) throw closed(handle, STATUS.late, "nobody waited until it had registered");
      if (performance.now() > end)
        throw closed(handle, STATUS.late, `it has not registered within ${limit_ms / 1000} s`);
      await Bun.sleep(POLL_MS);
    }
  }

  private constructor(handle: Handle) {
    this.handle = handle;
    this.components = componentsOf(String(lib.sb_library_catalog(handle)), handle);
  }

  /** Protections in force, in words; "" where it runs in this process. */
  get sandbox(): string {
    return String(lib.sb_library_sandbox(this.handle) ?? "");
  }

  /** What it and its instances wrote since the last call. */
  log(): string {
    return String(lib.sb_library_log(this.handle) ?? "");
  }

  /** The engine lets go of it when its last node is gone. Nothing may be made from its specs afterwards. */
  close(): void {
    lib.sb_library_close(this.handle);
  }
}

/** Lets go of a library that cannot be used, and says why. */
function closed(handle: Handle, status: number, message?: string): LibraryError {
  const error = new LibraryError(status, String(lib.sb_library_log(handle) ?? ""), message);
  lib.sb_library_close(handle);
  return error;
}

function optionLines(options: Partial<LibraryOptions>): string {
  const lines = Object.entries(options).flatMap(([key, value]) =>
    value === undefined ? [] : [value].flat().map((one) => `${key}=${oneLine(String(one))}\n`),
  );
  return lines.join("");
}

function oneLine(text: string): string {
  if (/[\n\0]/.test(text)) throw new Error(`a library's option is one line: ${JSON.stringify(text)}`);
  return text;
}
