# SPDX-License-Identifier: Apache-2.0
import pathlib
import socket
import struct
import unittest

from stagebox.test import OpenMain

FOLDER = pathlib.Path(__file__).parent.parent


def read(packet):
    """An OSC message, by the specification and not by the plugin's code."""

    def text():
        nonlocal packet
        end = packet.index(b"\0")
        content, packet = packet[:end].decode(), packet[(end // 4 + 1) * 4 :]
        return content

    def number(layout):
        nonlocal packet
        size = struct.calcsize(layout)
        (value,), packet = struct.unpack(layout, packet[:size]), packet[size:]
        return value

    readers = {"s": text, "i": lambda: number(">i"), "d": lambda: number(">d"), "T": lambda: True, "F": lambda: False}
    address, tags = text(), text()
    arguments = [readers[tag]() for tag in tags[1:]]
    assert packet == b"", packet
    return address, arguments


class OscEvents(unittest.TestCase):
    def setUp(self):
        self.heard = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.heard.bind(("127.0.0.1", 0))
        self.heard.settimeout(10)
        self.addCleanup(self.heard.close)

    def open(self, types):
        return OpenMain(FOLDER, config={"port": self.heard.getsockname()[1], "types": types})

    def test_a_marker_is_a_message(self):
        self.open(["Marker"]).happens("Marker", {"label": "größe", "duration_s": 0.5})
        self.assertEqual(read(self.heard.recv(2000)), ("/stagebox/Marker", ["größe", 0.5]))

    def test_values_without_a_type_are_left_out(self):
        data = {"a": True, "b": False, "list": [1], "none": None, "n": -7, "large": 2**40, "text": "abcd"}
        self.open(["*"]).happens("my-plugin.found", data)
        self.assertEqual(read(self.heard.recv(2000)), ("/stagebox/my-plugin/found", [True, False, -7, 2.0**40, "abcd"]))

    def test_only_what_is_wanted_and_fits_is_sent(self):
        main = self.open(["Marker"])
        main.happens("StageOp", {"revision": 1})
        main.happens("Marker", {"label": "x" * 2000})
        main.happens("Marker", {"label": "last"})
        self.assertEqual(read(self.heard.recv(2000)), ("/stagebox/Marker", ["last"]))


if __name__ == "__main__":
    unittest.main()
