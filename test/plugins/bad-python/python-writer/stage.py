# SPDX-License-Identifier: Apache-2.0


def attempt(act):
    try:
        act()
    except OSError:
        pass


class BadPythonWriter:
    def __init__(self, params, format):
        self.good = params["after"]

    def process(self, samples):
        self.good -= 1
        if self.good < 0:
            attempt(lambda: open("/tmp/stagebox-bad-python", "w").write("here"))
        return samples
