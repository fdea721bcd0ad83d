// SPDX-License-Identifier: Apache-2.0
//
// The library of a plugin under stagebox-plugin-check (native/plugin-check): each case in a process of its own, in the
// sandbox that the plugin would have. Whatever it does there, lines come back.
import type { NativeParam } from "../../native/catalog.ts";
import { programCommand } from "../../native/program.ts";
import type { CaseResult } from "./case-result.ts";

/** What the library says about a component of its own. */
export interface RegisteredComponent {
  type: string;
  role: "stage" | "source" | "sink";
  input: string;
  output: string;
  params: NativeParam[];
}

export interface LibraryCheck {
  /** Absolute. */
  library: string;
  /** As sb_library_open takes them: `memory_mb=64`. */
  options: readonly string[];
  seed: number;
  quick: boolean;
  /** Only this one of its types. */
  stage?: string;
  signal: AbortSignal;
}

type Line = { component: RegisteredComponent } | (CaseResult & { seed: number });

/** Every line as it comes. What the plugin writes itself is left out. */
export async function* checkLibrary(check: LibraryCheck): AsyncGenerator<CaseResult | RegisteredComponent> {
  const { library, options, seed, quick, stage, signal } = check;
  const words = ["--seed", String(seed), ...(quick ? ["--quick"] : []), ...(stage ? ["--stage", stage] : [])];
  const program = Bun.spawn([...programCommand("stagebox-plugin-check"), ...words, library, ...options], {
    env: { ...process.env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "ignore",
    signal,
  });
  try {
    for await (const text of linesOf(program.stdout)) {
      const line = JSON.parse(text) as Line;
      if ("component" in line) yield line.component;
      else yield { ...line, seed: undefined } as CaseResult;
    }
    const code = await program.exited;
    signal.throwIfAborted();
    if (code !== 0) throw new Error(`stagebox-plugin-check ended with ${program.signalCode ?? code}`);
  } finally {
    program.kill();
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}
