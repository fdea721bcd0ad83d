# SPDX-License-Identifier: Apache-2.0


class BadPythonFlood:
    def __init__(self, params, format):
        self.good = params["after"]

    def process(self, samples):
        self.good -= 1
        if self.good < 0:
            print("x" * (20 << 20))
        return samples
