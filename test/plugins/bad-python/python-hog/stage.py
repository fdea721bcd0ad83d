# SPDX-License-Identifier: Apache-2.0
import numpy as np


class BadPythonHog:
    def __init__(self, params, format):
        self.good = params["after"]
        self.kept = []

    def process(self, samples):
        self.good -= 1
        if self.good < 0:
            self.kept.append(np.ones(5 << 20, np.float32))
        return samples
