# SPDX-License-Identifier: BSD-2-Clause
"""voy run --gdb on a terminal: what a person at the debugger does."""
import importlib.util
import os
import pathlib
import signal

import pytest

HERE = pathlib.Path(__file__).resolve().parent
VOY = HERE.parents[1] / "voy"

pytestmark = [pytest.mark.skipif(not os.path.exists("/usr/bin/gdb"), reason="no gdb here"),
              pytest.mark.deadline(400)]


def _sibling(name):
    spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Gdb(_sibling("terminal").Terminal):
    """A terminal that takes everything as text: gdb's line editing draws nothing we look at."""

    def feed(self, data):
        self.plain += data.decode(errors="replace")

    def says(self, text):
        """Wait for it."""
        self.until(lambda: text in self.plain, text)


@pytest.fixture
def gdb(voy):
    """`voy run edu --gdb --stay` on a terminal, the driver up."""
    env = voy.environment(XDG_RUNTIME_DIR=voy.runtime, NO_COLOR="1")
    with Gdb([VOY, "run", "edu", "--gdb", "--stay"], env) as t:
        t.says("then type: run")
        t.says("(gdb) ")
        t.type(b"run\n")
        t.says("edu0: tested")
        yield t


def test_ctrl_c_stops_the_driver_where_it_is(gdb):
    """In the debugger, and not at its orderly end, which SIGTERM still is."""
    gdb.type(b"\x03")
    gdb.says("received signal SIGINT")
    assert "edu0: ok" not in gdb.plain
    gdb.type(b"signal SIGTERM\n")
    gdb.says("edu0: ok: tested")
    gdb.says("exited normally")
    gdb.type(b"quit\n")
    assert gdb.end() == 0
    last = gdb.plain.strip().splitlines()[-1]
    assert last.endswith("] ok"), last      # what was reached, the driver has said to the person


def test_a_signal_to_voy_ends_debugger_and_driver(gdb):
    """Nobody has to be at the terminal for that; the fixture looks for what is left."""
    os.kill(gdb.pid, signal.SIGTERM)
    assert gdb.end() == 1
    assert "interrupted" in gdb.plain
