# SPDX-License-Identifier: Apache-2.0


def attempt(act):
    try:
        act()
    except OSError:
        pass


class BadPythonReader:
    def __init__(self, params, format):
        self.good = params["after"]

    def process(self, samples):
        self.good -= 1
        if self.good < 0:
            attempt(lambda: open("/etc/passwd").read())
        return samples
