# SPDX-License-Identifier: BSD-2-Clause
"""`voy faults`: a driver's way to a state, once for each place where its host may fail there.

    run twice, counting             the places that both runs passed (faultpoints.py)
    run once for each fault         judged (faultrun.py), several at once
    a table                         or, with --json, an event for each run and a result

A wifi driver's simulated air runs in fast time, so a time-out costs nothing.
"""
import argparse
import collections
import contextlib
import json
import os
import shlex
import sys
import time

from . import drivers, faultpoints, faultrun, paths, rundir, tables, targets, world
from . import run as the_run
from .errors import VoyError

# Options that each run has as they were given here.
CARRIED = ("on", "until", "timeout", "sanitize", "valgrind", "settings", "model", "air", "ssid",
           "cycles", "suspend", "dma", "memory", "contain")
# For gdb: where a fault strikes.
STRIKES = "shim_fault_strikes"


def run(o):
    """The command; its exit status."""
    started = time.monotonic()
    if o.gdb and len(o.point or ()) != 1:
        raise VoyError("--gdb: one --point, which voy faults --list shows, is wanted with it")
    with rundir.RunDir() as folder:
        options = run_options(o, folder)
        events = _count(options)
        driver = drivers.find(o.driver)
        program = driver.program(paths.SANITIZERS.get(o.sanitize, paths.VARIANT))
        points = faultpoints.Points(program, events, o.all, targets.parse(o.on).kind == "sim",
                                    o.only)
        if o.list:
            return _list(o, points)
        faults = _chosen(o, points)
        if o.gdb:
            return _gdb(o, options, faults)
        return _sweep(o, options, points, faults, started)


def run_options(o, folder):
    """Options of `voy run` for each run; a world in fast time is put into `folder`."""
    from . import cli
    options = cli.parse(["run", o.driver])
    options.json = True
    for name in CARRIED:
        setattr(options, name, getattr(o, name))
    driver, target = drivers.find(o.driver), targets.parse(o.on)
    if target.kind in ("sim", "lab") and driver.radio and o.until not in (*world.ALONE, None, "ip"):
        options.air = _fast(o, folder)
    return options


def _fast(o, folder):
    """The world of the runs, with time that jumps when nobody has anything to do."""
    try:
        with open(o.air or world.DEFAULT, encoding="utf-8") as f:
            config = json.load(f)
        if not o.gdb:           # where somebody thinks
            config.setdefault("air", {}).setdefault("time", "fast")
    except (OSError, ValueError, AttributeError, TypeError):
        return o.air            # aircfg.py will say what is wrong with it
    path = folder / "world.json"
    path.write_text(json.dumps(config), encoding="utf-8")
    return path


def _count(options):
    """The events of a counting run, of what comes in two of them."""
    runs = []
    unhurried = argparse.Namespace(**{**vars(options), "timeout": None})
    for _ in range(2):
        events, said = faultrun.run(unhurried, environment=faultpoints.COUNT)
        result = events[-1]
        if (result.get("error") or "").startswith("stopped by SIG"):
            raise KeyboardInterrupt     # the run took it
        if not result["ok"]:
            sys.stderr.write(said)
            raise VoyError(f"without a fault the run is not ok: {result.get('error')}; mend that "
                           "first")
        runs.append(events)
    return faultpoints.steady(*runs)


