# SPDX-License-Identifier: Apache-2.0
import socket


def attempt(act):
    try:
        act()
    except OSError:
        pass


class BadPythonSocket:
    def __init__(self, params, format):
        self.good = params["after"]

    def process(self, samples):
        self.good -= 1
        if self.good < 0:
            attempt(lambda: socket.socket().connect(("127.0.0.1", 9)))
        return samples
