// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import React from "react";
import { renderToStaticMarkup } from "react-dom/server";
import type { Panel } from "stagebox";
import { deskConsole } from "stagebox/test";

const { default: ProtocolPanel } = (await import("../ui/bundle.js" as string)) as { default: Panel };
const services = {
  "protocol.start": () => ({ file: "protocol_1.bdf" }),
  "protocol.stop": () => ({ report: "protocol/a.json" }),
};

function shown(events: Record<string, object>) {
  const console = deskConsole({ React, events, services });
  const markup = renderToStaticMarkup(React.createElement(ProtocolPanel as never, { console }));
  return { console, markup };
}

test("without a session there is one to start", async () => {
  const { console, markup } = shown({});
  expect(markup).toContain("No session");
  expect(markup).toContain('<button type="button">Start</button><button type="button" disabled="">Stop</button>');
  await console.press("Start");
  expect(console.calls).toEqual([{ service: "protocol.start", request: {} }]);
});

test("in a session its phase is there to read, and to stop", async () => {
  const { console, markup } = shown({ "protocol.phase": { label: "task", number: 2, of: 3, duration_s: 120 } });
  expect(markup).toContain(">task</output>");
  expect(markup).toContain("Phase 2 of 3, 120 s");
  expect(markup).toContain('<button type="button" disabled="">Start</button><button type="button">Stop</button>');
  await console.press("Stop");
  expect(console.calls).toEqual([{ service: "protocol.stop", request: {} }]);
});
