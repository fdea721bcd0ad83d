# SPDX-License-Identifier: Apache-2.0
"""Plugins at a desk, with unittest or pytest and without a box."""
from .main_bench import OpenMain
from .stage_bench import Ran, problems, read, run

__all__ = ["OpenMain", "Ran", "problems", "read", "run"]
