# SPDX-License-Identifier: Apache-2.0
"""An event `Marker` becomes the message `/stagebox/Marker` with its data as arguments, `my-plugin.found` becomes
`/stagebox/my-plugin/found`. OSC 1.0: https://opensoundcontrol.stanford.edu/spec-1_0.html"""
import socket
import struct

import stagebox
from stagebox import config

MOST_BYTES = 1400  # what fits a packet of any network

to = socket.socket(socket.AF_INET6 if ":" in config["host"] else socket.AF_INET, socket.SOCK_DGRAM)
to.setblocking(False)


def on_load(context):
    for type in config["types"]:
        stagebox.subscribe(type)


def on_event(event):
    packet = message("/stagebox/" + event.type.replace(".", "/"), event.data)
    if len(packet) > MOST_BYTES:
        print(f"{event.type} has {len(packet)} bytes, and a packet {MOST_BYTES} at most: left out")
        return
    try:
        to.sendto(packet, (config["host"], config["port"]))
    except OSError as error:  # nobody there, no network: the next one may arrive
        print(f"{event.type} was not sent: {error}")


def message(address, data):
    """The values of `data` that OSC has a type for, in their order."""
    tags, arguments = ",", b""
    for value in data.values():
        if isinstance(value, bool):
            tags += "T" if value else "F"
        elif isinstance(value, int) and -(2**31) <= value < 2**31:
            tags += "i"
            arguments += struct.pack(">i", value)
        elif isinstance(value, (int, float)):
            tags += "d"
            arguments += struct.pack(">d", value)
        elif isinstance(value, str):
            tags += "s"
            arguments += padded(value)
    return padded(address) + padded(tags) + arguments


def padded(text):
    """Ends with one to four zero bytes, at a multiple of four."""
    content = text.replace("\0", "").encode()
    return content + bytes(4 - len(content) % 4)
