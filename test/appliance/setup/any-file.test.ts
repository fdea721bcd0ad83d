// SPDX-License-Identifier: Apache-2.0
//
// Whatever stands on the card: nothing throws, the second start finds nothing to do, no secret gets out.
import { expect, test } from "bun:test";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { reportLines } from "../../../src/appliance/setup/report.ts";
import { setUp } from "../../../src/appliance/setup/setup.ts";
import { KEY, type TestBox, testBoxes } from "./box.fixture.ts";

const MINUTE = 60_000;
const RUNS = process.env.STAGEBOX_QUICK ? 20 : 100;
const newBox = testBoxes();

/** All that people or the service can read of a set-up. */
function told({ places }: TestBox): string {
  const notes = join(places.notes, "setup");
  return [places.setup_status, notes]
    .map((path) => {
      try {
        return readFileSync(path, "utf8");
      } catch {
        return "";
      }
    })
    .join("\n");
}

const line = fc.constantFrom(
  'hostname = "lab"',
  "hostname = lab",
  "hostname = “lab”",
  'timezone = "Europe/Berlin"',
  'timezone = "../../../etc/shadow"',
  'pipeline = "../x.yaml"',
  'plugins = ["a.zip", "https://x.org/y.zip", 7]',
  'plugins = "/etc/passwd"',
  'board = "pieeg-8"',
  "[wifi]",
  "wifi = 7",
  'ssid = "Home"',
  'ssid = "a\\nb"',
  'country = "de"',
  "[ssh]",
  `keys = ["${KEY}", "x"]`,
  "[admin]",
  "[update]",
  "health_seconds = 90",
  "[access_point]",
  "enabled = false",
  "[[wifi]]",
  "# comment",
  '"""',
  "\u00a0",
  "=",
  'config_version = "1.0"',
  "[wlan]",
  "[user]",
);
const secret = fc.constantFrom("hunter22hunter22", "hunter22", "hunter22 “§”", "$6$hunter22hunter22hunter22", "hunter");
const secretLine = fc
  .tuple(fc.constantFrom("password", "token", "wifi.password", "admin.token", "passwrod", "Token"), secret, fc.nat(2))
  .map(([key, value, style]) => `${key} = ${[`"${value}"`, `'${value}'`, value][style]}`);
const file = fc
  .array(fc.oneof({ weight: 3, arbitrary: line }, { weight: 1, arbitrary: secretLine }), { maxLength: 12 })
  .chain((lines) => fc.constantFrom("\n", "\r\n", "\r").map((end) => lines.join(end)));
const encoded = fc
  .tuple(fc.oneof(file, fc.string({ unit: "binary" })), fc.constantFrom("utf8", "utf16le", "latin1"))
  .map(([text, encoding]) => Buffer.from(text, encoding as BufferEncoding));

test(
  "whatever the files say",
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("stagebox.toml", "rpi-preseed.toml", "custom.toml"),
        encoded,
        async (name, bytes) => {
          const box = newBox();
          box.write(name, bytes);
          const report = await setUp(box);
          expect(report).toBeDefined();
          const said = [told(box), ...(report ? reportLines(report) : []), ...box.commands].join("\n");
          expect(said).not.toContain("hunter");
          const names = readdirSync(box.places.firmware);
          expect(await setUp(box)).toBeUndefined();
          expect(readdirSync(box.places.firmware)).toEqual(names);
          rmSync(box.places.root, { recursive: true });
        },
      ),
      { numRuns: RUNS },
    );
  },
  3 * MINUTE,
);
