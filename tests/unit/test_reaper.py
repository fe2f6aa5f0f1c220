# SPDX-License-Identifier: BSD-2-Clause
"""voy-reaper, by procs.start_whole(): with a program ends all that it has started, and only that."""
import os
import signal
import subprocess
import sys
import threading

import pytest

from processes import there, wait_gone
from voyageur import errors, procs

# Starts a daemon, its parent gone, in a session of its own; it writes its process id to $1.
DAEMON = """
setsid sh -c '{first} echo $$ >$1.new; mv $1.new $1; exec sleep 7260' sh "$1" &
until [ -e "$1" ]; do sleep 0.01; done
echo up; {then}
"""
STUBBORN = 'trap "" HUP INT TERM;'
STAY = "exec sleep 7261"


def daemon(tmp_path, first="", then=STAY, start=procs.start_whole):
    """The Popen of a program whose daemon is up, the daemon's process id."""
    file = tmp_path / "pid"
    p = start(["sh", "-c", DAEMON.format(first=first, then=then), "sh", file],
              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert p.stdout.readline() == "up\n"
    return p, int(file.read_text(encoding="ascii"))


def test_without_it_a_daemon_stays(tmp_path):
    """What the other tests here show is the reaper's doing."""
    p, pid = daemon(tmp_path, then="", start=subprocess.Popen)
    with p:
        assert p.wait(60) == 0 and there(pid)
    os.kill(pid, signal.SIGKILL)
    wait_gone(pid)


@pytest.mark.parametrize("then,status", [("", 0), ("exit 7", 7), ("kill -KILL $$", -9)])
def test_the_programs_end_is_the_end_of_what_it_has_started(tmp_path, then, status):
    """Its status is kept; nothing is left when it is told."""
    p, pid = daemon(tmp_path, then=then)
    with p:
        assert p.wait(60) == status and not there(pid)


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_for_the_program(tmp_path, number):
    """It decides what becomes of it."""
    p, pid = daemon(tmp_path, then=f"trap 'exit 9' {number.name[3:]}; echo set; read x")
    with p:
        assert p.stdout.readline() == "set\n" and there(pid)
        p.send_signal(number)
        assert p.wait(60) == 9 and not there(pid)


@pytest.mark.parametrize("first", ["", STUBBORN])
def test_all_is_ended_at_once_when_asked(tmp_path, first):
    """The program, too; who ignores that is killed."""
    p, pid = daemon(tmp_path, first)
    with p:
        procs.end_whole(p)
        assert p.returncode == -signal.SIGTERM and not there(pid)
    procs.end_whole(p)      # once more does no harm


def test_the_end_of_the_thread_is_the_end_of_all(tmp_path):
    """As when voy is killed."""
    started = []
    t = threading.Thread(target=lambda: started.extend(daemon(tmp_path)))
    t.start()
    t.join()
    p, pid = started
    with p:
        wait_gone(pid)
        assert p.wait(60) == -signal.SIGTERM


def test_a_kill_of_the_process_group_leaves_it_to_end_the_rest(tmp_path):
    """kill -9 -PGID reaches voy and its command, but not what made itself a session."""
    ready, child = tmp_path / "ready", None
    code = ("import subprocess, sys, time; from voyageur import procs; "
            f"procs.start_whole(['sh', '-c', {DAEMON.format(first=STUBBORN, then=STAY)!r}, 'sh', "
            f"{str(ready)!r}]); time.sleep(1000)")
    with subprocess.Popen([sys.executable, "-c", code], start_new_session=True, text=True,
                          stdout=subprocess.PIPE,
                          env={**os.environ, "PYTHONPATH": ":".join(sys.path)}) as p:
        assert p.stdout.readline() == "up\n"
        child = int(ready.read_text(encoding="ascii"))
        os.killpg(p.pid, signal.SIGKILL)
        wait_gone(child)


def test_nobody_else_of_the_process_group_is_hung_up_on():
    """Not even where the group has no shell that looks after it, and one of it is stopped."""
    code = ("import os, signal, subprocess; from voyageur import procs; "
            "other = subprocess.Popen(['sleep', '7263']); other.send_signal(signal.SIGSTOP); "
            "os.waitpid(other.pid, os.WUNTRACED); "
            "status = procs.start_whole(['true']).wait(); other.kill(); print('well', status)")
    p = subprocess.run([sys.executable, "-c", code], start_new_session=True, text=True, timeout=100,
                       stdout=subprocess.PIPE, check=False,
                       env={**os.environ, "PYTHONPATH": ":".join(sys.path)})
    assert (p.returncode, p.stdout) == (0, "well 0\n")


def test_who_ends_when_asked_is_not_killed(tmp_path):
    """A capture in the background writes what it still has; its orphans are asked as well."""
    says = tmp_path / "says"
    first = f"""trap 'echo outer >>{says}; exit' TERM;
        (trap "echo inner >>{says}; exit" TERM; : >{says}.up; while :; do sleep 0.01; done) &
        until [ -e {says}.up ]; do sleep 0.01; done;"""
    p, pid = daemon(tmp_path, first=first.replace("'", "'\\''") +
                    " echo $$ >$1; while :; do sleep 0.01; done;")
    with p:
        procs.end_whole(p)
    assert not there(pid)
    assert set(says.read_text(encoding="ascii").split()) == {"outer", "inner"}


def test_nothing_else_is_killed(tmp_path):
    """Neither what was there before nor what our other children have started."""
    with subprocess.Popen(["sleep", "7262"]) as before:
        other, spared = daemon(tmp_path)
        (tmp_path / "second").mkdir()
        p, pid = daemon(tmp_path / "second", then="")
        with p, other:
            assert p.wait(60) == 0 and not there(pid)
            assert there(spared) and other.poll() is None and before.poll() is None
            procs.end_whole(other)
        before.kill()


def test_what_cannot_be_run_is_told():
    """Before anything is started; by the program itself with a shell's statuses."""
    with pytest.raises(FileNotFoundError) as e:
        procs.start_whole(["/nonexistent/program"])
    assert e.value.filename == "/nonexistent/program"
    for arguments, status, says in (([], 126, "usage: "), (["/etc"], 126, "/etc: "),
                                    (["/nonexistent"], 127, "/nonexistent: No such file")):
        p = subprocess.run([procs.REAPER, *arguments], capture_output=True, text=True, check=False)
        assert p.returncode == status and says in p.stderr


def test_a_reaper_that_was_not_built_is_named(monkeypatch):
    """And not the program that it was to run."""
    monkeypatch.setattr(procs, "REAPER", "/nonexistent/voy-reaper")
    with pytest.raises(errors.VoyError, match="/nonexistent/voy-reaper: No such file"):
        procs.Child("command", ["true"], None, whole=True)
