# SPDX-License-Identifier: BSD-2-Clause
"""voy sim --view: the picture on a terminal, and the terminal afterwards."""
import importlib.util
import json
import os
import pathlib
import signal

import pytest

from voyageur import control, screen, view

HERE = pathlib.Path(__file__).resolve().parent
VOY = HERE.parents[1] / "voy"


def _sibling(name):
    spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


Terminal = _sibling("terminal").Terminal
APS = [{"name": "hall", "ssid": "open net", "channel": 6, "rssi": -45},
       {"name": "attic", "ssid": "home", "channel": 36, "psk": "correct horse"}]


@pytest.fixture
def world(voy, tmp_path):
    """world(argument..., columns=, rows=) -> Terminal with `voy sim air --view` on it."""
    path = tmp_path / "world.json"
    path.write_text(json.dumps({"aps": APS}))

    def start(*args, **size):
        env = voy.environment(XDG_RUNTIME_DIR=voy.runtime)
        return Terminal([VOY, "sim", "air", "--config", path, "--view", *args], env, **size)
    return start


def test_the_picture_shows_radios_access_points_and_cards(world, voy, firmware):
    """A driver comes to the card: its state and its commands; at the end the table of them."""
    assert firmware
    card = voy.runtime / "card"
    with world("--card", card, "--hcmds", "--scan-table", columns=110, rows=45) as t:
        t.until(lambda: "card0  waits for a driver" in t.text(), "a card")
        assert voy("run", "iwm", "--on", f"unix:{card}", "--until", "scanned",
                   "--json").result["ok"]
        t.until(lambda: "card0  scanned, " in t.text() and "associated 0" in t.text(), "scan")
        t.until(lambda: "frames/s 0" not in t.text() and "frames/s" in t.text(), "frames")
        lines = [" ".join(line.split()) for line in t.screen]
        assert any(x.startswith("hall open net 02:") and x.endswith(" 6 open on 0") for x in lines)
        assert any(x.startswith("attic home 02:") and " 36 wpa2-psk on 0" in x for x in lines)
        assert any(x.startswith("hall 6 (2437) 20 ") for x in lines), lines
        assert any(x.startswith("i7260-7c7a91007260 - - off") for x in lines), lines
        t.type(b"q")
        assert t.end() == 0 and t.sane()
        assert "host commands: " in t.plain and "NVM_ACCESS_CMD" in t.plain
        assert "networks heard in scans: 2" in t.plain


def test_it_follows_the_size_of_the_terminal(world):
    """Nothing is written outside, small or large (the terminal here asserts that)."""
    with world(columns=120, rows=40) as t:
        t.until(lambda: "ACCESS POINT" in t.text() and "EVENTS" in t.text())
        t.resize(30, 5)
        t.until(lambda: "ACCESS POINT" not in t.text() and t.screen[0], "a small picture")
        for _ in range(10):
            t.read()
        t.resize(90, 30)
        t.until(lambda: "ACCESS POINT" in t.text(), "a larger picture")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, "ctrl-c"], ids=str)
def test_the_terminal_is_given_back(world, how):
    """Ctrl-C and signals: screen, cursor and echo are as before."""
    with world() as t:
        t.until(lambda: "attic" in t.text())
        assert not t.sane()
        if how == "ctrl-c":
            t.type(b"\x03")
        else:
            os.kill(t.pid, how)
        assert t.end() == 0 and t.sane() and "Traceback" not in t.plain


def test_a_program_that_dies_ends_the_picture(voy, world, tmp_path):
    """And it is said which, on the normal screen."""
    ctl = voy.runtime / "ctl"
    with world("--control", ctl) as t:
        t.until(lambda: "attic" in t.text())
        assert control.ask(ctl, {"cmd": "stop"})["ok"]
        assert t.end() == 1 and t.sane()
        assert "voy: " in t.plain and "ended with status" in t.plain


@pytest.mark.parametrize("args", [("air", "--config", "w.json"), ("edu", "--socket", "s")], ids=str)
def test_refused_without_a_terminal(voy, tmp_path, args):
    """At once, with what to do instead; nothing is drawn."""
    (tmp_path / "w.json").write_text("{}")
    said = voy("sim", *args, "--view")
    assert said.status == 1 and not said.out
    assert "standard output is no terminal" in said.err and "leave --view out" in said.err


def test_a_crash_leaves_the_terminal_sane(voy, tmp_path):
    """An exception in the middle of drawing."""
    program = tmp_path / "crash.py"
    program.write_text("from voyageur import screen\nwith screen.Screen() as s:\n"
                       "    s.draw(['picture'])\n    raise RuntimeError('broken')\n")
    env = voy.environment(PYTHONPATH=HERE.parents[1] / "tools", PYTHONDONTWRITEBYTECODE=1)
    with Terminal(["/usr/bin/python3", program], env) as t:
        assert t.end() == 1 and t.sane()
        assert "RuntimeError: broken" in t.plain


def test_what_a_network_is_called_cannot_draw():
    """Codes and letters that have no width of one are not handed on."""
    assert screen.clip("a\x1b[1mb\x1b[0mcd", 3) == "a\x1b[1mb\x1b[0mc"
    assert screen.clip("x\x1b]0;title\x07\x9b\u4e2d", 99) == "x?]0;title???"


def test_rates_are_those_of_the_last_second():
    """Commands and frames per second, by a clock of the test's own."""
    now = [100.0]
    v = view.View("w", lambda: now[0])
    v.air = {"list": [{"radio": "r", "on": True, "tx": 0, "rx": 0}]}
    v.lines(40)
    for _ in range(5):
        v({"event": "hcmd", "source": "card0", "name": "ADD_STA"})
    now[0] += 0.5
    v.air = {"list": [{"radio": "r", "on": True, "tx": 20, "rx": 5}]}
    text = [" ".join(line.split()) for line in v.lines(40)]
    assert "commands/s 5" in text[0] and "card0 starts 5 5 ADD_STA" in text
    assert any(x.startswith("r ") and "40 10 20 5" in x for x in text), text
    now[0] += 2
    assert "commands/s 0" in v.lines(40)[0]
