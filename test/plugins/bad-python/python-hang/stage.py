# SPDX-License-Identifier: Apache-2.0


class BadPythonHang:
    def __init__(self, params, format):
        self.good = params["after"]

    def process(self, samples):
        self.good -= 1
        if self.good < 0:
            while True:
                pass
        return samples
