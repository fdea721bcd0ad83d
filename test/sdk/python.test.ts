// SPDX-License-Identifier: Apache-2.0
//
// The SDK of Python by unittest, with Debian's Python and numpy, as a box has them.
import { expect, test } from "bun:test";
import { hasNumpy, unittest } from "./unittest.fixture.ts";

test.skipIf(!hasNumpy)("the SDK of Python", async () => expect(await unittest("sdk/python/tests")).toBe("OK"), 60_000);
