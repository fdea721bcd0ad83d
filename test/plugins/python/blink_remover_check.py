# SPDX-License-Identifier: Apache-2.0
"""The plugin blink-remover against scipy: the pattern that it learns block by block is the one that an SVD finds in all
blinks at once, and what it takes out is that and nothing else. Prints JSON."""
import json
import sys
from types import SimpleNamespace

import numpy as np
from scipy import linalg, signal

sys.path.insert(0, sys.argv[1])
sys.dont_write_bytecode = True
from stage import BlinkRemover

RATE_HZ, SECONDS, CHANNELS = 250, 120, 8
random = np.random.default_rng(11)
frames = RATE_HZ * SECONDS
names = ["Fp1", "Fp2", "F3", "F4", "C3", "C4", "O1", "O2"]
pattern = np.array([1, 0.95, 0.5, 0.45, 0.15, 0.1, 0.03, 0.0])
low, high = signal.butter(2, [1, 40], "bandpass", fs=RATE_HZ)
brain = 10 * signal.lfilter(low, high, random.standard_normal((frames, CHANNELS)), axis=0)
blinks = np.zeros(frames)
shape = 150 * signal.windows.hann(75)
for at in random.integers(0, frames - 75, 40):
    blinks[at : at + 75] += shape
x = (brain + np.outer(blinks, pattern)).astype(np.float32)

# memory_s so long that nothing is forgotten, as the SVD forgets nothing
params = {"channels": ["Fp1", "Fp2"], "threshold_uv": 60.0, "patterns": 1, "memory_s": 1e9}
stage = BlinkRemover(params, SimpleNamespace(channels=names, rate_hz=RATE_HZ))
out = np.empty_like(x)
at = 0
while at < frames:
    end = min(frames, at + int(random.integers(1, 65)))
    stage.process(x[at:end], out[at:end])
    at = end

used = x[: frames // 25 * 25].astype(float)
u = linalg.svd(used[np.abs(used[:, :2].mean(axis=1)) > 60], full_matrices=False)[2][:1].T
learned = linalg.eigh(stage.projection.astype(float))[1][:, -1:]
half = frames // 2
wanted = x[half:] - x[half:] @ u @ u.T
print(
    json.dumps(
        {
            "degrees_from_svd": float(np.degrees(linalg.subspace_angles(u, learned)[0])),
            "degrees_from_truth": float(np.degrees(linalg.subspace_angles(pattern[:, None], learned)[0])),
            "off_by_rms_uv": float(np.sqrt(np.mean((out[half:] - wanted) ** 2))),
            "blink_before_uv": float(signal.correlate(x[half:, 0], shape, "valid").max() / (shape @ shape) * 150),
            "blink_after_uv": float(signal.correlate(out[half:, 0], shape, "valid").max() / (shape @ shape) * 150),
        }
    )
)
