// SPDX-License-Identifier: Apache-2.0
//
// The electrodes on a head seen from above, coloured by what the stage signal_quality says of them. React and the signal
// come from the console, so that nothing has to be bundled.

/** Where the electrodes of the 10-20 system are: to the right and to the front, a head's radius being 1. */
const PLACES = {
  ...{ Fp1: [-0.25, 0.77], Fp2: [0.25, 0.77], Fpz: [0, 0.81], Oz: [0, -0.81], O1: [-0.25, -0.77], O2: [0.25, -0.77] },
  ...{ F7: [-0.65, 0.48], F3: [-0.33, 0.43], Fz: [0, 0.41], F4: [0.33, 0.43], F8: [0.65, 0.48] },
  ...{ T7: [-0.81, 0], C3: [-0.41, 0], Cz: [0, 0], C4: [0.41, 0], T8: [0.81, 0], T3: [-0.81, 0], T4: [0.81, 0] },
  ...{ P7: [-0.65, -0.48], P3: [-0.33, -0.43], Pz: [0, -0.41], P4: [0.33, -0.43], P8: [0.65, -0.48] },
  ...{ T5: [-0.65, -0.48], T6: [0.65, -0.48] },
};
const QUALITIES = [
  { name: "flat", color: "#8a8f98" },
  { name: "good", color: "#2e9e5b" },
  { name: "noisy", color: "#d64545" },
];

/** Where it has no place on a head, an electrode stands below it. */
function placeOf(name, index) {
  const [right, front] = PLACES[name] ?? [-0.9 + 0.25 * (index % 8), -1.25 - 0.25 * Math.floor(index / 8)];
  return { x: 100 + 90 * right, y: 105 - 90 * front };
}

/** @type {import("stagebox").Panel<{ stage: string }>} */
export default function SignalQuality({ console: { React, useRows }, stage }) {
  const h = React.createElement;
  const rows = useRows(stage, 1);
  if (!rows) return h("p", null, `Waiting for ${stage}`);
  const { channels, values } = rows.format;
  const width = channels.length * values.length;
  const last = rows.data.subarray((rows.frames - 1) * width);
  const value = (name, channel) => last[values.indexOf(name) * channels.length + channel];
  const electrodes = channels.map((name, channel) => {
    const { x, y } = placeOf(name, channel);
    const quality = QUALITIES[value("quality", channel)] ?? QUALITIES[0];
    const words = `${name}: ${quality.name}, ${value("rms_uv", channel).toFixed(1)} µV`;
    return h(
      "g",
      { key: name, transform: `translate(${x} ${y})` },
      h("title", null, words),
      h("circle", { r: 9, fill: quality.color }),
      h("text", { textAnchor: "middle", dy: 3, fontSize: 7, fill: "white" }, name),
    );
  });
  const outline = { fill: "none", stroke: "currentColor" };
  return h(
    "svg",
    { viewBox: "0 0 200 260", role: "img", "aria-label": "Signal quality of each electrode" },
    h("circle", { cx: 100, cy: 105, r: 90, ...outline }),
    h("path", { d: "M 90 16 L 100 4 L 110 16", ...outline }),
    electrodes,
  );
}
