# SPDX-License-Identifier: Apache-2.0
"""/usr/bin/python3 test/golden/spectral_golden.py > test/golden/spectral_golden.h

scipy.signal.welch, band power and peaks of it, and scipy.signal.hilbert, for 3 channels of noise at 160 Hz over a 10 Hz sine.
"""
import numpy as np
import scipy
import scipy.signal as signal
from noise import c_array, noise

RATE, FRAMES, CHANNELS = 160.0, 1300, 3
x = noise(FRAMES * CHANNELS, 7).reshape(FRAMES, CHANNELS)
t = np.arange(FRAMES) / RATE
x = (x + np.sin(2 * np.pi * 10 * t)[:, None] * [0, 1, 3] + [0, 2, -5]).astype(np.float32).astype(float)

print("/* SPDX-License-Identifier: Apache-2.0\n *\n * Made by spectral_golden.py: scipy %s. */" % scipy.__version__)

CASES = [  # size, hop, window, detrend, scaling
    (320, 160, "hann", "constant", "density"),
    (256, 128, "hann", "constant", "density"),
    (128, 32, "blackman", "constant", "spectrum"),
    (250, 250, "hamming", False, "density"),
    (64, 60, "boxcar", "constant", "density"),
]
WINDOWS = ["boxcar", "hann", "hamming", "blackman"]
rows = []
for i, (size, hop, window, detrend, scaling) in enumerate(CASES):
    f, p = signal.welch(x, RATE, window, size, size - hop, detrend=detrend, scaling=scaling, axis=0)
    print(c_array(f"welch_want_{i}", p), end="")
    rows.append(f"    {{{size}, {hop}, {WINDOWS.index(window)}, {int(detrend == 'constant')}, {int(scaling == 'spectrum')}, welch_want_{i}}},")
print("/* want: [size / 2 + 1][3 channels], the mean over all windows. */")
print("static const struct { unsigned size, hop, window, detrend, scaling; const double *want; } welch_golden[] = {")
print("\n".join(rows) + "\n};")

BANDS = {"delta": (1, 4), "theta": (4, 8), "alpha": (8, 13), "beta": (13, 30), "gamma": (30, 45)}


def segments(size, hop):
    return [x[s:s + size] for s in range(0, FRAMES - size + 1, hop)]


def density(segment):
    return signal.welch(segment, RATE, "hann", len(segment), axis=0)


power = []
for segment in segments(320, 160):
    f, p = density(segment)
    power.append([np.trapz(p[(f >= low) & (f <= high)], f[(f >= low) & (f <= high)], axis=0) for low, high in BANDS.values()])
print("/* [windows of 320, hop 160][delta, theta, alpha, beta, gamma][3 channels] */")
print(c_array("band_power_want", power), end="")

f, p = density(x[:320])
fine = np.linspace(0, 80, 800001)  # edges between bins: the line through the bins, integrated finely
between = []
for low, high in [(7.3, 12.9), (10.1, 10.3), (79.3, 80), (0, 0.7)]:
    inside = (fine >= low - 1e-9) & (fine <= high + 1e-9)
    between.append([np.trapz(np.interp(fine[inside], f, p[:, c]), fine[inside]) for c in range(CHANNELS)])
print("/* first window, edges between bins: 7.3-12.9, 10.1-10.3, 79.3-80, 0-0.7 Hz [4][3 channels] */")
print(c_array("band_between_want", between), end="")

peaks = []
for segment in segments(320, 160):
    f, p = density(segment)
    inside = np.flatnonzero((f >= 5) & (f <= 15))
    best = inside[np.argmax(p[inside], axis=0)]
    peaks.append([f[best], p[best, range(CHANNELS)]])
print("/* [windows][peak_hz, peak_power][3 channels], 5 to 15 Hz */")
print(c_array("peak_want", peaks), end="")

amplitude = 2 + np.sin(2 * np.pi * 0.7 * t)
tone = amplitude * np.cos(2 * np.pi * 10 * t + 0.3)
print("/* |scipy.signal.hilbert| of (2 + sin(2 pi 0.7 t)) cos(2 pi 10 t + 0.3), every tenth frame from 300 to 1000 */")
print(c_array("envelope_want", np.abs(signal.hilbert(tone))[300:1000:10]), end="")
n = np.arange(1, 52, 2)
half = 2 / (np.pi * n) * signal.windows.hamming(103)[51 + n]
taps = np.zeros(103)
taps[51 + n], taps[51 - n] = half, -half
delayed = np.concatenate([np.zeros(51), x[:-51, 1]])
print("/* channel 1 through a 103-tap Hilbert transformer by scipy.signal.lfilter, every 13th frame */")
print(c_array("envelope_taps_want", np.hypot(signal.lfilter(taps, 1, x[:, 1]), delayed)[::13]), end="")
