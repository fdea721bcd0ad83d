# SPDX-License-Identifier: Apache-2.0
"""The files by which a box runs plugins, adapter.py and main.py, for benches at a desk: the very same, so that what a
plugin may do, and the words for what it may not, are the same as well."""
import importlib.resources
import sys
from typing import Any


def adapter(*, with_main: bool = False) -> dict[str, Any]:
    """The variables of a fresh one."""
    variables: dict[str, Any] = {"__name__": "stagebox_adapter"}
    path = list(sys.path)  # what a box looks through is nothing to a desk
    for name in ["adapter.py", "main.py"][: 1 + with_main]:
        text = importlib.resources.files(__name__).joinpath(name).read_text("utf-8")
        exec(compile(text, f"<stagebox>/{name}", "exec"), variables)
    sys.path[:] = path
    return variables
