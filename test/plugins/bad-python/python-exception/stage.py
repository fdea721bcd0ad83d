# SPDX-License-Identifier: Apache-2.0


class BadPythonException:
    def __init__(self, params, format):
        self.good = params["after"]

    def process(self, samples):
        self.good -= 1
        if self.good < 0:
            samples / (1 // 0)
        return samples
