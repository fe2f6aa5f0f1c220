# SPDX-License-Identifier: BSD-2-Clause
"""The tests' own set-up: the plugin (voy test loads it earlier, plain pytest here); --thorough."""
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
# The helpers, what reads a conformance driver's result, the plugin.
for folder in (str(HERE), str(HERE / "conformance"), str(HERE.parent / "tools")):
    if folder not in sys.path:
        sys.path.insert(0, folder)

pytest_plugins = ["voyageur.pytest_voyageur", "voyageur.pytest_sanitize"]


def pytest_addoption(parser):
    parser.getgroup("voyageur").addoption(
        "--thorough", action="store_true",
        help="what CI runs: tests marked thorough, too, which are others once more with another "
             "kernel, compiler, release or number")


def pytest_configure(config):
    config.addinivalue_line("markers", "thorough: skipped without --thorough")


def pytest_collection_modifyitems(config, items):
    if config.getoption("--thorough"):
        return
    for item in items:
        if item.get_closest_marker("thorough"):
            item.add_marker(pytest.mark.skip(reason="runs with --thorough, as CI does"))
