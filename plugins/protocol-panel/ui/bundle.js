// SPDX-License-Identifier: Apache-2.0
//
// A plugin that is nothing but a part of a console: all that it does, it asks the plugin protocol to do.

/** @type {import("stagebox").Panel} */
export default function ProtocolPanel({ console: { React, useEvent, call } }) {
  const h = React.createElement;
  const [words, setWords] = React.useState("");
  const { label = "", number = 0, of = 0, duration_s = 0 } = useEvent("protocol.phase")?.data ?? {};
  const isRunning = label !== "";

  async function ask(service) {
    try {
      const { file, report } = await call(service, {});
      setWords(file ? `Records ${file}` : `Wrote ${report}`);
    } catch (error) {
      setWords(error.message);
    }
  }

  return h(
    "section",
    { "aria-label": "Protocol" },
    h("output", { style: { fontSize: "3rem" } }, isRunning ? label : "No session"),
    isRunning && h("p", null, `Phase ${number} of ${of}, ${duration_s} s`),
    h(
      "p",
      null,
      h("button", { type: "button", disabled: isRunning, onClick: () => ask("protocol.start") }, "Start"),
      h("button", { type: "button", disabled: !isRunning, onClick: () => ask("protocol.stop") }, "Stop"),
    ),
    h("p", { role: "status" }, words),
  );
}
