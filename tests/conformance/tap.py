#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What the conformance drivers print (drivers/conform/conf_tap.h), out of a log or a dmesg.

    for document in tap.parse(lines):
        document.title, document.plan, document.checks["timer_stop"].ok

As a program: dmesg | tests/conformance/tap.py       says what failed; its status is 1 if any did.
"""
import dataclasses
import re
import sys

UNIT = re.compile(r"\b(conform(?:net)?\d+): (.*)")
CHECK = re.compile(r"(not )?ok (\d+) - (\w+)(?: # (SKIP )?(.*))?$")


@dataclasses.dataclass
class Check:
    """One line: `text` is why it failed or was skipped."""
    number: int
    ok: bool
    skipped: bool
    text: str


@dataclasses.dataclass
class Document:
    """From one "TAP version 14" to the next of the same unit."""
    unit: str
    plan: int = 0
    title: str = ""
    checks: dict = dataclasses.field(default_factory=dict)      # in order
    notes: list = dataclasses.field(default_factory=list)       # "# ..." besides

    def failed(self):
        """{name: reason} of checks that failed; None: lines that are missing, or out of order."""
        bad = {name: c.text for name, c in self.checks.items() if not c.ok}
        if [c.number for c in self.checks.values()] != list(range(1, self.plan + 1)):
            last = list(self.checks)[-1] if self.checks else "the first"
            bad[None] = f"{len(self.checks)} of {self.plan} checks; {last} is the last one"
        return bad

    def skipped(self):
        """{name: reason}"""
        return {name: c.text for name, c in self.checks.items() if c.skipped}


def parse(lines):
    """The documents in lines of a log; with units' names in front ("conform0: ") or without."""
    documents, current = [], {}
    for line in lines:
        found = UNIT.search(line)
        unit, text = found.groups() if found else ("", line)
        text = text.strip()
        if text == "TAP version 14":
            current[unit] = Document(unit)
            documents.append(current[unit])
        elif unit in current:
            _line(current[unit], text)
    return documents


def _line(document, text):
    if m := re.fullmatch(r"1\.\.(\d+)", text):
        document.plan = int(m[1])
    elif m := re.fullmatch(r"# conformance: (\w+)", text):
        document.title = m[1]
    elif m := CHECK.match(text):
        document.checks[m[3]] = Check(int(m[2]), not m[1], bool(m[4]), m[5] or "")
    elif text.startswith("#"):
        document.notes.append(text)


def main():
    """Read stdin; 0 when all checks passed, 1 when not, 2 when there are none."""
    documents = parse(sys.stdin)
    for d in documents:
        bad = d.failed()
        print(f"{d.unit or 'conform'} {d.title}: {'FAIL' if bad else 'pass'}, {d.plan} checks, "
              f"{len(d.skipped())} skipped")
        for name, why in bad.items():
            print(f"\t{name or 'incomplete'}: {why}")
    if not documents:
        print("there is no result of a conformance driver in this", file=sys.stderr)
        return 2
    return int(any(d.failed() for d in documents))


if __name__ == "__main__":
    sys.exit(main())
