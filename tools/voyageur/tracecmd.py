# SPDX-License-Identifier: BSD-2-Clause
"""`voy trace FILE`: a trace file (harness/trace_file.c) as lines of text, in order of time.

        0.012345 worker          > task edu_task
        0.012402 worker            write4 bar0+0x064 EDU_IRQ_ACK  0x00000001
        0.012630 worker          < task edu_task  0.000285 s

A file whose run was killed ends in the middle; what is whole of it is shown, and that is said.
"""
import json
import re
import sys

from .errors import VoyError

# What an event's phase looks like: begins, ends, is there, is gone.
SIGNS = {"B": ">", "E": "<", "b": "+", "e": "-", "i": " "}


def read(path):
    """The events of a file, by time, and has it an end?  Raises VoyError for one that is no trace."""
    events, ended = [], False
    try:
        with open(path, encoding="utf-8", errors="replace") as f:
            if '"traceEvents":[' not in f.readline():
                raise VoyError(f"{path}: no trace; voy run DRIVER --trace FILE writes one")
            for number, line in enumerate(f, 2):
                line = line.strip().rstrip(",")
                ended = line == "]}" or (ended and not line)
                if line not in ("", "]}"):
                    events.append(_event(path, number, line, f))
    except OSError as e:
        raise VoyError(f"{path}: {e.strerror}; voy run DRIVER --trace FILE writes one") from e
    return sorted((e for e in events if e), key=lambda e: e["ts"]), ended


def _event(path, number, line, file):
    try:
        e = json.loads(line)
        float(e["ts"]), e["name"] + e["ph"], int(e["tid"])
        return e
    except (ValueError, KeyError, TypeError) as why:
        if file.readline() == "":
            return None         # cut off here
        raise VoyError(f"{path}: line {number}: damaged: {why}") from why


class _Lines:
    """Events one after the other; remembers who runs, and since when."""

    def __init__(self, events):
        # A thread may be named by an event that comes after its first one.
        self.names = {e["tid"]: e["args"]["name"] for e in events
                      if e["ph"] == "M" and e["name"] == "thread_name"}
        self.open = {}

    def took(self, e):
        """(name, seconds) of what an event ends, or its own name and None."""
        key = (e["tid"],) if e["ph"] in "BE" else (e.get("cat"), e.get("id"))
        stack = self.open.setdefault(key, [])
        if e["ph"] in "Bb":
            stack.append(e)
        elif e["ph"] in "Ee" and stack:
            begun = stack.pop()
            return begun["name"], (e["ts"] - begun["ts"]) / 1e6
        return e["name"], None

    def record(self, e):
        """An event as what a program would want of it."""
        name, seconds = self.took(e)
        if e["ph"] in "be":
            name = f"{e.get('cat')}: {name}"
        r = {"t": round(e["ts"] / 1e6, 9), "thread": self.names.get(e["tid"], str(e["tid"])),
             "phase": e["ph"], "name": name}
        if seconds is not None:
            r["seconds"] = round(seconds, 9)
        args = e.get("args") or {}
        r.update({k: args[k] for k in ("value", "iova", "bytes") if k in args})
        return r


def text(r):
    """A record as a line."""
    more = [str(r["value"])] if "value" in r else []
    more += [f"iova {r['iova']}, {r['bytes']} bytes"] if "iova" in r else []
    more += [f"{r['seconds']:.6f} s"] if "seconds" in r else []
    return f"{r['t']:12.6f} {r['thread']:15} {SIGNS[r['phase']]} " + "  ".join([r["name"], *more])


def run(o):
    """voy trace"""
    try:
        wanted = re.compile(o.grep or "")
    except re.error as e:
        raise VoyError(f"--grep {o.grep}: no regular expression: {e}") from e
    events, ended = read(o.file)
    lines = _Lines(events)
    for e in events:
        if e["ph"] not in SIGNS:
            continue
        r = lines.record(e)
        line = text(r)
        if wanted.search(line):
            print(json.dumps(r) if o.json else line)
    if not ended:
        sys.stdout.flush()
        print(f"voy: {o.file}: it has no end: the run goes on or was killed, or the file was cut",
              file=sys.stderr)
    return 0
