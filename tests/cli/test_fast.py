# SPDX-License-Identifier: BSD-2-Clause
"""An air whose time jumps while all are idle, with a card and its driver on it."""
import json
import os
import signal
import time

import pytest

from processes import state, threads, wait_until
from voyageur import control

HOUR = 3600 * 10 ** 6       # us
PATIENCE = 600              # seconds until a test has hung


@pytest.fixture
def world(tmp_path):
    """A file with one access point, and time that is fast."""
    path = tmp_path / "world.json"
    path.write_text(json.dumps({"air": {"time": "fast"}, "aps": [
        {"name": "ap0", "ssid": "fast", "channel": 36, "psk": "canadian cross"}]}))
    return path


def associated(process):
    """Read events until the driver is on the network."""
    for line in process.stdout:
        event = json.loads(line)
        assert event["event"] != "result", event
        if event.get("state") == "associated":
            return
    raise AssertionError(process.stderr.read())


def air(path):
    """What the air says of itself."""
    return control.ask(path, {"cmd": "status"})


def passes(path, tsf):
    """Wait until that time of the air."""
    end = time.monotonic() + PATIENCE
    while air(path)["tsf"] < tsf:
        assert time.monotonic() < end, air(path)
        time.sleep(0.05)


@pytest.mark.deadline(PATIENCE + 60)
def test_an_hour_on_a_network_passes_without_an_hour_s_wait(voy, world, firmware):
    """Thirty thousand beacons, none too late: the station stays, and nobody complains."""
    p = voy.start("run", "iwm", "--air", world, "--until", "associated", "--stay", "--json")
    associated(p)
    path, = voy.runtime.glob("voy-run-*/air.ctl")
    began = air(path)
    passes(path, began["tsf"] + HOUR)
    status = air(path)
    p.send_signal(signal.SIGINT)
    out, err = p.communicate(timeout=250)
    events = [json.loads(line) for line in out.splitlines()]
    assert p.returncode == 0 and events[-1]["ok"], (events[-1], err, firmware)
    lost = [e for e in events if e.get("what") in ("disconnected", "failed", "roam")]
    assert [e["by"] for e in lost] == ["station"], lost     # our own good-bye at the end
    assert status["jumps"] > 30000 and status["violations"] == 0
    assert status["tx"] - began["tx"] > HOUR / 102400 - 100


@pytest.mark.deadline(PATIENCE + 60)
def test_who_is_stopped_or_killed_does_not_hold_the_time(voy, world, firmware):
    """A driver that stands still is not idle: no jumps.  One that is killed is not waited for."""
    card, path = voy.runtime / "card", voy.runtime / "air"
    sim = voy.start("sim", "air", "--config", world, "--card", card, "--control", path, "--json")
    try:
        for line in sim.stdout:
            if json.loads(line).get("socket") == str(card):
                break
        p = voy.start("run", "iwm", "--on", f"unix:{card}", "--ssid", "fast", "--psk",
                      "canadian cross", "--until", "associated", "--stay", "--json")
        pid = next(e["pid"] for e in map(json.loads, p.stdout) if e["event"] == "start")
        associated(p)
        now = air(path)["tsf"]
        passes(path, now + HOUR // 60)
        os.kill(pid, signal.SIGSTOP)
        wait_until(lambda: all(state(t) == "T" for t in threads(pid)), "its threads stand")
        end = time.monotonic() + PATIENCE
        while any(r["idle"] for r in air(path)["list"] if r["host"]):   # nothing is due to it
            assert time.monotonic() < end, air(path)
            time.sleep(0.05)
        jumps = air(path)["jumps"]
        time.sleep(0.2)
        status = air(path)
        assert status["jumps"] == jumps, firmware
        os.kill(pid, signal.SIGKILL)
        p.communicate(timeout=250)
        passes(path, status["tsf"] + HOUR // 60)
    finally:
        sim.send_signal(signal.SIGINT)
        sim.communicate(timeout=250)


@pytest.mark.deadline(PATIENCE + 60)
def test_an_air_s_card_may_be_another_model(voy, world, firmware):
    """The driver sees which; it joins with it."""
    card = voy.runtime / "card"
    sim = voy.start("sim", "air", "--config", world, "--card", f"{card},model=i3160", "--json")
    try:
        for line in sim.stdout:
            if json.loads(line).get("socket") == str(card):
                break
        said = voy("run", "iwm", "--on", f"unix:{card}", "--ssid", "fast", "--psk",
                   "canadian cross", "--until", "associated", "--json")
        assert said.result["ok"] and said.result["chip"].endswith(" 3160"), (said.result, firmware)
    finally:
        sim.send_signal(signal.SIGINT)
        sim.communicate(timeout=250)
