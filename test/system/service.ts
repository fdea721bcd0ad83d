// SPDX-License-Identifier: Apache-2.0
//
// A real service in a process of its own, on loopback and any free port, with a data folder of its own.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Subprocess } from "bun";
import { ApiClient } from "./api-client.ts";

export type { Answer } from "./api-client.ts";

export const root = join(import.meta.dir, "../..");
export const quick = Boolean(process.env.STAGEBOX_QUICK);

const READY_MS = 20_000;
const STOP_MS = 10_000;
const fromSource = [process.execPath, join(root, "src/main.ts")];

export interface ServiceOptions {
  /** File or name. */
  pipeline?: string;
  input?: string;
  speed?: number | "max";
  /** Kept when the service ends; without it a new one, deleted by `discard`. */
  data?: string;
  /** The executable, or what stands before the arguments. */
  command?: readonly string[];
  /** Beside its own environment. */
  environment?: Record<string, string>;
}

export class Service extends ApiClient {
  private constructor(
    readonly process: Subprocess<"ignore", "pipe", "pipe">,
    readonly port: number,
    readonly data: string,
    readonly token: string,
    /** What it said on standard error, complete once it has ended. */
    readonly errors: Promise<string>,
  ) {
    super();
  }

  /** Resolves when it answers. */
  static async start(options: ServiceOptions = {}): Promise<Service> {
    const data = options.data ?? newFolder();
    const port = freePort();
    const child = Bun.spawn([...(options.command ?? fromSource), "run", ...argumentsOf(options, port, data)], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
      cwd: data,
      env: { ...process.env, ...options.environment },
    });
    void new Response(child.stdout).text();
    const errors = new Response(child.stderr).text();
    const deadline = Date.now() + READY_MS;
    while (!(await answers(port))) {
      if (child.exitCode === null && Date.now() < deadline) await Bun.sleep(20);
      else {
        child.kill("SIGKILL");
        throw new Error(`the service did not start: ${await errors}`);
      }
    }
    const token = readFileSync(join(data, "admin-token"), "utf8").trim();
    return new Service(child, port, data, token, errors);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get recordings(): string {
    return join(this.data, "recordings");
  }

  residentBytes(): number {
    const pages = Number(readFileSync(`/proc/${this.process.pid}/statm`, "utf8").split(" ")[1]);
    return pages * 4096;
  }

  /** Exit code, or minus the signal's number. */
  async stop(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<number> {
    this.process.kill(signal);
    const late = setTimeout(() => this.process.kill("SIGKILL"), STOP_MS);
    const code = await this.process.exited;
    clearTimeout(late);
    return code;
  }

  /** Ends it at once and deletes its data. */
  async discard(): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) await this.stop("SIGKILL");
    rmSync(this.data, { recursive: true, force: true });
  }
}

export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), "stagebox-system-"));
}

/** Waits until it says something else than undefined and false; throws when it takes too long. */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  timeout_ms = 15_000,
): Promise<Exclude<T, undefined | false>> {
  for (const deadline = Date.now() + timeout_ms; ; await Bun.sleep(10)) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen as Exclude<T, undefined | false>;
    if (Date.now() > deadline) throw new Error(`waited ${timeout_ms} ms in vain: ${what}`);
  }
}

/** `stagebox process`: rows of the features, in order, and their means. */
export function processRecording(pipeline: string, input: string, ...more: string[]) {
  const started = performance.now();
  const { stdout, stderr, exitCode } = Bun.spawnSync([
    ...fromSource,
    ...["process", join(root, "pipelines", `${pipeline}.yaml`), "--input", input, "--json", ...more],
  ]);
  const seconds = (performance.now() - started) / 1000;
  const text = stdout.toString();
  if (exitCode !== 0) throw new Error(`process ended with ${exitCode}: ${stderr}`);
  const lines = text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  return {
    text,
    seconds,
    rows: lines.slice(0, -1) as FeatureRow[],
    summary: lines.at(-1)?.summary as Record<string, Record<string, number>>,
  };
}

export interface FeatureRow {
  stage: string;
  t_s: number;
  values: Record<string, number | null>;
}

const recordingsFolder = process.env.STAGEBOX_TEST_DATA ?? join(root, "../shared/data");

/** Path of a real recording; undefined, with a notice, where the recordings are absent. */
export function realRecording(name: string): string | undefined {
  const path = join(recordingsFolder, name);
  if (existsSync(path)) return path;
  console.log(`skipped: no ${name} in ${recordingsFolder}; set STAGEBOX_TEST_DATA to the folder of recordings`);
  return undefined;
}

/** Whether the system's Python has these modules; says so where it has not. */
export function python(...modules: string[]): boolean {
  if (Bun.spawnSync(["/usr/bin/python3", "-c", `import ${modules.join(", ")}`]).success) return true;
  console.log(`skipped: /usr/bin/python3 cannot import ${modules.join(" or ")}`);
  return false;
}

function argumentsOf({ pipeline, input, speed }: ServiceOptions, port: number, data: string): string[] {
  return [
    ...(pipeline === undefined ? [] : [pipeline]),
    ...(input === undefined ? [] : ["--input", input]),
    ...(speed === undefined ? [] : ["--speed", String(speed)]),
    ...["--port", String(port), "--data", data],
  ];
}

export function freePort(): number {
  const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  server.stop(true);
  return server.port;
}

async function answers(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/api/health/live`)).ok;
  } catch {
    return false;
  }
}
