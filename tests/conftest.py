# SPDX-License-Identifier: BSD-2-Clause
"""The tests' own set-up: the plugin (voy test loads it earlier, plain pytest here); --thorough."""
import pathlib
import signal
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
# The helpers, what reads a conformance driver's result, the plugin.
for folder in (str(HERE), str(HERE / "conformance"), str(HERE.parent / "tools")):
    if folder not in sys.path:
        sys.path.insert(0, folder)

pytest_plugins = ["voyageur.pytest_voyageur", "voyageur.pytest_sanitize"]

# Half a minute or more, most of it waiting; where CI is set the first is five minutes.  Written down,
# not measured: CI starts from a fresh clone, where no run has been before.
LONG = ("fuzz/test_fuzz.py", "cli/test_faults.py", "iwm/test_crash.py", "port/test_headers.py",
        "sim/test_iwm.py", "sta/test_join.py", "sta/test_life.py", "unit/test_harness_device.py")
EVERY = 3       # one of these or of those with guests, two others


def pytest_addoption(parser):
    parser.getgroup("voyageur").addoption(
        "--thorough", action="store_true",
        help="what CI runs: tests marked thorough, too, which are others once more with another "
             "kernel, compiler, release or number")


def _hear(config):
    """What a test sends a program it is to hear: a shell has what it puts into the background ignore
    these, nohup(1) the last; so would all that is started here."""
    numbers = (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP)
    for number in numbers if hasattr(config, "workerinput") else numbers[:2]:
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT
                          else signal.SIG_DFL)


def pytest_configure(config):
    _hear(config)
    config.addinivalue_line("markers", "thorough: skipped without --thorough")
    gone = [name for name in LONG if not (HERE / name).is_file()]
    if gone:
        raise pytest.UsageError(f"{', '.join(gone)}: not there, but in LONG of tests/conftest.py; "
                                "put the new name there, or take the old one out")


def _spread(items):
    """Files that take long, and those that boot guests, among the others from the beginning: at the
    end one of them alone would keep all waiting; all guests at once would be in each other's way."""
    files = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    long = [HERE / name for name in LONG if HERE / name in files]
    guests = [p for p, of in files.items() if any(i.get_closest_marker("lab") for i in of)]
    others = [p for p in files if p not in long and p not in guests]
    for i, path in enumerate([*long, *(p for p in guests if p not in long)]):
        others.insert(i * EVERY, path)
    items[:] = [item for path in others for item in files[path]]


def pytest_collection_modifyitems(config, items):
    _spread(items)
    if config.getoption("--thorough"):
        return
    for item in items:
        if item.get_closest_marker("thorough"):
            item.add_marker(pytest.mark.skip(reason="runs with --thorough, as CI does"))
