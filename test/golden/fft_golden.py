# SPDX-License-Identifier: Apache-2.0
"""/usr/bin/python3 test/golden/fft_golden.py > test/golden/fft_golden.h

numpy.fft.rfft of two channels of noise: every bin up to 64 points, 33 bins spread over the larger sizes.
"""
import numpy as np
from noise import c_array, noise

SIZES = [8, 10, 12, 14, 16, 18, 30, 32, 64, 126, 128, 160, 250, 256, 320, 500, 512, 686, 720, 1000, 1024, 2048, 4096, 44100, 65536]

print("/* SPDX-License-Identifier: Apache-2.0\n *\n * Made by fft_golden.py: numpy %s. */" % np.__version__)
entries = []
for size in SIZES:
    x = noise(2 * size, size).reshape(size, 2)
    X = np.fft.rfft(x, axis=0)
    bins = np.arange(size // 2 + 1) if size <= 64 else np.unique(np.linspace(0, size // 2, 33).astype(int))
    print(c_array(f"fft_bins_{size}", bins), end="")
    print(c_array(f"fft_want_{size}", np.stack([X[bins].real, X[bins].imag], axis=1)), end="")
    entries.append(f"    {{{size}, {len(bins)}, fft_bins_{size}, fft_want_{size}}},")
print("/* want: [bins][re, im][2 channels] of noise with seed `size`. */")
print("static const struct { unsigned size, bins; const double *bin, *want; } fft_golden[] = {")
print("\n".join(entries) + "\n};")
