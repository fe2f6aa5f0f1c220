# SPDX-License-Identifier: BSD-2-Clause
"""The tests' own set-up: the plugin (voy test loads it earlier, plain pytest here)."""
import pathlib
import sys

TOOLS = str(pathlib.Path(__file__).resolve().parents[1] / "tools")
if TOOLS not in sys.path:
    sys.path.insert(0, TOOLS)

pytest_plugins = ["voyageur.pytest_voyageur"]
