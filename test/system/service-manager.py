# SPDX-License-Identifier: Apache-2.0
#
# A service manager's ear: binds the datagram socket that it is given, and prints what comes, a JSON string a line.
import json
import os
import socket
import sys

name = sys.argv[1]
ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
ear.bind("\0" + name[1:] if name.startswith("@") else name)
print(json.dumps("listening"), flush=True)
while True:
    print(json.dumps(ear.recv(4096).decode()), flush=True)
