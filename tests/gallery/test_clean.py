# SPDX-License-Identifier: BSD-2-Clause
"""The drivers of this tree under each tool: none of them has anything to say.

Of iwm, which takes the longest, the way to its firmware; with VOY_LONG=1 that to a network.
"""
import os

import pytest

IWM = "associated" if os.environ.get("VOY_LONG") else "alive"
DRIVERS = {"edu": "tested", "em": "link", "iwm": IWM}
TOOLS = {"rules": {}, "dma": {"dma": "check"}, "strict": {"dma": "strict"},
         "address": {"variant": "asan"}, "undefined": {"variant": "ubsan"},
         "thread": {"variant": "tsan"}, "valgrind": {"valgrind": True}}
SAID = ("violation", "crash", "error", "dma", "threads")


def silent(run, result):
    """It went well, and nothing was found, not by the simulated card either."""
    said = [e for e in run.events if e["event"] in SAID or e.get("level") in ("error", "warning")]
    assert result["ok"] and said == [] and run.stderr() == "", (result, said, run.stderr())


@pytest.mark.plain("it runs the builds by itself")
@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("name", DRIVERS)
def test_nothing_is_said_of_a_sound_driver(driver, request, name, tool):
    """Attach, work and detach, under that tool."""
    if name == "iwm":
        request.getfixturevalue("firmware")
    run, result = driver.run(name, until=DRIVERS[name], **TOOLS[tool])
    silent(run, result)
    assert result["reached"] == DRIVERS[name]


@pytest.mark.parametrize("name", DRIVERS)
def test_what_was_recorded_comes_again(driver, request, tmp_path, name):
    """The replay finds no difference."""
    if name == "iwm":
        request.getfixturevalue("firmware")
    path = tmp_path / "x.rec"
    for how in ({"args": ["--record", path]}, {"on": f"replay:{path}"}):
        run, result = driver.run(name, until=DRIVERS[name], **how)
        silent(run, result)
