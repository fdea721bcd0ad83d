# SPDX-License-Identifier: Apache-2.0
"""/usr/bin/python3 test/golden/fir_scipy.py > test/golden/fir_scipy.h

Windows, firwin designs, lfilter, resample_poly's convolution and a moving average, by scipy.
"""
import numpy as np
from scipy import signal

WINDOWS = ["boxcar", "hann", "hamming", "blackman"]
KINDS = ["lowpass", "highpass", "bandpass", "bandstop"]
noise = np.random.default_rng(11).standard_normal(300).astype(np.float32).astype(float) * 50


def numbers(values):
    return ", ".join(f"{v:.17g}" for v in values)


print("/* SPDX-License-Identifier: Apache-2.0 */\n/* Made by test/golden/fir_scipy.py. */")
print(f"enum {{ GOLDEN_FIR_NOISE = {len(noise)}, GOLDEN_MAX_TAPS = 63 }};")
print(f"static const double golden_fir_noise[] = {{{numbers(noise)}}};")

print("static const double golden_windows[4][2][12] = { /* symmetric, periodic */")
for window in WINDOWS:
    print(f"    {{{{{numbers(signal.get_window(window, 12, fftbins=False))}}},\n     {{{numbers(signal.get_window(window, 12))}}}}},")
print("};")

print("typedef struct golden_fir {\n  int count, kind, window;\n  double low, high; /* fractions of the rate */")
print("  double taps[GOLDEN_MAX_TAPS], output[GOLDEN_FIR_NOISE / 10]; /* every tenth */\n} golden_fir;")
print("static const golden_fir golden_firs[] = {")
for count, kind, window in [(63, k, w) for k in range(4) for w in range(4)] + [(32, 0, 2), (20, 2, 1), (5, 1, 0), (1, 0, 0), (2, 0, 0)]:
    low, high = 0.1, 0.27
    edge = {0: high, 1: low}.get(kind, [low, high])
    taps = signal.firwin(count, edge, window=WINDOWS[window], pass_zero=KINDS[kind], fs=1)
    print(f"    {{{count}, {kind}, {window}, {low}, {high},\n     {{{numbers(taps)}}},")
    print(f"     {{{numbers(signal.lfilter(taps, 1, noise)[9::10])}}}}},")
print("};")

print("typedef struct golden_resample {\n  int up, down, reach, count;\n  double output[GOLDEN_FIR_NOISE]; /* the first count */\n} golden_resample;")
print("static const golden_resample golden_resamples[] = {")
for up, down, reach in [(1, 4, 16), (1, 1, 8), (3, 2, 10), (2, 5, 16), (5, 1, 6), (125, 128, 8), (1, 256, 6)]:
    most = max(up, down)
    taps = up * signal.firwin(2 * reach * most + 1, (0.5 - 5.5 / (2 * reach) / 2) / most, window="blackman", fs=1)
    whole = signal.upfirdn(taps, noise, up, down)
    output = whole[: -(-len(noise) * up // down)]
    kept = output[: len(noise)][:120]
    print(f"    {{{up}, {down}, {reach}, {len(kept)},\n     {{{numbers(kept)}}}}},")
print("};")
print(f"static const double golden_mean_of_25[] = {{{numbers(signal.lfilter(np.ones(25) / 25, 1, noise))}}};")
