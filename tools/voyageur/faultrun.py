# SPDX-License-Identifier: BSD-2-Clause
"""Runs of a driver with a fault, and the judgement of each.

    verdict = run(options, fault)           # in this process, quietly; options as `voy run` has them
    for fault, verdict in sweep(options, faults, jobs): ...

Each run must end in an error that is told, or recover.  A broken rule, a crash, a hang, a leak, what
a sanitizer says, a wrong use of the simulated card, and a fault that never came are failures.
"""
import concurrent.futures
import contextlib
import copy
import dataclasses
import multiprocessing
import os
import re
import signal
import sys
import tempfile
import time

from . import harness, procs
from . import run as the_run

FOR_GOOD = 20   # seconds for a run in which something fails for good
TRIES = 5       # for a fault that does not come: threads may take another way once in a while
RECOVERED, ERROR, VAIN, FAILED = "recovered", "error", "in vain", "failed"


@dataclasses.dataclass(frozen=True)
class Verdict:
    """How a run with a fault ended: RECOVERED, ERROR, VAIN (it went on trying, in order), FAILED."""
    outcome: str
    why: str                # the error, or what was wrong
    fired: bool = True
    said: str = ""          # of a failed run: stderr and the last events
    seconds: float = 0.0


def run(options, fault=None, environment=None):
    """One run, nothing on stdout or stderr; its events, what stderr got."""
    o = copy.copy(options)
    o.settings = [*o.settings, *(fault.settings() if fault else [])]
    events = []
    with _environment(environment or fault.environment()), _stderr() as said:
        the_run.run(o, events.append)
        return events, said()


def judged(options, fault):
    """The Verdict on a fault; a fault that does not come is tried again."""
    started = time.monotonic()
    for attempt in range(TRIES):
        o = copy.copy(options)
        # What fails for good may never end by itself; but a slow machine gets its time.
        if fault.for_good and attempt == 0:
            o.timeout = min(o.timeout or harness.TIMEOUT, FOR_GOOD)
        events, said = run(o, fault, fault.environment(again=attempt > 0))
        verdict = judge(events, said, fault)
        if verdict.fired:
            break
    return dataclasses.replace(verdict, seconds=time.monotonic() - started)


def judge(events, said, fault):
    """The Verdict on one run's events and stderr."""
    result = events[-1]
    error = result.get("error") or ""
    fired = any(e["event"] == "fault" for e in events)
    why = _wrong(events, said, fault)
    if not why and not fired:
        why = f"the fault never came; the run {'was ok' if result['ok'] else 'failed: ' + error}"
    if not why and error.startswith("timeout: "):
        if fault.for_good:
            return Verdict(VAIN, error)
        why = f"neither recovered nor gave up: {error}"
    if why:
        tail = "\n".join(str(e.get("text") or e) for e in events[-40:])
        return Verdict(FAILED, why, fired, f"{tail}\n{said}")
    return Verdict(RECOVERED if result["ok"] else ERROR, error)


def _wrong(events, said, fault):
    """What no fault excuses; None if there is nothing."""
    # What a driver writes to a card whose register lied to it is not the driver's to answer for, nor
    # what a card goes on doing that only the driver finds gone.
    lied = fault.point.call == "stuck" or (fault.point.call == "bus_space_read" and fault.for_good)
    for e in events:
        text = e.get("text") or ""
        if e["event"] in ("violation", "crash") and not (lied and e.get("source") == "sim"):
            return text or e["event"]
        if e.get("source") == "valgrind":
            return text
        if "not given back" in text or text.startswith(("leak:", "hang:")):
            return text
    if m := re.search(r"^.*(?:Sanitizer|runtime error): .*", said, re.M):
        return m[0].strip()
    result = events[-1]
    error = result.get("error") or ""
    if result["event"] != "result" or not (result["ok"] or error):
        return "the run ended without saying why"
    if "without a result" in error or "was killed" in error or "simulated air" in error:
        return error
    return error if error.startswith("simulated card:") and not lied else None


@contextlib.contextmanager
def _environment(extra):
    old = dict(os.environ)
    os.environ.update(extra)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(old)


@contextlib.contextmanager
def _stderr():
    """Everybody's stderr goes to a file; the value: a function that reads it."""
    with tempfile.TemporaryFile() as file:
        sys.stderr.flush()
        saved = os.dup(2)
        os.dup2(file.fileno(), 2)

        def read():
            file.seek(0)
            return file.read().decode(errors="replace")
        try:
            yield read
        finally:
            sys.stderr.flush()
            os.dup2(saved, 2)
            os.close(saved)


def _worker(parent):
    """A process of the pool: it goes when we go, and a Ctrl-C is ours to see."""
    procs.die_with(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def sweep(options, faults, jobs):
    """(fault, Verdict) of each fault as they come, `jobs` runs at a time."""
    context = multiprocessing.get_context("fork")
    pool = concurrent.futures.ProcessPoolExecutor(jobs, context, _worker, (os.getpid(),))
    try:
        runs = {pool.submit(judged, options, fault): fault for fault in faults}
        for done in concurrent.futures.as_completed(runs):
            yield runs[done], done.result()
    finally:
        pool.shutdown(cancel_futures=True)
