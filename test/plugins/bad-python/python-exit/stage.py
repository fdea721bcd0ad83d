# SPDX-License-Identifier: Apache-2.0
import os


class BadPythonExit:
    def __init__(self, params, format):
        self.good = params["after"]

    def process(self, samples):
        self.good -= 1
        if self.good < 0:
            os._exit(0)
        return samples
