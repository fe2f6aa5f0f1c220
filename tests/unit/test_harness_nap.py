# SPDX-License-Identifier: BSD-2-Clause
"""Suspend and resume on request: the device loses its power, the driver goes on."""
import pytest

from harness_run import Card, Control, fake, finish, staying


@pytest.fixture
def card(tmp_path):
    with Card(tmp_path) as c:
        yield c


def info(run):
    """The facts of a run."""
    return {e["key"]: e["value"] for e in run.all("info")}


@pytest.mark.parametrize("mode", ["ok", "intx"])
def test_a_device_sleeps_and_wakes(card, tmp_path, mode, variant):
    """It has lost its registers; memory and interrupts are as before; and again."""
    with staying(card, tmp_path, mode, variant=variant) as (p, c):
        assert c("wait", state="hot")["ok"] is True
        for i in range(3):
            assert c("suspend", id=i) == {"ok": True, "cmd": "suspend", "id": i}
            assert c("status")["phase"] == "suspended"
            assert c("resume", id="x") == {"ok": True, "cmd": "resume", "id": "x"}
        c("quit")
        run = finish(p)
    assert run.status == 0 and run.result["ok"] is True, run.stderr
    assert [e["text"] for e in run.all("log") if "s" in e["text"]][-6:] == \
        ["suspended", "resumed"] * 3
    assert {"live": "lost", "memory": "kept", "woken": "interrupted"}.items() <= info(run).items()


def test_a_run_that_ends_asleep_wakes_first(card, tmp_path):
    with staying(card, tmp_path) as (p, c):
        assert c("wait", state="hot")["ok"] is True
        assert c("suspend")["ok"] is True
        c("quit")
        run = finish(p)
    assert run.status == 0 and info(run)["woken"] == "interrupted"


def test_a_card_that_is_pulled_out_asleep_is_missed_at_the_wake_up(tmp_path):
    simctl = tmp_path / "sim.ctl"
    with Card(tmp_path, "--control", str(simctl)) as card:
        with staying(card, tmp_path) as (p, c), Control(simctl) as sim:
            assert c("wait", state="hot")["ok"] is True
            assert c("suspend")["ok"] is True
            assert sim("set", key="fault.gone_after", value="0")["ok"] is True
            assert c("resume")["ok"] is False
            run = finish(p)
    assert run.status == 1 and run.result["error"].startswith("resume: ") and not run.all("crash")


def test_wrong_requests_get_reasons(card, tmp_path):
    with staying(card, tmp_path) as (p, c):
        assert c("wait", state="hot")["ok"] is True
        assert c("resume") == {"ok": False, "cmd": "resume", "error": "it is not suspended"}
        assert c("suspend")["ok"] is True
        assert "suspended already" in c("suspend")["error"]
        assert c("resume")["ok"] is True
        c("quit")
        assert finish(p).status == 0


def test_a_driver_that_refuses_goes_on(card, tmp_path):
    with staying(card, tmp_path, "suspend-fails") as (p, c):
        assert c("wait", state="hot")["ok"] is True
        assert "busy" in c("suspend")["error"]
        assert c("status")["phase"] == "waiting for the driver"
        c("quit")
        assert finish(p).status == 0


def test_a_driver_that_does_not_wake_up_ends_the_run(card, tmp_path):
    with staying(card, tmp_path, "resume-fails") as (p, c):
        assert c("wait", state="hot")["ok"] is True
        assert c("suspend")["ok"] is True
        assert "timed out" in c("resume")["error"]
        run = finish(p)
    assert run.status == 1 and run.result["error"] == "resume: Connection timed out"


def test_a_register_is_not_touched_asleep(card, tmp_path):
    with staying(card, tmp_path, "touch-asleep") as (p, c):
        assert c("wait", state="hot")["ok"] is True
        c.send(b'{"cmd":"suspend"}\n')
        run = finish(p)
    assert run.status == 70
    assert "between suspend and resume" in run.one("violation")["rule"]
    assert any("fake_suspend" in line for line in run.one("violation")["backtrace"])


def test_a_driver_that_hangs_in_suspend_is_ended(card, tmp_path):
    with staying(card, tmp_path, "hang-suspend", "--hang-limit", "0.2") as (p, c):
        assert c("wait", state="hot")["ok"] is True
        c.send(b'{"cmd":"suspend"}\n')
        run = finish(p)
    assert run.status == 124 and "hang: endless loop: suspend has not" in run.result["error"]


def test_sleeps_of_the_command_line_are_followed_by_the_wanted_state(card):
    """One that is not reached again is a time-out, and so is one that was never there."""
    run = fake(card, "ok", "--suspend", "3", "--until", "attached", "--cycles", "2")
    assert run.status == 0 and run.result["ok"] is True, run.stderr
    assert [e["text"] for e in run.all("log") if "s" in e["text"]].count("resumed") == 6
    run = fake(card, "ok", "--suspend", "1", "--timeout", "5")
    assert run.status == 1 and 'timeout: "hot"' in run.result["error"]
    assert run.result["reached"] == "attached"
    run = fake(card, "suspend-fails", "--suspend", "1")
    assert run.status == 1 and run.result["error"] == "suspend: Device or resource busy"
    assert fake(card, "ok", "--suspend", "x").status == 2
