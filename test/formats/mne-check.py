# SPDX-License-Identifier: Apache-2.0
"""Prints what MNE finds in each EDF or BDF file given, one line of JSON a file. Run: /usr/bin/python3 mne-check.py FILE...

Samples are in the file's own units: the first eight of each channel, and sums over all to compare whole files."""
import json
import sys
import warnings

import mne

warnings.simplefilter("ignore")
mne.set_log_level("ERROR")

for path in sys.argv[1:]:
    try:
        reader = mne.io.read_raw_bdf if path.endswith(".bdf") else mne.io.read_raw_edf
        raw = reader(path, preload=True, stim_channel=False)
        units = raw._raw_extras[0]["units"]
        data = raw.get_data() / units[:, None]
        print(json.dumps({
            "rate_hz": float(raw.info["sfreq"]),
            "names": raw.ch_names,
            "frames": int(raw.n_times),
            "start": raw.info["meas_date"] and raw.info["meas_date"].isoformat(),
            "first": data[:, :8].tolist(),
            "sums": data.sum(axis=1).tolist(),
            "last": data[:, -1].tolist(),
            "annotations": [{"onset_s": float(a["onset"]), "duration_s": float(a["duration"]), "text": str(a["description"])}
                            for a in raw.annotations],
        }), flush=True)
    except Exception as error:  # one bad file must not hide the others
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}), flush=True)
