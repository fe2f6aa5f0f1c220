# SPDX-License-Identifier: BSD-2-Clause
"""`voy bench`: the figures, each as a ratio against a named peer measured in the same run.

A row comes from one of these:
    bench-NAME          a driver's program under build/gcc/bin, run on a simulated `scratch`
                        card that is its own, and in the lab guest (unless --no-lab) on QEMU's edu,
                        through the kernel's VFIO
    bench_attach.py     the time and memory of a whole run, measured from outside
    bench_air.py        frames through the hub; in the lab the simulated 7260 under stock Linux
A program prints, for each row, one line of JSON per execution:
    {"name": "register read", "ours": 3.1, "peer": 2.9, "unit": "ns", "against": "plain load"}
Lines without "name" are ignored.  Each source is executed `--runs` times (at least 5), ours
and peer in turn inside each, and a row shows medians: of ours, of the peer, and of the ratios.
"""
import json
import os
import queue
import statistics
import subprocess

from . import bench_air, bench_attach, build, card, paths, procs, rundir
from .errors import VoyError

RUNS = 5
HOW = ["--no-contain"]      # peers do what no driver may
TIMEOUT = 240


def lines(text):
    """The rows in a program's output."""
    for line in text.splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict) and "name" in row:
            yield row


def _program(path):
    """A source of rows: one execution of a benchmark program on this machine."""
    inbox = queue.SimpleQueue()
    with rundir.RunDir() as d:
        scratch = card.Card("scratch", d, inbox)
        try:
            p = subprocess.run([path, *HOW, "--device", scratch.target, "--json"], text=True,
                               capture_output=True, timeout=TIMEOUT,
                               stdin=subprocess.DEVNULL, check=False)
        except subprocess.TimeoutExpired as e:
            raise VoyError(f"{path.name}: did not end within {TIMEOUT} s") from e
        finally:
            scratch.stop()
    if p.returncode != 0:
        raise VoyError(f"{path.name}: {procs.describe(p.returncode)}: {p.stderr.strip()}")
    return list(lines(p.stdout))


def _lab_program(path, runs):
    """The same in the guest; all executions in one guest, since a boot takes seconds."""
    import lab
    script = (f"i=0; while [ $i -lt {runs} ]; do "
              f"\"$0\" {' '.join(HOW)} --device $VOY_BDF --json || exit; i=$((i+1)); done")
    try:
        result = lab.run(["/bin/sh", "-c", script, str(path)], device="edu", files=[str(path)],
                         timeout=60 + TIMEOUT)
    except lab.LabError as e:
        raise VoyError(str(e)) from e
    if result.status != 0:
        raise VoyError(f"{path.name}: in the guest: {procs.describe(result.status)}: "
                       f"{result.stderr.decode(errors='replace').strip()}")
    rows = list(lines(result.stdout.decode(errors="replace")))
    for row in rows:
        row["name"] = "lab: " + row["name"]
    return rows


def medians(samples):
    """Rows of medians from the rows of all executions, in the order of first appearance."""
    rows = {}
    for s in samples:
        rows.setdefault(s["name"], []).append(s)
    return [_median(name, group) for name, group in rows.items()]


def _median(name, group):
    ratios = [s["ours"] / s["peer"] for s in group if s["peer"]]
    return {"name": name, "ours": statistics.median(s["ours"] for s in group),
            "peer": statistics.median(s["peer"] for s in group),
            "ratio": round(statistics.median(ratios), 4) if ratios else None,
            "unit": group[0].get("unit", ""), "against": group[0].get("against", ""),
            "runs": len(group)}


def sources():
    """Names of what rows come from."""
    programs = sorted(p.name for p in (paths.BUILD / "gcc/bin").glob("bench-*"))
    return [*programs, "bench-attach", "bench-air"]


def measure(runs, with_lab, wanted=(), progress=lambda text: None):
    """All rows, or those of the sources whose name contains one of `wanted`."""
    def chosen(name):
        return not wanted or any(w in name for w in wanted)

    samples = []
    for path in sorted((paths.BUILD / "gcc/bin").glob("bench-*")):
        if not chosen(path.name) or not os.access(path, os.X_OK):
            continue
        progress(path.name)
        samples += [row for _ in range(runs) for row in _program(path)]
        if with_lab:
            progress(f"{path.name} in the lab")
            samples += _lab_program(path, runs)
    if chosen("bench-attach"):
        progress("bench-attach")
        samples += [row for _ in range(runs) for row in bench_attach.measure()]
    if chosen("bench-air"):
        progress("bench-air")
        samples += [row for _ in range(runs) for row in bench_air.measure()]
        if with_lab:
            progress("bench-air in the lab")
            samples += bench_air.measure_lab()
    return medians(samples)


def run(options):
    """voy bench"""
    build.ninja("gcc")
    runs = max(RUNS, options.runs)
    from . import cache
    rows = measure(runs, options.lab, options.rows,
                   lambda text: cache.say(f"bench: {text}"))
    if not rows:
        raise VoyError(f"bench: no source of rows is called like {' or '.join(options.rows)}; "
                       f"there are {', '.join(sources())}")
    if options.json:
        print(json.dumps({"rows": rows}))
    else:
        _table(rows)
    return 0


def _table(rows):
    width = max(len(r["name"]) for r in rows)
    print(f"{'':{width}}  {'ours':>12} {'peer':>12} {'':6} {'ratio':>8}  against")
    for r in rows:
        ratio = f"{r['ratio']:8.2f}" if r["ratio"] is not None else " " * 8
        print(f"{r['name']:{width}}  {r['ours']:12.2f} {r['peer']:12.2f} {r['unit']:6} {ratio}"
              f"  {r['against']}")
