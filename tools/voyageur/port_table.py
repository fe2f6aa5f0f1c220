# SPDX-License-Identifier: BSD-2-Clause
"""What `voy port` says: a row per header set and compiler, for people as a table, or as JSON.

JSON: one object a line.  "start" (driver, files); for each row its "diagnostic"s (system, release,
machine, compiler, kind: error, warning or rule, file, line, text), then the "row" itself (status
ok, fail or skip; of a skip text and mend); the last is the "result".
"""
import json
import os
import re
import sys

from . import paths, tables

SHOWN = 12          # diagnostics of one row that a person gets; --json has all
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.S)


def row(system, evidence, **more):
    """A row with its defaults."""
    out = {"system": system, "release": None, "machine": None, "evidence": evidence,
           "compiler": None, "files": None, "errors": None, "warnings": None, "symbols": None,
           "unknown": [], "declared": [], "os_lines": None, "overlay": [], "status": None}
    out.update(more)
    return out


def os_lines(opened):
    """Lines of code, without comments and blank ones, of the shims' files among those opened."""
    count = 0
    contract = os.path.join(paths.ROOT, "shims/include/")
    top = os.path.join(paths.ROOT, "shims/")
    for path in opened:
        if path.startswith(top) and not path.startswith(contract):
            with open(path, encoding="utf-8", errors="replace") as f:
                text = COMMENT.sub(lambda m: "\n" * m[0].count("\n"), f.read())
            count += sum(bool(line.strip()) for line in text.splitlines())
    return count


class Json:
    """One object a line on stdout."""

    def _put(self, event):
        sys.stdout.write(json.dumps(event) + "\n")
        sys.stdout.flush()

    def start(self, source):
        """The run begins."""
        self._put({"event": "start", "driver": source.name,
                   "files": [str(f) for f in source.files], "classes": list(source.classes)})

    def row(self, r, said):
        """A row, and what the compilers and rules said."""
        where = {k: r[k] for k in ("system", "release", "machine", "evidence", "compiler")}
        for d in said:
            self._put({"event": "diagnostic", **where, **d})
        self._put({"event": "row", **r})

    def table(self, rows):
        """They have been told."""

    def result(self, about):
        """The last one."""
        self._put({"event": "result", **about})


class Human:
    """For people: troubles as they are found, then the table."""

    def start(self, source):
        """Nothing to say yet."""

    def row(self, r, said):
        """What is in the way."""
        if r["status"] != "fail":
            return
        name = " ".join(str(r[k]) for k in ("system", "release", "machine", "compiler") if r[k])
        print(f"{name} ({r['evidence']}):")
        for d in said[:SHOWN]:
            line = f":{d['line']}" if d["line"] else ""
            print(f"    {d['file']}{line}: {d['kind']}: {d['text']}")
        if len(said) > SHOWN:
            print(f"    ... and {len(said) - SHOWN} more (--json has all)")
        for n in r["unknown"]:
            print(f"    {n}: the kernel is not known to have it")
        sys.stdout.flush()

    def table(self, rows):
        """All rows."""
        heads = ("system", "release", "machine", "evidence", "compiler", "files", "errors",
                 "warnings", "unknown", "OS lines", "")
        cells = [tuple("-" if c is None else c for c in (
            r["system"], r["release"], r["machine"], _evidence(r), r["compiler"], r["files"],
            r["errors"], r["warnings"], None if r["symbols"] is None else len(r["unknown"]),
            r["os_lines"], r["status"])) for r in rows]
        print("\n".join(tables.layout(heads, cells, (5, 6, 7, 8, 9))))
        for r in rows:
            if r["status"] == "skip":
                name = " ".join(filter(None, (r["system"], r["evidence"], r["compiler"])))
                print(f"skipped: {name}: {r['text']}; {r['mend']}")
        sys.stdout.flush()

    def result(self, about):
        """The verdict."""
        print("ok" if about["ok"] else f"failed: {about['error']}", flush=True)


def _evidence(r):
    return r["evidence"] + (f" + {len(r['overlay'])} of overlay" if r["overlay"] else "")
