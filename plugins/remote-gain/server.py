#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Computes the stages of plugin.toml, on this machine or another: python3 server.py [ADDRESS] [options]

On Debian: apt-get install python3-numpy python3-grpcio python3-protobuf protobuf-compiler
Elsewhere: pip install numpy grpcio protobuf grpcio-tools
"""
import argparse
import importlib
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import grpc
import numpy as np


class RemoteGain:
    """One instance. `self.output = pb.Format(unit="mV")` says what comes out, where that is not what comes in."""

    def __init__(self, params, format):  # ValueError: refused, in its words
        self.params = params  # live ones change between two blocks

    def process(self, samples, block, out):
        """`samples`: frames x channels, or frames x values x channels; to be read only. `block` came and `out` goes, as
        stage.proto has them: `out.events.add(frame=0, label="x")`; `out.time_ns` where the first frame is another."""
        return samples * np.float32(10 ** (self.params["gain_db"] / 20))


STAGES = {"remote_gain": RemoteGain}

# ---- from here on it is the same for every plugin ----


def compiled(name):
    """The module of a .proto beside this file."""
    proto = pathlib.Path(__file__).resolve().with_name(name)
    compiler = ["protoc"] if shutil.which("protoc") else [sys.executable, "-m", "grpc_tools.protoc"]
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([*compiler, f"-I{proto.parent}", f"--python_out={folder}", name], check=True)
        sys.path.insert(0, folder)
        return importlib.import_module(f"{proto.stem}_pb2")


pb = compiled("stage.proto")


def describe(request, context):
    return pb.Description(types=STAGES)


def run(requests, context):
    """One instance, from its first block to its last."""
    opened = next(requests).open
    try:
        stage = STAGES[opened.type](json.loads(opened.params), opened.format)
    except (KeyError, ValueError) as error:
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
    yield pb.Reply(opened=pb.Opened(format=getattr(stage, "output", None), latency_s=getattr(stage, "latency_s", 0)))
    values = len(opened.format.values) or opened.format.bins
    shape = (-1, values, len(opened.format.channels)) if values else (-1, len(opened.format.channels))
    for request in requests:
        if request.HasField("change"):
            stage.params[request.change.name] = json.loads(request.change.value)
            continue
        out = pb.Block(time_ns=request.block.time_ns)
        made = stage.process(np.frombuffer(request.block.samples, "<f4").reshape(shape), request.block, out)
        out.samples = np.ascontiguousarray(made, "<f4").tobytes()
        yield pb.Reply(block=out)


class Token(grpc.ServerInterceptor):
    """Only those who know it are served."""

    def __init__(self, token):
        self.wanted = ("authorization", f"Bearer {token}")
        self.refusal = grpc.unary_unary_rpc_method_handler(
            lambda request, context: context.abort(grpc.StatusCode.UNAUTHENTICATED, "the token is another one")
        )

    def intercept_service(self, continuation, details):
        return continuation(details) if self.wanted in details.invocation_metadata else self.refusal


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("address", nargs="?", default="127.0.0.1:50051", help="or 0.0.0.0:PORT, or unix:/PATH")
    options.add_argument("--certificate", type=pathlib.Path, help="PEM, for boxes on other machines")
    options.add_argument("--key", type=pathlib.Path, help="of the certificate")
    options.add_argument("--token", type=pathlib.Path, help="a file with what a box has to know")
    given = options.parse_args()
    server = grpc.server(
        ThreadPoolExecutor(64),  # instances at once
        interceptors=[Token(given.token.read_text().strip())] if given.token else [],
        options=[("grpc.so_reuseport", 0), ("grpc.max_receive_message_length", -1)],
    )
    methods = {
        "Describe": grpc.unary_unary_rpc_method_handler(
            describe, pb.DescribeRequest.FromString, pb.Description.SerializeToString
        ),
        "Run": grpc.stream_stream_rpc_method_handler(run, pb.Request.FromString, pb.Reply.SerializeToString),
    }
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("stagebox.stage.v1.Stage", methods)])
    if given.certificate:
        pair = (given.key.read_bytes(), given.certificate.read_bytes())
        server.add_secure_port(given.address, grpc.ssl_server_credentials([pair]))
    else:
        server.add_insecure_port(given.address)
    server.start()
    print(f"{', '.join(STAGES)}: listens on {given.address}", flush=True)
    server.wait_for_termination()


if __name__ == "__main__":
    main()
