// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { changeSettings, readSettings } from "../../src/appliance/settings.ts";
import { temporaryPlaces } from "./network/places.ts";

const newPlaces = temporaryPlaces();
const DEFAULTS = { update: { health_seconds: 60 } };

test("what was not said has its default, and stays when something else is said", async () => {
  const places = newPlaces();
  expect(readSettings(places)).toEqual(DEFAULTS);
  await changeSettings(places, { board: "pieeg-8" });
  await changeSettings(places, { update: { health_seconds: 90 } });
  expect(readSettings(places)).toEqual({ board: "pieeg-8", update: { health_seconds: 90 } });
});

test.each([
  "",
  "null",
  "[]",
  '"x"',
  '{"board": 7, "update": 7}',
  '{"board": "../x", "update": {"channel": "http://x.org", "health_seconds": 0}}',
  '{"update": {"channel": "https://u:p@x.org", "health_seconds": "60"}}',
])("what cannot be used counts as not said: %s", (text) => {
  const places = newPlaces();
  mkdirSync(places.app, { recursive: true });
  writeFileSync(places.settings, text);
  expect(readSettings(places)).toEqual(DEFAULTS);
});
