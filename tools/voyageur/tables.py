# SPDX-License-Identifier: BSD-2-Clause
"""What a simulated 7260 went through, as tables: its host commands, and what its scans heard.

    tables = Tables(emit, hcmds=True, scan=True)    # stands in front of an events printer
    tables(event) ...
    tables.show(sys.stdout)

Host commands come from the card's events hcmd, reply and notif (tools/sim/i7260/i7260.h), networks
from its event bss: the last one of each BSSID counts.  Of several cards (their events have a
"source") each row says which.
"""

# Notifications have no name in the events; those that iwlwifi's firmware gives them, by group, id.
NOTIFICATIONS = {
    (0, 0x01): "ALIVE", (0, 0x04): "INIT_COMPLETE_NOTIF", (0, 0x2a): "TIME_EVENT_NOTIFICATION",
    (0, 0x6b): "CALIB_RES_NOTIF_PHY_DB", (0, 0x6d): "SCAN_OFFLOAD_COMPLETE",
    (0, 0x78): "PSM_UAPSD_AP_MISBEHAVING", (0, 0x90): "BEACON_NOTIFICATION",
    (0, 0x9d): "STATISTICS_NOTIFICATION", (0, 0x9e): "EOSP_NOTIFICATION",
    (0, 0xa2): "MISSED_BEACONS_NOTIFICATION", (0, 0xce): "BT_PROFILE_NOTIFICATION",
    (0, 0xd9): "MATCH_FOUND_NOTIFICATION", (0, 0xe7): "SCAN_ITERATION_COMPLETE",
    (4, 0xff): "DTS_MEASUREMENT_NOTIF",
}


def layout(heads, rows, right=(), rule=True):
    """Lines of a table; `right`: the columns whose cells stand on the right; `rule`: with one."""
    rows = [[str(c) for c in row] for row in rows]
    wide = [max(len(r[i]) for r in [list(heads), *rows]) for i in range(len(heads))]

    def line(cells):
        return "  ".join(c.rjust(w) if i in right else c.ljust(w)
                         for i, (c, w) in enumerate(zip(cells, wide))).rstrip()
    below = [line(["-" * w for w in wide])] if rule else []
    return [line(heads), *below, *(line(r) for r in rows)]


class Tables:
    """Takes events, hands them on to `emit`, keeps what the wanted tables need."""

    def __init__(self, emit=None, hcmds=True, scan=True):
        self._emit = emit
        self._want_hcmds, self._want_scan = hcmds, scan
        self._hcmds, self._networks = [], {}
        self._begun = False         # there was a card

    def __call__(self, event):
        kind = event["event"]
        if self._want_hcmds and kind in ("hcmd", "reply", "notif", "fw-start"):
            getattr(self, "_" + kind.replace("-", "_"))(event)
        elif kind == "bss":
            self._networks[event.get("source"), event.get("bssid")] = event
        self._begun = self._begun or kind == "listening"
        if self._emit:
            self._emit(event)

    @staticmethod
    def _id(event):
        return event.get("group", 0), event.get("id", 0)

    def _row(self, e, name, answer):
        self._hcmds.append({"t": e.get("t"), "card": e.get("source", ""), "name": name,
                            "id": self._id(e), "len": e.get("len"), "answer": answer})

    def _hcmd(self, e):
        self._row(e, e.get("name"), None)

    def _reply(self, e):
        """The oldest command of that card and id without an answer has it now."""
        for row in self._hcmds:
            if (row["card"], row["id"], row["answer"]) == (e.get("source", ""), self._id(e), None):
                row["answer"] = e
                return

    def _notif(self, e):
        self._row(e, NOTIFICATIONS.get(self._id(e), "?"), "notification")

    def _fw_start(self, e):
        """What an earlier firmware has not answered will not be answered."""
        for row in self._hcmds:
            if row["card"] == e.get("source", "") and row["answer"] is None:
                row["answer"] = "no reply"

    @staticmethod
    def _said(row):
        answer = row["answer"]
        if isinstance(answer, dict):
            after = (answer["t"] - row["t"]) * 1e6
            return f"reply, {answer.get('len')} bytes after {after:.0f} us"
        return answer or "no reply"

    @staticmethod
    def _of_cards(heads, rows, right):
        """A table; its first column, the card, only when there are several."""
        if len({r[0] for r in rows}) > 1:
            return layout(("card", *heads), rows, {i + 1 for i in right})
        return layout(heads, [r[1:] for r in rows], right)

    def hcmds(self):
        """The table of host commands, as lines."""
        rows = [(r["card"], f"{r['t']:.6f}", r["name"], f"{r['id'][0]:#04x}.{r['id'][1]:#04x}",
                 r["len"], self._said(r)) for r in self._hcmds]
        return self._of_cards(("time", "command", "group.id", "length", "answer"), rows, (0, 3))

    def networks(self):
        """The table of networks that scans heard, strongest first, as lines."""
        found = sorted(self._networks.values(), key=lambda e: (-e["signal"], e["bssid"]))
        rows = [(e.get("source", ""), e["bssid"], e["ssid"] or "(hidden)", e["channel"],
                 f"{e['signal']} dBm", e.get("security", "?")) for e in found]
        return self._of_cards(("BSSID", "SSID", "channel", "signal", "security"), rows, (2, 3))

    def lines(self):
        """All wanted tables, with their titles; one that is empty says so.  No card: nothing."""
        out = []
        if not self._begun:
            return out
        if self._want_hcmds:
            n = sum(r["answer"] != "notification" for r in self._hcmds)
            out += ["", f"host commands: {n}", *(self.hcmds() if self._hcmds else ())]
        if self._want_scan:
            n = len(self._networks)
            out += ["", f"networks heard in scans: {n}", *(self.networks() if n else ())]
        return out

    def show(self, file):
        """Print the wanted tables."""
        for line in self.lines():
            print(line, file=file, flush=True)
