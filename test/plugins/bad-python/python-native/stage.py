# SPDX-License-Identifier: Apache-2.0
import ctypes


class BadPythonNative:
    def __init__(self, params, format):
        self.good = params["after"]

    def process(self, samples):
        self.good -= 1
        if self.good < 0:
            ctypes.memset(16, 0, 64)
        return samples
