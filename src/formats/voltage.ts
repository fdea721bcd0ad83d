// SPDX-License-Identifier: Apache-2.0

/** The units in which recordings give voltages: how many of each are a microvolt. */
export const UNITS_PER_UV: Readonly<Record<string, number>> = { nV: 1e3, uV: 1, mV: 1e-3, V: 1e-6 };

/** The unit of a WAV file: 1 is full scale. */
export const FULL_SCALE = "FS";
