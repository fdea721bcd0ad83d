// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import type { Pulse } from "../../src/runtime/box.ts";
import { Progress } from "../../src/runtime/progress.ts";

/** A box whose counters a test sets, and what is made of them. */
function watched(start: Partial<Pulse> = {}) {
  const pulse: Pulse = { state: "running", run: 1, uptime_s: 0, packet_s: 0.008, packets: 0, waits: 0, ...start };
  const progress = new Progress({ pulse: () => pulse });
  return (change: Partial<Pulse> = {}) => {
    Object.assign(pulse, change);
    return progress.look();
  };
}

test("a box that runs nothing, or whose recording is over, has nothing to do", () => {
  for (const state of ["stopped", "ended"] as const) {
    const look = watched({ state });
    expect([look(), look({ uptime_s: 1e6 })]).toEqual(["idle", "idle"]);
  }
});

test("packets move from the first one on, until none has moved for five seconds", () => {
  const look = watched();
  expect(look({ uptime_s: 4.9 })).toBe("starting");
  expect(look({ uptime_s: 5, packets: 1 })).toBe("moving");
  expect(look({ uptime_s: 9.9 })).toBe("moving");
  expect(look({ uptime_s: 10.1 })).toBe("stuck");
  expect(look({ uptime_s: 10.2, packets: 2 })).toBe("moving");
});

test("a pipeline that never moves is stuck after five seconds, not at once", () => {
  const look = watched();
  expect([look({ uptime_s: 1 }), look({ uptime_s: 5.1 })]).toEqual(["starting", "stuck"]);
});

test("a source that says it has nothing is waited for, however long, and one that says nothing is not", () => {
  const look = watched();
  expect(look({ uptime_s: 6, waits: 600 })).toBe("waiting");
  expect(look({ uptime_s: 600, waits: 60_000 })).toBe("waiting");
  expect(look({ uptime_s: 606 })).toBe("stuck");
  expect(look({ uptime_s: 607, waits: 60_100, packets: 1 })).toBe("moving");
});

test("packets that last longer than that are waited for", () => {
  const look = watched({ packet_s: 30 });
  expect(look({ uptime_s: 31, packets: 1 })).toBe("moving");
  expect(look({ uptime_s: 90 })).toBe("moving");
  expect(look({ uptime_s: 92 })).toBe("stuck");
});

test("another pipeline begins anew, and an edit that makes counters fall does not", () => {
  const look = watched();
  expect(look({ uptime_s: 100, packets: 1000 })).toBe("moving");
  expect(look({ uptime_s: 104, packets: 10 })).toBe("moving");
  expect(look({ uptime_s: 108 })).toBe("moving");
  expect(look({ run: 2, uptime_s: 0.1, packets: 0 })).toBe("starting");
  expect(look({ uptime_s: 0.2, packets: 10 })).toBe("moving");
});

test("a source that failed is a fault, whatever moved", () => {
  expect(watched({ state: "fault", packets: 3 })()).toBe("fault");
});
