// SPDX-License-Identifier: Apache-2.0
//
// Multiplies a signal by a gain in decibels.
let factor = 1;

function set(id, { val }) {
  if (id !== "gain_db") throw new Error(`there is no parameter ${id}`);
  factor = Math.fround(10 ** (val / 20));
}

/** The interface `processor` of plugins/wit/worlds.wit. What it throws, the box is told as its error. */
export const processor = {
  init(_stage, params, input) {
    for (const { id, value } of params) set(id, value);
    return input;
  },
  process(samples) {
    return samples.map((sample) => sample * factor);
  },
  setParameter: set,
  saveState() {
    return new Uint8Array();
  },
  loadState() {},
  latencyS() {
    return 0;
  },
  shutdown() {},
};