def _chosen(o, points):
    if not o.point:
        faults = points.faults()
        n = min(o.sample or len(faults), len(faults))
        return [faults[i * len(faults) // n] for i in range(n)]
    try:
        return points.choose(o.point)
    except ValueError as e:
        raise VoyError(f"--point {e}; voy faults {o.driver} --list shows them") from e


def _list(o, points):
    for point in points:
        if o.json:
            print(json.dumps({"event": "point", "point": point.number, "call": point.call,
                              "name": point.name, "faults": {f.label: f.exact for f in point.faults()}}))
        else:
            print(f"{point.number:5}  {point.name}")
    return 0


def _gdb(o, options, faults):
    """One fault under gdb, which stops where it strikes."""
    fault, = faults
    options = argparse.Namespace(**{**vars(options), "gdb": True, "json": False,
                                    "settings": options.settings + fault.settings()})
    options.breaks = [STRIKES]
    print(f"fault {fault.label}: {fault.point.name}")
    os.environ.update(fault.environment())
    from . import events
    return 0 if the_run.run(options, events.HumanPrinter())["ok"] else 1


# ---- the sweep ---------------------------------------------------------------------------

class _Progress:
    """A line on a terminal; nothing elsewhere."""

    WIDTH = 30

    def __init__(self, total):
        self._total, self._done, self._failed = total, 0, 0
        self._on = sys.stderr.isatty()
        self.show()

    def show(self):
        if not self._on:
            return
        filled = self.WIDTH * self._done // max(self._total, 1)
        failed = f", {self._failed} failed" if self._failed else ""
        sys.stderr.write(f"\r\x1b[K[{'#' * filled}{'.' * (self.WIDTH - filled)}] "
                         f"{self._done}/{self._total}{failed}")
        sys.stderr.flush()

    def step(self, failed):
        self._done += 1
        self._failed += failed
        self.show()

    def clear(self):
        if self._on:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def _sweep(o, options, points, faults, started):
    jobs = o.jobs or (len(os.sched_getaffinity(0)) if targets.parse(o.on).kind == "sim" else 1)
    verdicts = {}
    progress = _Progress(len(faults))
    with contextlib.closing(faultrun.sweep(options, faults, jobs)) as runs:
        for fault, verdict in runs:
            verdicts[fault] = verdict
            if o.json:
                print(json.dumps(_event(fault, verdict)), flush=True)
            progress.step(verdict.outcome == faultrun.FAILED)
    progress.clear()
    result = _result(o, points, verdicts, time.monotonic() - started)
    if o.json:
        print(json.dumps(result), flush=True)
    else:
        _show(o, points, verdicts, result)
    return 0 if result["ok"] else 1


def _event(fault, verdict):
    event = {"event": "run", "point": fault.point.number, "call": fault.point.call,
             "name": fault.point.name, "exact": fault.exact, "for_good": fault.for_good, "fired": verdict.fired,
             "outcome": verdict.outcome, "why": verdict.why,
             "seconds": round(verdict.seconds, 3)}
    if verdict.said:
        event["said"] = verdict.said
    return event


def _result(o, points, verdicts, seconds):
    outcomes = collections.Counter(v.outcome for v in verdicts.values())
    return {"event": "result", "ok": not outcomes[faultrun.FAILED], "driver": o.driver,
            "until": o.until, "calls": points.calls, "points": len({f.point for f in verdicts}),
            "runs": len(verdicts), **{name.replace(" ", "_"): outcomes[name] for name in
                                      (faultrun.RECOVERED, faultrun.ERROR, faultrun.VAIN,
                                       faultrun.FAILED)},
            "seconds": round(seconds, 3)}


def _show(o, points, verdicts, result):
    """The table, and what failed."""
    rows = []
    for call, (what, *_) in faultpoints.CALLS.items():
        mine = {f: v for f, v in verdicts.items() if f.point.call == call}
        if mine:
            n = collections.Counter(v.outcome for v in mine.values())
            passed = sum(c for (name, _), c in points.counted.items() if name == call) or ""
            rows.append((call, what, passed, len({f.point for f in mine}), len(mine),
                         *(n[k] or "" for k in (faultrun.RECOVERED, faultrun.ERROR,
                                                faultrun.VAIN, faultrun.FAILED))))
    heads = ("call", "what fails", "calls", "points", "runs", "recovered", "error", "in vain",
             "failed")
    print("\n".join(tables.layout(heads, rows, range(2, len(heads)))))
    if not o.all:
        print("\nOf calls from one place the first, the second and one amid them fail, of register "
              "reads the\nfirst where the innermost functions are others, of interrupts and accesses "
              "each power of two;\n--all: every one.")
    for fault, verdict in sorted(verdicts.items(), key=lambda item: item[0].point.number):
        if verdict.outcome == faultrun.FAILED:
            print(f"\nfailed: {fault.label}  {fault.point.name}"
                  f"{', for good' if fault.for_good else ''}\n    {verdict.why}\n    again: "
                  f"{_again(o, fault)}")
            if o.point:
                print("    " + verdict.said.replace("\n", "\n    "))
    print(f"\n{'ok' if result['ok'] else 'failed'}: {result['runs']} runs, {result['failed']} "
          f"failed, in {result['seconds']:.1f} s")


def _again(o, fault):
    """The command that makes this run alone once more."""
    words = ["voy", "faults", o.driver]
    for name in CARRIED:
        value = getattr(o, name)
        if name == "settings":
            words += [word for setting in value for word in ("--set", setting)]
        elif name == "contain":
            words += [] if value else ["--no-contain"]
        elif value is True:
            words.append(f"--{name}")
        elif value and (name, value) != ("on", "sim"):
            words += [f"--{name}", f"{value:g}" if isinstance(value, float) else str(value)]
    words += ["--all"] if o.all else []
    return shlex.join([*words, "--point", fault.exact])
