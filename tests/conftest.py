# SPDX-License-Identifier: BSD-2-Clause
"""The tests' own set-up: the plugin (voy test loads it earlier, plain pytest here)."""
import pathlib
import sys

import pytest

TOOLS = str(pathlib.Path(__file__).resolve().parents[1] / "tools")
if TOOLS not in sys.path:
    sys.path.insert(0, TOOLS)

pytest_plugins = ["voyageur.pytest_voyageur"]


def pytest_addoption(parser):
    """--long, beside the plugin's options."""
    parser.addoption("--long", action="store_true",
                     help="also the tests that take many minutes together: Linux on the air")


def pytest_configure(config):
    """The mark that goes with it."""
    config.addinivalue_line("markers", "long: runs with --long only")


def pytest_collection_modifyitems(config, items):
    """Without --long, a long test skips and says so."""
    if config.getoption("--long"):
        return
    skip = pytest.mark.skip(reason="takes minutes with its like: voy test --long")
    for item in items:
        if item.get_closest_marker("long"):
            item.add_marker(skip)
