# SPDX-License-Identifier: Apache-2.0
"""Alpha power and peak at O1 of EDF files, as scipy and MNE find them, one line of JSON a file. Run: /usr/bin/python3 alpha-reference.py FILE...

The filters are those of pipelines/alpha.yaml, begun at rest; power and peak come from Welch's density with windows of 2 s."""
import json
import sys

import mne
import numpy as np
from scipy import integrate, signal

mne.set_log_level("ERROR")

for path in sys.argv[1:]:
    raw = mne.io.read_raw_edf(path, preload=True)
    rate_hz = raw.info["sfreq"]
    name = next(name for name in raw.ch_names if name.strip(".").upper() == "O1")
    o1_uv = raw.get_data(picks=[name])[0] * 1e6
    notched = signal.lfilter(*signal.iirnotch(60, 30, rate_hz), o1_uv)
    clean = signal.sosfilt(signal.butter(4, [1, 40], "bandpass", fs=rate_hz, output="sos"), notched)
    frequency_hz, density = signal.welch(clean, rate_hz, nperseg=int(2 * rate_hz))
    band = (frequency_hz >= 8) & (frequency_hz <= 13)
    print(json.dumps({
        "power": float(integrate.trapezoid(density[band], frequency_hz[band])),
        "peak_hz": float(frequency_hz[band][np.argmax(density[band])]),
    }))
