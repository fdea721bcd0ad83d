// SPDX-License-Identifier: Apache-2.0
//
// What is granted, of what is asked for; folders: stands for those that the operator names.
import { describe, expect, test } from "bun:test";
import { grantedBy } from "../../../src/cli/plugin/permissions.ts";
import { ProblemsError } from "../../../src/pipeline/problem.ts";
import {
  grantedPermissions,
  grantProblems,
  NO_PERMISSIONS,
  permissionDifference,
} from "../../../src/plugins/choices/permissions.ts";

const fixed = { ...NO_PERMISSIONS, log: true, read: ["recordings:", "/etc/hosts"] };
const any = { ...NO_PERMISSIONS, log: true, read: ["recordings:", "folders:"] };
const reads = (...read: string[]) => ({ ...NO_PERMISSIONS, read });

describe("folders:", () => {
  test("any folder can be granted to who asks for that, and to nobody else", () => {
    const named = ["/srv/b/", "/srv/a", "recordings:", "/srv/a"];
    expect(grantedPermissions(any, { read: named }).read).toEqual(["recordings:", "/srv/a", "/srv/b/"]);
    expect(grantedPermissions(fixed, { read: named }).read).toEqual(["recordings:"]);
    expect(grantedPermissions(any, { write: ["/srv/a"] }).write).toEqual([]);
    expect(grantedPermissions(any, any).read).toEqual(["recordings:"]);
  });

  test("what is no folder's own name is not granted", () => {
    for (const odd of ["folders:", "srv/a", "/srv/../etc", "/srv/./a", "/srv\n/etc", ""])
      expect([odd, grantedPermissions(any, { read: [odd] }).read]).toEqual([odd, []]);
    expect(grantProblems(any, { read: ["/srv/a", "folders:", "/srv/../etc"] }).map(({ message }) => message)).toEqual([
      'folders: stands for folders that you choose: name them, as in "/srv/recordings"',
      'the plugin does not ask for read of "/srv/../etc"; leave it out',
    ]);
  });

  test("one folder is what was asked for; none is what is missing", () => {
    expect(permissionDifference(reads(), any)).toEqual(["+ log", "+ read recordings:", "+ read folders:"]);
    expect(permissionDifference(reads("recordings:"), any)).toEqual(["+ log", "+ read folders:"]);
    expect(permissionDifference({ ...reads("/srv/a", "/srv/b"), log: true }, any)).toEqual(["+ read recordings:"]);
    expect(permissionDifference(reads("/srv/a"), reads("/srv/b"))).toEqual(["+ read /srv/b", "- read /srv/a"]);
  });

  test("on the command line, all stands for all but what only a person can name", () => {
    expect(grantedBy(["all"], any, "it").read).toEqual(["recordings:"]);
    expect(grantedBy(["all", "read=/srv/a"], any, "it")).toMatchObject({ log: true, read: ["recordings:", "/srv/a"] });
    expect(grantedBy(["read=/srv/a"], any, "it")).toMatchObject({ log: false, read: ["/srv/a"] });
    expect(grantedBy(["none"], any, "it")).toEqual(NO_PERMISSIONS);
    const refused = () => grantedBy(["read=/srv/a"], fixed, "it");
    expect(refused).toThrow(ProblemsError);
    expect(refused).toThrow("is not what it asks for; it asks for log, read=recordings:, read=/etc/hosts or all");
  });
});
