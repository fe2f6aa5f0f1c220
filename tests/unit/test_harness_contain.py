# SPDX-License-Identifier: BSD-2-Clause
"""What the process of a driver has given up; and that it leaves a device behind that was reset,
however it ends."""
import contextlib
import json
import os
import pathlib
import re
import signal
import time

import pytest

from harness_run import Card, fake, finish, start, staying, wait_for
from processes import children, wait_gone

LEFT = ["client left"]
ASKED = ["request", "client left"]      # by the harness itself, first


@pytest.fixture
def card(tmp_path):
    with Card(tmp_path) as c:
        yield c


def whys(card):
    """Why the card was reset, in order."""
    card.stop()
    return [e["why"] for e in card.events if e["event"] == "reset"]


@contextlib.contextmanager
def up(card, *args, mode="ok", **kw):
    """A run that stays."""
    proc = start(card, mode, "--stay", *args, **kw)
    try:
        yield proc
    finally:
        if proc.poll() is None:
            proc.kill()
        proc.communicate()


def until(proc, event, state=None):
    """Read its events up to one of that kind, which it returns."""
    for line in proc.stdout:
        e = json.loads(line)
        if e["event"] == event and state in (None, e.get("state")):
            return e
    raise AssertionError(f"no event {event!r}: {proc.stderr.read()}")


def fields(pid):
    """/proc/PID/status as a dict."""
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return dict(line.split(":\t", 1) for line in text.splitlines())


# ---- what is given up -----------------------------------------------------------------

@pytest.mark.parametrize("sudo", [None, "1234"])
def test_a_driver_has_no_privileges_and_is_not_root(card, sudo, variant):
    env = {"SUDO_UID": sudo, "SUDO_GID": sudo} if sudo else {"SUDO_UID": "", "SUDO_GID": ""}
    with up(card, env=env) as proc:
        told = until(proc, "contained")
        until(proc, "state", "hot")
        for task in pathlib.Path(f"/proc/{proc.pid}/task").iterdir():
            status = fields(f"{proc.pid}/task/{task.name}")
            assert status["NoNewPrivs"] == "1" and status["Seccomp"] == "2", status
            assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 0, status
            assert status["Uid"].split() == [str(told["uid"])] * 4, status
        limits = pathlib.Path(f"/proc/{proc.pid}/limits").read_text()
        proc.terminate()
        assert finish(proc).status == 0
    assert told["seccomp"] is True and told["memory"] == 512
    assert told["uid"] == (os.geteuid() or int(sudo or 65534))
    assert re.search(r"core file size +0 +0 ", limits)
    if variant not in ("asan", "tsan"):     # a shadow has no size that would say something
        assert re.search(r"data size +\d+ ", limits)


def test_of_what_the_kernel_has_not_the_event_tells(card):
    """Landlock's version, or in words why there is none."""
    told = fake(card).one("contained")
    if told["landlock"]:
        assert f"Landlock of version {told['landlock']}" in told["text"]
    else:
        assert re.search(r"no Landlock \(.+\)", told["text"])


def test_threads_that_come_late_to_it_are_waited_for(card, tmp_path):
    """The main thread's and the control socket's; what they ask the kernel for is forbidden then."""
    run = fake(card, "ok", "--control", str(tmp_path / "control"), env={"FAKE_LATE": "1"})
    if not run.one("contained")["landlock"]:
        pytest.skip("this kernel has no Landlock, which is what they ask for")
    assert run.status == 0, run.stderr


def test_a_driver_that_is_not_contained_keeps_what_its_user_has(card):
    with up(card, "--no-contain") as proc:
        until(proc, "state", "hot")
        mine, its = fields("self"), fields(proc.pid)
        for key in ("NoNewPrivs", "Seccomp", "CapEff", "Uid"):
            assert its[key] == mine[key]
        proc.terminate()
        run = finish(proc)
    assert run.status == 0 and not run.all("contained")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_the_warden_ends_with_its_driver(card, number):
    with up(card) as proc:
        until(proc, "contained")
        until(proc, "state", "hot")
        warden, = children(proc.pid)
        assert fields(warden)["Name"] == "voy-warden"
        proc.send_signal(number)
        proc.wait()
        wait_gone(warden)


