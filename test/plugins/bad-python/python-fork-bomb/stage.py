# SPDX-License-Identifier: Apache-2.0
import os


def attempt(act):
    try:
        act()
    except OSError:
        pass


class BadPythonForkBomb:
    def __init__(self, params, format):
        self.good = params["after"]

    def process(self, samples):
        self.good -= 1
        if self.good < 0:
            attempt(os.fork)
        return samples
