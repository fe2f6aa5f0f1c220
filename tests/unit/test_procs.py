# SPDX-License-Identifier: BSD-2-Clause
"""procs.Child: whom its signals reach."""
import os
import queue
import signal
import subprocess
import time

from voyageur import procs


def state(pid):
    """Of a process, as /proc names it; None: there is none."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
            return f.read().rpartition(")")[2].split()[0]
    except OSError:
        return None


def test_a_child_that_ends_while_it_is_signalled_keeps_its_number(monkeypatch):
    """Else, before the signal is sent, that may be a stranger's who has just been started."""
    seen = []

    def send(p, _number):
        os.kill(p.pid, signal.SIGKILL)
        os.waitid(os.P_PID, p.pid, os.WEXITED | os.WNOWAIT)
        time.sleep(0.2)     # for whoever would take its status; there is nothing to wait for
        seen.append(state(p.pid))

    child = procs.Child("child", ["sleep", "1000"], queue.SimpleQueue())
    with monkeypatch.context() as m:
        m.setattr(subprocess.Popen, "send_signal", send)
        child.send(signal.SIGTERM)
    assert seen == ["Z"]
    assert child.stop() == child.status == -signal.SIGKILL


def test_who_has_ended_is_sent_nothing(monkeypatch):
    """Its number may be anybody's."""
    inbox = queue.SimpleQueue()
    child = procs.Child("child", ["true"], inbox)
    assert inbox.get(timeout=120) == ("child", "end", 0)
    monkeypatch.setattr(os, "kill", None)
    child.send(signal.SIGTERM)
    assert child.stop() == 0
