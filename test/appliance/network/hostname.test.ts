// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import { hostnameProblem } from "../../../src/appliance/network/hostname.ts";

test.each(["stagebox", "Stagebox-2", "a", "3com", "x".repeat(63)])("%s is a host's name", (name) => {
  expect(hostnameProblem(name)).toBeUndefined();
});

test.each([
  ["", "is missing"],
  [7, "is missing"],
  ["stagebox.local", 'is without .local: "stagebox"'],
  ["a.b", "is of letters"],
  ["-box", "is of letters"],
  ["box-", "is of letters"],
  ["my box", "is of letters"],
  ["b\nx", "is of letters"],
  ["box\n", "is of letters"],
  ["böx", "is of letters"],
  ["x".repeat(64), "has 64 characters"],
  ["192", "is not of digits alone"],
  ["localhost", "is every computer's name"],
])("%j is none", (name, problem) => {
  expect(hostnameProblem(name)).toContain(problem);
});
