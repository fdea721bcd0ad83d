# SPDX-License-Identifier: Apache-2.0
"""/usr/bin/python3 test/golden/plugins_golden.py > test/golden/plugins_golden.h

What scipy says to the signal of test/native/golden_signal.h: scipy.signal.spectrogram, and the features of the analyzer.
"""
import numpy as np
import scipy
import scipy.signal as signal
import scipy.stats as stats
from noise import c_array, noise

RATE, FRAMES, CHANNELS = 160.0, 1300, 3
x = noise(FRAMES * CHANNELS, 7).reshape(FRAMES, CHANNELS)
t = np.arange(FRAMES) / RATE
x = (x + np.sin(2 * np.pi * 10 * t)[:, None] * [0, 1, 3] + [0, 2, -5]).astype(np.float32).astype(float)

print("/* SPDX-License-Identifier: Apache-2.0\n *\n * Made by plugins_golden.py: scipy %s. */" % scipy.__version__)

f, _, p = signal.spectrogram(x, RATE, "hann", 64, 48, axis=0)  # [bins][channels][windows]
print("/* scipy.signal.spectrogram, size 64, overlap 0.75, every eighth window: [windows][33 bins][3 channels] */")
print(c_array("spectrogram_want", np.moveaxis(p, 2, 0)[::8]), end="")


def features(window):
    """Of one channel's window."""
    size, seconds = len(window), len(window) / RATE
    padded = 1 << (size - 1).bit_length()
    f, p = signal.periodogram(window, RATE, "hann", padded, "constant")
    total = np.sum(p)
    centred = window - np.mean(window)
    crossings = np.count_nonzero(np.diff(centred >= 0))
    return [
        np.sqrt(np.mean(window**2)),
        np.ptp(window),
        crossings / seconds,
        np.sum(np.abs(np.diff(window))) / seconds,
        stats.kurtosis(window),
        np.sum(f * p) / total,
        f[np.searchsorted(np.cumsum(p), 0.95 * total)],
        f[1 + np.argmax(p[1:])],
        total * f[1],
    ]


want = []
for start in range(0, FRAMES - 240 + 1, 60):
    window = x[start:start + 240]
    want.append(np.transpose([features(window[:, c]) for c in range(CHANNELS)]))
print("/* windows of 1.5 s, overlap 0.75: [windows][9 features][3 channels] */")
print(c_array("analyzer_want", want), end="")
