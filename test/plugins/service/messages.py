# SPDX-License-Identifier: Apache-2.0
"""Messages of stage.proto as protobuf itself has them: messages.py STAGE_PROTO. A line in, a line out: what a message
is as JSON for its bytes in hexadecimal, and the other way round."""
import importlib
import json
import pathlib
import subprocess
import sys
import tempfile

from google.protobuf import json_format

proto = pathlib.Path(sys.argv[1])
with tempfile.TemporaryDirectory() as folder:
    subprocess.run(["protoc", f"-I{proto.parent}", f"--python_out={folder}", proto.name], check=True)
    sys.path.insert(0, folder)
    pb = importlib.import_module("stage_pb2")

for line in sys.stdin:
    given = json.loads(line)
    message = getattr(pb, given["message"])()
    if "bytes" in given:
        message.ParseFromString(bytes.fromhex(given["bytes"]))
        print(json_format.MessageToJson(message, preserving_proto_field_name=True, indent=None))
    else:
        json_format.ParseDict(given["value"], message)
        print(json.dumps(message.SerializeToString().hex()))
