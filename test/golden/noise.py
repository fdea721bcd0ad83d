# SPDX-License-Identifier: Apache-2.0
"""Imported by the generators beside it: the noise of test/native/noise.h, and C arrays."""
import numpy as np


def noise(count, seed):
    out = np.empty(count)
    for i in range(count):
        seed = (seed * 1664525 + 1013904223) & 0xFFFFFFFF
        out[i] = (seed >> 8) / 8388608.0 - 1.0
    return out


def c_array(name, values):
    numbers = ", ".join(f"{v:.9g}" for v in np.ravel(values))
    return f"static const double {name}[] = {{{numbers}}};\n"
