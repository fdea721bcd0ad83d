// SPDX-License-Identifier: Apache-2.0
//
// A virtual machine whose host is busy stands still now and then, and no software on it keeps its deadlines through
// that. cyclictest, above everything else in priority, tells how long it stood: what was lost meanwhile is not the
// box's doing.

/** A stage in a process of its own is late after so long, and a group's ring full after some times that. */
const EXCUSES_MS = 50;

export class Standstill {
  readonly #cyclictest = Bun.which("cyclictest")
    ? Bun.spawn(
        ["cyclictest", "--quiet", "--mlockall", "--priority=95", "--interval=1000", "--threads", "--affinity"],
        {
          stdout: "pipe",
          stderr: "ignore",
        },
      )
    : undefined;

  /** Ends the watch: whether deadlines can be judged. Says why not, once for each `what`. */
  async permits(what: string): Promise<boolean> {
    this.#cyclictest?.kill("SIGINT");
    const report = await new Response(this.#cyclictest?.stdout ?? "").text();
    const longest_ms = Math.max(0, ...[...report.matchAll(/Max: *(\d+)/g)].map(([, us]) => Number(us) / 1000));
    if (longest_ms > EXCUSES_MS)
      console.log(`skipped: the deadlines of ${what}: the machine stood still for ${longest_ms.toFixed(0)} ms`);
    return longest_ms <= EXCUSES_MS;
  }

  /** A test that fails before it asks leaves no watch behind. */
  [Symbol.dispose](): void {
    this.#cyclictest?.kill("SIGINT");
  }
}
