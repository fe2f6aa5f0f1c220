# SPDX-License-Identifier: BSD-2-Clause
"""voy-tied, and procs.start() with it and without: no child outlives the thread that started it."""
import os
import signal
import subprocess
import sys
import threading

import pytest

from voyageur import procs

ENDLESS = ["/bin/sh", "-c", "echo here; exec sleep 1000"]


@pytest.fixture(params=["voy-tied", "fork"])
def start(request, monkeypatch):
    """procs.start(), in a built tree and in one that nothing has been built in."""
    if request.param == "fork":
        monkeypatch.setattr(procs, "TIED", "/nonexistent/voy-tied")
    return procs.start


def test_the_program_replaces_the_helper(start):
    """The process that is waited for and signalled is the program itself."""
    p = start(["/bin/sh", "-c", "echo $$ $0 $1; exit 7", "a b", ""],
              stdout=subprocess.PIPE, text=True)
    assert p.communicate()[0] == f"{p.pid} a b\n" and p.returncode == 7


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_the_end_of_the_thread_is_the_end_of_the_child(start, number):
    """By the signal that was asked for."""
    children = []

    def thread():
        children.append(start(ENDLESS, number, stdout=subprocess.PIPE))
        assert children[0].stdout.readline() == b"here\n"
    t = threading.Thread(target=thread)
    t.start()
    t.join()
    with children[0] as p:
        assert p.wait(60) == -number


def test_a_missing_program_is_named(start):
    """As Popen would."""
    with pytest.raises(FileNotFoundError) as e:
        start(["/nonexistent/program"])
    assert e.value.filename == "/nonexistent/program"


def test_a_parent_that_has_ended_before_is_noticed():
    """Then the signal would never come."""
    other = os.getppid()
    p = subprocess.run([procs.TIED, str(other), "9", sys.executable, "-c", "print('runs')"],
                       capture_output=True, check=False)
    assert (p.returncode, p.stdout) == (127, b"")


@pytest.mark.parametrize("arguments,status,says", [
    ([], 126, b"usage: "), (["9999", "/bin/true"], 126, b"signal 9999: Invalid argument"),
    (["9", "/nonexistent"], 127, b"/nonexistent: No such file"), (["9", "/etc"], 126, b"/etc: ")])
def test_what_cannot_be_run_is_told(arguments, status, says):
    """With a shell's statuses."""
    p = subprocess.run([procs.TIED, str(os.getpid()), *arguments], capture_output=True,
                       check=False)
    assert p.returncode == status and says in p.stderr
