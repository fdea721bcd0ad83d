// SPDX-License-Identifier: Apache-2.0
//
// What of waveform-scanner is arithmetic: pages that fit an event, and what differs between two looks.
import { expect, test } from "bun:test";
import { join } from "node:path";
import fc from "fast-check";
import { PAYLOAD_LIMITS } from "../../../src/plugins/bus/message.ts";

const source = join(import.meta.dir, "../../../plugins/waveform-scanner/src");
const { pagesOf, pageFrom } = await import(join(source, "pages.js"));
const { changes } = await import(join(source, "changes.js"));

interface Recording {
  folder: string;
  path: string;
  bytes: number;
  modified_ms: number;
}

const recording = fc.record({
  folder: fc.constantFrom("recordings", "/media/usb"),
  path: fc.string({ unit: "grapheme", minLength: 1, maxLength: 300, size: "max" }),
  bytes: fc.nat(),
  modified_ms: fc.nat(),
});
const keyOf = ({ folder, path }: Recording) => `${folder} ${path}`;
const recordings = fc.uniqueArray(recording, { selector: keyOf, maxLength: 200, size: "max" });

test("each page fits an event, and all of them are all", () => {
  fc.assert(
    fc.property(recordings, (all) => {
      const pages: Recording[][] = pagesOf(all);
      expect(pages.flat()).toEqual(all);
      for (const page of pages) {
        const event = JSON.stringify({ total: all.length, page: 99, pages: 99, recordings: page });
        expect(page.length).toBeGreaterThan(0);
        expect(Buffer.byteLength(event)).toBeLessThan(PAYLOAD_LIMITS.event_bytes);
      }
      expect(pageFrom(all, all.length)).toEqual([]);
    }),
    { numRuns: 30 },
  );
});

test("what is told, done to what was there, comes to what is there", () => {
  fc.assert(
    fc.property(recordings, recordings, fc.func(fc.boolean()), (one, other, stays) => {
      const after = [...one.filter(stays), ...other.filter((it) => !one.some((old) => keyOf(old) === keyOf(it)))];
      const there = new Map(one.map((it) => [keyOf(it), it]));
      for (const { change, ...it } of changes(one, after)) {
        expect(there.has(keyOf(it))).toBe(change !== "new");
        if (change === "gone") there.delete(keyOf(it));
        else there.set(keyOf(it), it);
      }
      expect([...there.values()].toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))).toEqual(
        after.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)),
      );
      const [first] = after;
      if (first)
        expect(changes(after, [{ ...first, bytes: first.bytes + 1 }, ...after.slice(1)])).toEqual([
          { change: "changed", ...first, bytes: first.bytes + 1 },
        ]);
    }),
    { numRuns: 30 },
  );
});
