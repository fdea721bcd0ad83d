# SPDX-License-Identifier: Apache-2.0
import unittest

import numpy as np

from stagebox import Event, Format, StageBase, WindowStage
from stagebox.test import problems, read, run

SAMPLES = np.stack([np.sin(np.arange(1000) / 9), np.cos(np.arange(1000) / 5), np.arange(1000) / 1000], axis=1)


class Average(StageBase):
    def __init__(self, params, format):
        super().__init__(params, format)
        self.mean = self.keep(np.zeros(len(format.channels)))

    def process(self, samples, out):
        for row, into in zip(samples, out):
            self.mean += self.params["weight"] * (row - self.mean)
            into[:] = self.mean


class Forgetful(Average):
    def load(self, state):
        pass


class Ranges(WindowStage):
    def __init__(self, params, format):
        super().__init__(params, format, window_s=0.2, overlap=0.5, port="features", values=("least", "most"))

    def measure(self, window):
        return np.stack([window.min(axis=0), window.max(axis=0)])


class Ramp:
    def __init__(self, params, format):
        self.output = format.replace(port="signal", rate_hz=500.0, channels=["up", "down"])
        self.next = 0

    def read(self, frames):
        if self.next >= 1000:
            raise EOFError
        rows = np.arange(self.next, min(1000, self.next + frames))
        self.next += len(rows)
        return np.stack([rows, -rows], axis=1).astype(np.float32)


def double(samples, gain):
    return samples * np.float32(gain)


class StageBench(unittest.TestCase):
    def test_a_stage_that_keeps_to_the_rules_has_no_problems(self):
        self.assertEqual(problems(double, SAMPLES, params={"gain": 2}), [])
        self.assertEqual(problems(Average, SAMPLES, params={"weight": 0.01}), [])
        events = [Event(frame, f"at {frame}") for frame in (30, 49, 50, 51, 74, 75, 990)]
        self.assertEqual(problems(Ranges, SAMPLES, output="features", events=events), [])

    def test_one_that_does_not_has_some(self):
        forgets = problems(Forgetful, SAMPLES, params={"weight": 0.01})
        self.assertRegex(forgets[0], "^with a reload half way value 1536 is ")
        kept = []

        def keeper(samples):
            kept.append(samples)
            return kept[max(0, len(kept) - 2)].copy() if len(kept[-2:][0]) == len(samples) else samples.copy()

        self.assertRegex(problems(keeper, SAMPLES)[0], "^value 192 of what comes out is nan")
        self.assertEqual(len(problems(lambda samples: samples / len(samples), SAMPLES)), 2)

    def test_windows_have_their_extremes_and_the_time_of_their_first_new_frame(self):
        ran = run(Ranges, SAMPLES, output="features")
        self.assertEqual((ran.format.rate_hz, ran.data.shape), (10.0, (39, 2, 3)))
        for row, (values, time_ns) in enumerate(zip(ran.data, ran.times_ns)):
            window = SAMPLES[25 * row : 25 * row + 50]
            np.testing.assert_allclose(values, [window.min(axis=0), window.max(axis=0)], rtol=1e-6)
            self.assertEqual(time_ns, (25 * row + 25) * 4_000_000)

    def test_events_stay_on_their_frames(self):
        ran = run(double, SAMPLES, params={"gain": 1}, events=[Event(40, "stimulus")])
        self.assertEqual(ran.events, [Event(40, "stimulus")])

    def test_the_adapter_says_what_does_not_fit(self):
        with self.assertRaisesRegex(ValueError, r"process returned an array of 5 x 3, not of 32 x 3"):
            run(lambda samples: samples[:5], SAMPLES)
        with self.assertRaisesRegex(Exception, "does not declare"):
            run(double, SAMPLES)
        with self.assertRaisesRegex(ValueError, "has no frame at 1 Hz"):
            run(Ranges, SAMPLES, output="features", rate_hz=1)
        with self.assertRaisesRegex(ValueError, "read-only"):
            run(lambda samples: samples.fill(0), SAMPLES)

    def test_a_source_is_read_to_its_end(self):
        ran = read(Ramp, 5000, block=[3, 64])
        self.assertEqual((len(ran.data), list(ran.format.channels)), (1000, ["up", "down"]))
        np.testing.assert_array_equal(ran.data[:, 0], np.arange(1000))

    def test_spectra_come_in_too(self):
        format = Format("spectrum", 4.0, ("a", "b"), bins=5, bin_hz=1.0)
        ran = run(lambda samples: samples, np.ones((10, 5, 2)), format=format, output="spectrum")
        self.assertEqual(ran.data.shape, (10, 5, 2))


if __name__ == "__main__":
    unittest.main()
