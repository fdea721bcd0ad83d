# SPDX-License-Identifier: Apache-2.0
"""/usr/bin/python3 test/golden/iir_scipy.py > test/golden/iir_scipy.h

Recursive filters by scipy: frequency responses, and outputs of sosfilt for one noise.
"""
import numpy as np
from scipy import signal

RATE = 250.0
FREQUENCIES = np.array([0.1, 1, 3, 7, 8, 10, 12, 20, 30, 45, 50, 60, 90, 120])
KINDS = ["lowpass", "highpass", "bandpass", "bandstop"]
FAMILIES = ["butterworth", "chebyshev", "bessel"]
noise = np.random.default_rng(7).standard_normal(200).astype(np.float32).astype(float) * 50


def design(family, kind, order, ripple, edges):
    wn = edges[0] if kind in ("lowpass", "highpass") else edges
    options = dict(btype=kind, output="sos", fs=RATE)
    if family == "butterworth":
        return signal.butter(order, wn, **options)
    if family == "chebyshev":
        return signal.cheby1(order, ripple, wn, **options)
    return signal.bessel(order, wn, norm="phase", **options)


def numbers(values):
    return ", ".join(f"{v:.17g}" for v in values)


cases = [(f, k, n, 0.5, (8, 30)) for f in FAMILIES for k in KINDS for n in (2, 4, 5, 8)]
cases += [("butterworth", "highpass", 1, 0, (0.5, 0)), ("butterworth", "bandpass", 4, 0, (1, 40)), ("chebyshev", "lowpass", 12, 2, (60, 0)),
          ("bessel", "lowpass", 16, 0, (50, 0)), ("butterworth", "bandstop", 12, 0, (45, 55)), ("butterworth", "bandpass", 1, 0, (0.1, 120))]
notches = [(50, 30), (60, 5), (62.5, 30), (1, 2)]

print("/* SPDX-License-Identifier: Apache-2.0 */\n/* Made by test/golden/iir_scipy.py. */")
print(f"enum {{ GOLDEN_NOISE = {len(noise)}, GOLDEN_FREQUENCIES = {len(FREQUENCIES)} }};")
print(f"static const double golden_rate_hz = {RATE};")
print(f"static const double golden_frequencies_hz[] = {{{numbers(FREQUENCIES)}}};")
print(f"static const double golden_noise[] = {{{numbers(noise)}}};")
print("typedef struct golden_iir {\n  int family, kind, order;\n  double ripple_db, low_hz, high_hz;")
print("  double response[2 * GOLDEN_FREQUENCIES]; /* real, imaginary */\n  double output[GOLDEN_NOISE / 10]; /* every tenth */\n} golden_iir;")
print("static const golden_iir golden_iirs[] = {")
for family, kind, order, ripple, edges in cases:
    sos = design(family, kind, order, ripple, edges)
    response = signal.sosfreqz(sos, FREQUENCIES, fs=RATE)[1]
    output = signal.sosfilt(sos, noise)[9::10]
    print(f"    {{{FAMILIES.index(family)}, {KINDS.index(kind)}, {order}, {ripple}, {edges[0]}, {edges[1]},")
    print(f"     {{{numbers(response.view(float))}}},\n     {{{numbers(output)}}}}},")
print("};\ntypedef struct golden_notch {\n  double freq_hz, q, response[2 * GOLDEN_FREQUENCIES];\n} golden_notch;")
print("static const golden_notch golden_notches[] = {")
for freq, q in notches:
    response = signal.freqz(*signal.iirnotch(freq, q, fs=RATE), FREQUENCIES, fs=RATE)[1]
    print(f"    {{{freq}, {q}, {{{numbers(response.view(float))}}}}},")
print("};")
