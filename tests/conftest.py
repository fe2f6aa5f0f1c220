# SPDX-License-Identifier: BSD-2-Clause
"""The tests' own set-up: the plugin (voy test loads it earlier, plain pytest here)."""
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
# The helpers, what reads a conformance driver's result, the plugin.
for folder in (str(HERE), str(HERE / "conformance"), str(HERE.parent / "tools")):
    if folder not in sys.path:
        sys.path.insert(0, folder)

pytest_plugins = ["voyageur.pytest_voyageur"]
