# SPDX-License-Identifier: BSD-2-Clause
"""Benchmark rows: from exec to `attached` for edu on a simulated card, and the peak memory.

The peer is the least a process can do, /bin/true, started in the same way in the same run.
"""
import os
import queue
import subprocess
import time

from . import card, events, paths, rundir
from .errors import VoyError

PEER = "/bin/true"


def _attach(device):
    """(seconds to attached, peak KiB) of one run-edu."""
    argv = [str(paths.program("run-edu")), "--device", device, "--until", "attached", "--json"]
    began = time.monotonic()
    attached = None
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL) as p:
        for line in p.stdout:
            event = events.parse(line.decode(errors="replace"))
            if event["event"] == "state" and event.get("state") == "attached":
                attached = time.monotonic() - began
        _, status, usage = os.wait4(p.pid, 0)
        p.returncode = os.waitstatus_to_exitcode(status)
    if p.returncode != 0 or attached is None:
        raise VoyError(f"run-edu: ended with status {p.returncode} on the simulated card")
    return attached, usage.ru_maxrss


def _bare():
    """(seconds from exec to end, peak KiB) of the peer."""
    began = time.monotonic()
    p = subprocess.Popen([PEER], stdin=subprocess.DEVNULL)
    _, status, usage = os.wait4(p.pid, 0)
    p.returncode = os.waitstatus_to_exitcode(status)
    return time.monotonic() - began, usage.ru_maxrss


def measure():
    """The rows of one execution."""
    with rundir.RunDir() as d:
        edu = card.Card("edu", d, queue.SimpleQueue())
        try:
            seconds, kib = _attach(edu.target)
        finally:
            edu.stop()
    bare_seconds, bare_kib = _bare()
    return [{"name": "edu: exec to attached", "ours": seconds * 1e3, "peer": bare_seconds * 1e3,
             "unit": "ms", "against": f"exec to exit of {PEER}"},
            {"name": "edu: peak memory", "ours": kib, "peer": bare_kib, "unit": "KiB",
             "against": f"peak memory of {PEER}"}]
