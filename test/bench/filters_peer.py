# SPDX-License-Identifier: Apache-2.0
"""/usr/bin/python3 test/bench/filters_peer.py

scipy at the work of filters_bench.c: ns per input sample and channel, one JSON line each, the fastest of many rounds.
"""
import json
import time

import numpy as np
from scipy import signal

RATE, ROUNDS = 250, 15
SOS = np.vstack([signal.butter(4, [1, 40], "bandpass", output="sos", fs=RATE), signal.tf2sos(*signal.iirnotch(50, 30, fs=RATE))])
TAPS = signal.firwin(129, [1, 40], pass_zero="bandpass", fs=RATE)


def anti_alias(up, down, reach=16):
    most = max(up, down)
    return up * signal.firwin(2 * reach * most + 1, (0.5 - 5.5 / (2 * reach) / 2) / most, window="blackman", fs=1)


def biquads(frames, channels):
    state = np.zeros((len(SOS), channels, 2))
    rows = np.random.default_rng(1).standard_normal((channels, frames))
    return lambda: signal.sosfilt(SOS, rows, zi=state)


def fir(frames, channels):
    state = np.zeros((channels, len(TAPS) - 1))
    rows = np.random.default_rng(1).standard_normal((channels, frames))
    return lambda: signal.lfilter(TAPS, 1, rows, zi=state)


def resampler(up, down):
    def make(frames, channels):
        taps = anti_alias(up, down)
        rows = np.random.default_rng(1).standard_normal((channels, frames))
        return lambda: signal.upfirdn(taps, rows, up, down)

    return make


for name, make, frames, channels in [
    ("iir 5 biquads f64", biquads, 4096, 8),
    ("iir 5 biquads f64", biquads, 32, 8),
    ("iir 5 biquads f64", biquads, 32, 1024),
    ("fir 129 taps", fir, 4096, 8),
    ("fir 129 taps", fir, 32, 8),
    ("decimate 4", resampler(1, 4), 4096, 8),
    ("resample 128/125", resampler(128, 125), 4096, 8),
    ("resample 128/125", resampler(128, 125), 32, 8),
]:
    body = make(frames, channels)
    repeats = max(1, 40_000 // (frames * channels))
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.perf_counter_ns()
        for _ in range(repeats):
            body()
        best = min(best, (time.perf_counter_ns() - start) / (repeats * frames * channels))
    print(json.dumps({"name": f"{name}, {frames} frames x {channels}", "peer": "scipy", "ns_per_sample_per_channel": round(best, 3)}))
