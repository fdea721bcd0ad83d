// SPDX-License-Identifier: Apache-2.0
import { createServer } from "node:net";
import { type Finding, ok, problem } from "./finding.ts";

const ANSWER_MS = 1000;

export async function port(number: number): Promise<Finding> {
  const code = await tryListen(number);
  if (code === undefined) return ok("port", number === 0 ? "any" : `${number} is free`);
  if (code === "EACCES")
    return problem("port", `${number} is for the system's own programs`, "choose one above 1023 with --port");
  if (code !== "EADDRINUSE") return problem("port", `${number} cannot be had (${code})`, "choose another with --port");
  if (await isStagebox(number)) return ok("port", `a Stagebox runs at ${number}`);
  const remedy = `stop the program that has it (ss -ltnp 'sport = :${number}'), or choose another with --port`;
  return problem("port", `${number} is taken`, remedy);
}

/** Why the port cannot be had; undefined if it can. */
function tryListen(number: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ port: number, host: "0.0.0.0", exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

async function isStagebox(number: number): Promise<boolean> {
  try {
    const url = `http://127.0.0.1:${number}/api/health/live`;
    const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS), redirect: "error" });
    return ((await answer.json()) as { status?: unknown }).status === "ok";
  } catch {
    return false;
  }
}
