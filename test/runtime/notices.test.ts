// SPDX-License-Identifier: Apache-2.0
import { expect, spyOn, test } from "bun:test";
import { EventBus } from "../../src/runtime/events.ts";
import { Notices } from "../../src/runtime/notices.ts";

test("notices are told once in a row, to everybody, and the latest are kept", () => {
  const log = spyOn(console, "error").mockImplementation(() => {});
  const events = new EventBus();
  const told: unknown[] = [];
  events.subscribe(({ data }) => told.push(data.message));
  const notices = new Notices(events);
  for (const message of ["full", "full", "other", "full"]) notices.tell(message);
  expect(told).toEqual(["full", "other", "full"]);
  expect(log).toHaveBeenCalledTimes(3);
  for (let i = 0; i < 1000; i++) notices.tell(`${i}`);
  expect(notices.all()).toHaveLength(50);
  expect(notices.all().at(-1)).toBe("999");
  log.mockRestore();
});
