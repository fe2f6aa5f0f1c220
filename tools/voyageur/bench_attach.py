# SPDX-License-Identifier: BSD-2-Clause
"""Benchmark rows: edu on a simulated card, to `attached`, recorded, replayed; its peak memory.

The peer is nearly the least a process can do: /bin/cat, until it has passed one byte on.
"""
import queue
import subprocess
import time

from . import card, events, paths, rundir
from .errors import VoyError

PEER = "/bin/cat"


def _peak(pid):
    """Peak memory of a live process in KiB.  (A child's ru_maxrss includes its parent's.)"""
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        for line in f:
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    raise VoyError(f"process {pid}: no VmHWM in its status")


def _attach(device):
    """(seconds to attached, peak KiB then) of one run-edu."""
    argv = [str(paths.program("run-edu")), "--device", device, "--until", "attached", "--stay",
            "--json"]
    began = time.monotonic()
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL) as p:
        for line in p.stdout:
            event = events.parse(line.decode(errors="replace"))
            if event["event"] == "state" and event.get("state") == "attached":
                attached = time.monotonic() - began, _peak(p.pid)
                p.terminate()
                p.communicate()
                return attached
    raise VoyError(f"run-edu: ended with status {p.returncode} on the simulated card")


def _bare():
    """(seconds from exec to the first output, peak KiB then) of the peer."""
    began = time.monotonic()
    with subprocess.Popen([PEER], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as p:
        p.stdin.write(b"x")
        p.stdin.flush()
        p.stdout.read(1)
        return time.monotonic() - began, _peak(p.pid)


def _whole(device, *more):
    """Seconds of one whole run of run-edu."""
    began = time.monotonic()
    subprocess.run([paths.program("run-edu"), "--device", device, *map(str, more)], check=True,
                   stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    return time.monotonic() - began


def measure():
    """The rows of one execution."""
    with rundir.RunDir() as d:
        edu = card.Card("edu", d, queue.SimpleQueue())
        try:
            seconds, kib = _attach(edu.target)
            plain = _whole(edu.target)
            recorded = _whole(edu.target, "--record", d / "edu.rec")
            replayed = _whole(f"replay:{d / 'edu.rec'}")
        finally:
            edu.stop()
    bare_seconds, bare_kib = _bare()
    return [{"name": "edu: exec to attached", "ours": seconds * 1e3, "peer": bare_seconds * 1e3,
             "unit": "ms", "against": f"exec to first byte of {PEER}"},
            {"name": "edu: whole run, --record", "ours": recorded * 1e3, "peer": plain * 1e3,
             "unit": "ms", "against": "the same without --record"},
            {"name": "edu: its replay", "ours": replayed * 1e3, "peer": plain * 1e3,
             "unit": "ms", "against": "the run itself"},
            {"name": "edu: peak memory", "ours": kib, "peer": bare_kib, "unit": "KiB",
             "against": f"peak memory of {PEER}"}]
