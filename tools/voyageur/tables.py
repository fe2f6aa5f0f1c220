# SPDX-License-Identifier: BSD-2-Clause
"""Tables of a finished run, from its events (one JSON object a line): the host commands that the
driver sent to its card's firmware, and what a scan found.

    ./voy run iwm --json >run.json
    PYTHONPATH=tools python3 -m voyageur.tables run.json
"""
import itertools
import json
import sys


def _columns(rows, right=()):
    """Lines of aligned columns; `right` are the columns that are numbers."""
    widths = [max(len(str(row[i])) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        cells = [str(c).rjust(w) if i in right else str(c).ljust(w)
                 for i, (c, w) in enumerate(zip(row, widths))]
        yield "  ".join(cells).rstrip()


def host_commands(events):
    """Lines: when, which image, which command, its length, how often in a row."""
    rows, image = [("SECONDS", "IMAGE", "COMMAND", "ID", "BYTES", "TIMES")], "-"
    flat = []
    for e in events:
        if e.get("event") == "alive":
            image = e["image"]
        elif e.get("event") == "hcmd":
            flat.append((image, e["name"], f"{e['group']:x}.{e['id']:02x}", e["len"], e["t"]))
    for key, same in itertools.groupby(flat, lambda c: c[:3]):
        same = list(same)
        lengths = sorted({c[3] for c in same})
        size = str(lengths[0]) if len(lengths) == 1 else f"{lengths[0]}-{lengths[-1]}"
        rows.append((f"{same[0][4]:.3f}", *key, size, len(same)))
    return list(_columns(rows, right=(0, 4, 5))) if len(rows) > 1 else []


def scan(events):
    """Lines: each network that was heard, strongest first."""
    found = {}
    for e in events:
        if e.get("event") == "bss":
            found[e["bssid"]] = e
    if not found:
        return []
    rows = [("BSSID", "CHANNEL", "SIGNAL", "SECURITY", "SSID")]
    for e in sorted(found.values(), key=lambda e: -e["signal"]):
        rows.append((e["bssid"], e["channel"], f"{e['signal']} dBm",
                     "yes" if e["privacy"] else "open", e["ssid"]))
    return list(_columns(rows, right=(1, 2)))


def main(argv=None):
    """Prints both tables of a file, or of stdin."""
    names = sys.argv[1:] if argv is None else argv
    with open(names[0], encoding="utf-8") if names else sys.stdin as f:
        events = [json.loads(line) for line in f if line.startswith("{")]
    tables = [t for t in (host_commands(events), scan(events)) if t]
    print("\n\n".join("\n".join(t) for t in tables) or "no host command and no scan in there")
    return 0


if __name__ == "__main__":
    sys.exit(main())