def test_a_signal_while_a_file_is_opened_leaks_no_descriptor(card, tmp_path):
    """Who opens it for the contained thread gives it one, however often the thread has to ask."""
    with staying(card, tmp_path, "opens-often", "--hang-limit", "0") as (p, c):
        wait_for(lambda: c("status")["phase"] == "attach", "attach")
        while c("status")["phase"] == "attach":
            for _ in range(20):
                p.send_signal(signal.SIGSTOP)
                p.send_signal(signal.SIGCONT)
        c("quit")
        run = finish(p)
    assert run.status == 0 and run.result["ok"], run.stderr


def test_the_name_of_a_system_call_is_in_the_event(card):
    event = fake(card, "system-call").one("violation")
    assert event["syscall"] in ("open", "openat")
    assert "/etc/shadow" in event["text"] and len(event["arguments"]) == 6
    assert event["rule"] == "a driver asks the system for nothing but by its interface"
    assert any("misbehave_more at" in line or "fake_attach at" in line
               for line in event["backtrace"])
    assert event["dma"] and event["trace"]


@pytest.mark.parametrize("value", ["0", "-1", "many", "1048577"])
def test_a_limit_that_is_none_is_refused(card, value):
    run = fake(card, "ok", "--memory", value)
    assert run.status == 2 and f"--memory {value}: not a number of MiB" in run.result["error"]


# ---- however it ends ------------------------------------------------------------------

# mode, arguments, exit status, why the card was reset last
ENDS = {
    "as wished": ("ok", [], 0, LEFT),
    "attach fails": ("attach-fails", [], 1, ASKED),
    "attach_late fails": ("late-fails", [], 1, ASKED),
    "the driver gives up": ("fail-later", [], 1, ASKED),
    "a leak": ("leak", [], 1, ASKED),
    "a time-out": ("never", ["--timeout", "0.2"], 1, ASKED),
    "a broken rule": ("violation", [], 70, ASKED),
    "a crash": ("crash-attach", [], 128 + signal.SIGSEGV, ASKED),
    "abort()": ("abort", [], 128 + signal.SIGABRT, ASKED),
    "exit()": ("exit", [], 70, LEFT),
    "a system call": ("system-call", [], 70, ASKED),
    "its memory's limit": ("eats-memory", [], 70, ASKED),
}


@pytest.mark.parametrize("end", ENDS)
def test_the_device_is_reset_on_the_way_out(card, end):
    mode, arguments, status, reset = ENDS[end]
    run = fake(card, mode, *arguments)
    assert run.status == status, run.stderr
    assert run.result["ok"] is (status == 0)
    assert whys(card)[-len(reset):] == reset


@pytest.mark.parametrize("number,status,reset", [
    (signal.SIGTERM, 0, LEFT), (signal.SIGINT, 0, LEFT), (signal.SIGHUP, 0, LEFT),
    (signal.SIGKILL, -signal.SIGKILL, LEFT), (signal.SIGQUIT, -signal.SIGQUIT, LEFT)])
def test_the_device_is_reset_after_a_signal(card, number, status, reset):
    """Of a process that can do nothing any more the card notices the end, as the kernel does."""
    with up(card) as proc:
        until(proc, "state", "hot")
        proc.send_signal(number)
        assert finish(proc).status == status
    assert whys(card)[-len(reset):] == reset


def test_the_device_is_reset_after_a_hang(tmp_path):
    """The driver waits for an interrupt that does not come, and does not return."""
    with Card(tmp_path, "--set", "fault.no_irq=1") as card:
        run = fake(card, "patient", "--timeout", "0.2")
        assert run.status == 124, run.stderr
        assert whys(card)[-2:] == ASKED


def test_the_device_is_reset_when_a_user_insists(tmp_path):
    """One signal asks for an end, which such a driver does not come to; a later one has it."""
    with Card(tmp_path, "--set", "fault.no_irq=1") as card:
        with up(card, mode="patient") as proc:
            until(proc, "info")         # it has its interrupt, and waits
            while proc.poll() is None:
                proc.send_signal(signal.SIGTERM)
                time.sleep(0.1)
            assert finish(proc).status == 128 + signal.SIGTERM
        assert whys(card)[-2:] == ASKED


def test_the_device_is_reset_when_the_harness_fails(card, tmp_path):
    """It cannot write the trace."""
    run = fake(card, "ok", "--trace", str(tmp_path / "trace"), limit_kb=0)
    assert run.status == 1 and "cannot be written" in run.stderr
    assert whys(card)[-2:] == ASKED
