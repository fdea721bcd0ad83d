# SPDX-License-Identifier: Apache-2.0
"""/usr/bin/python3 test/bench/spectral_peer.py

scipy.signal.welch as it is usually written: 8 channels, Hann windows of 256 frames, half overlap, five bands by trapezoid; the
peer of `welch_256_half_overlap_5_bands` in spectral_bench.c. One JSON line: over a whole recording, and window by window as a
live loop would call it.
"""
import json
import time

import numpy as np
import scipy
from scipy.signal import welch

RATE, CHANNELS, SIZE = 250.0, 8, 256
BANDS = [(1, 4), (4, 8), (8, 13), (13, 30), (30, 45)]


def band_powers(x):
    f, p = welch(x, RATE, "hann", SIZE, SIZE // 2, axis=0)
    return [np.trapz(p[(f >= low) & (f <= high)], f[(f >= low) & (f <= high)], axis=0) for low, high in BANDS]


def fastest_ns(call, repeats):
    best = float("inf")
    for _ in range(repeats):
        start = time.perf_counter_ns()
        call()
        best = min(best, time.perf_counter_ns() - start)
    return best


x = np.random.default_rng(1).standard_normal((4096, CHANNELS)).astype(np.float32)
whole = fastest_ns(lambda: band_powers(x), 200) / x.size
window = fastest_ns(lambda: band_powers(x[:SIZE]), 500) / (SIZE // 2 * CHANNELS)
for name, ns in [("welch_256_half_overlap_5_bands", whole), ("welch_256_half_overlap_5_bands, a window a call", window)]:
    print(json.dumps({"name": name, "peer": f"scipy {scipy.__version__}", "peer_ns_per_sample": round(ns, 3)}))
