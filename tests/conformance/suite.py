# SPDX-License-Identifier: BSD-2-Clause
"""The conformance drivers' checks by name, out of their sources; and their runs.

    suite.NAMES                     ["pci_identity", ...] of all documents of drivers/conform
    suite.documents(run)            {title: tap.Document} of what a run has printed; one has each
"""
import re

import pdk_rules
import tap

CONFORM, NET = pdk_rules.ROOT / "drivers/conform", pdk_rules.ROOT / "drivers/conformnet"
ENTRY = re.compile(r'^\s*\{ (prefix )?"(\w+)", (CONF_\w+), (\w+),', re.M)


def checks():
    """{name: (file, where, function)} of every entry of a table, KIND() expanded."""
    found = {}
    for path in sorted(CONFORM.glob("*.c")):
        text = path.read_text()
        for part, name, where, function in ENTRY.findall(text):
            prefixes = re.findall(r'^\tKIND\("(\w+)"', text, re.M) if part else [""]
            found.update({p + name: (path, where, function) for p in prefixes})
    return found


CHECKS = checks()
FRAMES = ["tx_refused", "tx_taken"]         # conf_tx.h
NAMES = list(CHECKS)
# Documents that need nothing from outside, and in a run to the last state each comes once.
ALONE = ["attach", "radio", "detach"]


def lines(run):
    """What the driver has logged, as a kernel's log would have it."""
    return [e["text"] for e in run.poll_events() if e["event"] == "log" and "text" in e
            and e.get("source") != "sim"]


def all_documents(run):
    """In the order of their beginning."""
    return tap.parse(lines(run))


def documents(run):
    """{title: Document}"""
    found = all_documents(run)
    titles = [d.title for d in found]
    assert len(set(titles)) == len(titles), titles
    return dict(zip(titles, found))
