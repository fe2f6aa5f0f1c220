# SPDX-License-Identifier: BSD-2-Clause
"""What a process is doing, as Linux tells it in /proc, and waiting for its end.

    assert there(pid)
    os.kill(pid, signal.SIGKILL)
    wait_gone(pid)                      # a zombie is gone, too
"""
import os
import pathlib
import time

LIMIT = 120     # seconds after which what is waited for will not come


def wait_until(done, what):
    """Until done() is true; `what` it is, for when it never is."""
    end = time.monotonic() + LIMIT
    while not done():
        assert time.monotonic() < end, f"{what}: waited {LIMIT} s in vain"
        time.sleep(0.01)


def wait_none(found):
    """Until found() finds nothing; what it still does is told when that is too late."""
    end = time.monotonic() + LIMIT
    while left := found():
        assert time.monotonic() < end, f"still there after {LIMIT} s: {left}"
        time.sleep(0.01)


def _stat(path):
    """/proc/PID/stat from the state on; what is before may have spaces in it."""
    return pathlib.Path(path, "stat").read_text("ascii", "replace").rpartition(")")[2].split()


def state(pid):
    """Of a process: S sleeps, T is stopped, Z has ended; "" where there is none."""
    try:
        return _stat(f"/proc/{pid}")[0]
    except OSError:
        return ""


def there(pid):
    """Does it run?  Who has its status when it does not, if anybody, does not matter."""
    return state(pid) not in ("", "Z", "X")


def wait_gone(pid):
    """Wait for its end."""
    wait_none(lambda: [pid] if there(pid) else [])


def name(pid):
    """What it is called, a thread (PID/task/TID), too; "" where there is none."""
    try:
        return pathlib.Path(f"/proc/{pid}/comm").read_text("utf-8", "replace").rstrip("\n")
    except OSError:
        return ""


def threads(pid):
    """PID/task/TID of each of its threads, which all here that takes a process takes."""
    return [f"{pid}/task/{tid}" for tid in os.listdir(f"/proc/{pid}/task")]


def cpu_seconds(pid):
    """Processor time that it has used."""
    return sum(map(int, _stat(f"/proc/{pid}")[11:13])) / os.sysconf("SC_CLK_TCK")


def children(pid):
    """Process ids of those that it has started; none where there is none."""
    found = []
    for file in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += map(int, file.read_text("ascii").split())
        except OSError:
            pass        # that thread has ended
    return found


def command(pid):
    """Its command line; "" for one that has ended."""
    try:
        line = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return ""
    return line.replace(b"\0", b" ").decode("utf-8", "replace").strip()


def with_command(word):
    """All others that have `word` in their command line."""
    return [int(pid) for pid in os.listdir("/proc")
            if pid.isdigit() and int(pid) != os.getpid() and word in command(pid)]
