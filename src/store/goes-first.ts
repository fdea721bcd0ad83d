// SPDX-License-Identifier: Apache-2.0
import { writeFileSync } from "node:fs";

const MOST_WILLING = "1000";

/** When memory runs out the kernel ends that process, which works on what came from elsewhere, and no other: it would
 * inherit what holds for the service, which goes last. */
export function goesFirst(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, MOST_WILLING);
  } catch {
    // It is gone already.
  }
}
