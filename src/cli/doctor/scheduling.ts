// SPDX-License-Identifier: Apache-2.0
import type { WakeUp } from "../bench/wake.ts";
import { type Finding, note, ok, type ReadText } from "./finding.ts";

const LATE_US = 1000;

/** From a short live run: whether real-time scheduling is really had, and what came of it. */
export function scheduling({ realtime, p50_us, p99_us }: WakeUp): Finding[] {
  const times = `half of all wake-ups within ${Math.round(p50_us)} us, 99 % within ${Math.round(p99_us)} us`;
  const granted = realtime
    ? ok("real time", "SCHED_FIFO was granted")
    : note(
        "real time",
        "SCHED_FIFO was not granted: other programs delay the signal",
        "LimitRTPRIO=95 in the systemd unit; in a shell `ulimit -r 95` or a line `USER - rtprio 95` in /etc/security/limits.d/stagebox.conf; in a container --cap-add SYS_NICE",
      );
  const late = p99_us < LATE_US;
  return [
    granted,
    late
      ? ok("wake-up", times)
      : note(
          "wake-up",
          times,
          realtime ? "look for what keeps the processor busy (`top`), or isolate a core" : "see real time",
        ),
  ];
}

/** What is swapped out comes back from the card, long after its block was due. */
export function memory(read: ReadText): Finding {
  const swaps = (read("/proc/swaps") ?? "").split("\n").slice(1).filter(Boolean);
  const limit = read("/proc/self/limits")?.match(/^Max locked memory\s+(\S+)/m)?.[1] ?? "unlimited";
  const lockable = limit === "unlimited" ? "any amount" : `${Math.floor(Number(limit) / 2 ** 20)} MB`;
  if (swaps.length === 0) return ok("memory", `no swap; ${lockable} may be locked`);
  return note(
    "memory",
    `swap is on (${swaps.map((line) => line.split(/\s/)[0]).join(", ")}): under pressure the signal waits for it`,
    "sudo swapoff -a, and take it out of /etc/fstab",
  );
}
