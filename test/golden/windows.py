# SPDX-License-Identifier: Apache-2.0
"""/usr/bin/python3 test/golden/windows.py > test/golden/windows.h

What numpy and scipy make of sliding windows: detrend, rms, statistics, moving median, Hampel filter.
Input: 160 frames of 3 channels, one of them far from zero, with outliers.
"""

import numpy as np
from scipy import ndimage, signal, stats

FRAMES, CHANNELS, WINDOW, HOP = 160, 3, 25, 10

rng = np.random.default_rng(1)
x = np.cumsum(rng.normal(size=(FRAMES, CHANNELS)), axis=0) + [0, 20000, -5]
x[40, 0] += 80
x[90, 2] -= 300
x[91, 2] -= 250
x = x.astype(np.float32).astype(float)


def sliding(function):
    """[FRAMES x CHANNELS]: function of the last WINDOW rows, fewer at the start."""
    return np.array([function(x[max(0, n + 1 - WINDOW) : n + 1]) for n in range(FRAMES)])


def hampel():
    """The centre of each full window, or its median: [FRAMES - WINDOW + 1 x CHANNELS]."""
    rows = []
    for n in range(FRAMES - WINDOW + 1):
        window = x[n : n + WINDOW]
        median = np.median(window, axis=0)
        sigma = stats.median_abs_deviation(window, axis=0, scale="normal")
        centre = window[WINDOW // 2]
        rows.append(np.where(abs(centre - median) > 3 * sigma, median, centre))
    return np.array(rows)


windows = [x[n : n + WINDOW] for n in range(0, FRAMES - WINDOW + 1, HOP)]
arrays = {
    "input": x,
    "detrend_linear": sliding(lambda w: signal.detrend(w, axis=0, type="linear")[-1] if len(w) > 1 else w[-1] * 0),
    "detrend_constant": sliding(lambda w: signal.detrend(w, axis=0, type="constant")[-1]),
    "rms": sliding(lambda w: np.sqrt((w**2).mean(axis=0))),
    "moving_median": ndimage.median_filter(x, size=(WINDOW, 1), mode="nearest"),
    "hampel": hampel(),
    "statistics": np.array(
        [[w.mean(0), w.std(0), np.sqrt((w**2).mean(0)), w.min(0), w.max(0), np.ptp(w, axis=0)] for w in windows]
    ),
}

print("/* SPDX-License-Identifier: Apache-2.0 */\n/* Made by windows.py. */")
print(f"enum {{ GOLDEN_FRAMES = {FRAMES}, GOLDEN_CHANNELS = {CHANNELS}, GOLDEN_WINDOW = {WINDOW}, GOLDEN_HOP = {HOP} }};")
for name, array in arrays.items():
    numbers = [f"{number:.9g}" for number in array.ravel()]
    lines = [", ".join(numbers[i : i + 12]) for i in range(0, len(numbers), 12)]
    print(f"static const double golden_{name}[{array.size}] = {{\n    " + ",\n    ".join(lines) + ",\n};")
