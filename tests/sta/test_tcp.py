# SPDX-License-Identifier: BSD-2-Clause
"""iperf3 both ways: TCP over the air, whole and in order; A-MPDUs, as a third radio hears them."""
import collections
import json

import iperf
import pytest
from iwmstation import PSK, ROUTER
from listener import Listener

SIZE = "4M"


@pytest.fixture(scope="session")
def iperf3():
    """The command."""
    return iperf.command()


def tcp_counters(s):
    """Of the station's network namespace: {"RetransSegs": 0, ...}."""
    return iperf.tcp_counters(s.do("cat", "/proc/net/snmp", "/proc/net/netstat"))


def run(s, command, *options):
    """One connection; what it has sent, in octets, and how often it repeated itself."""
    # Of its own: between two it would not listen for a moment.
    with iperf.server(command, "--one-off") as port:
        out = json.loads(s.do("-c", ROUTER, "-p", port, "-n", SIZE, "-J", *options,
                              program=command, timeout=120))
    assert "error" not in out, out
    return out["end"]["sum_sent"]["bytes"], out["end"]["sum_sent"].get("retransmits", 0)


class Monitor(Listener):
    """Which data frames went in A-MPDUs, by who sent them."""

    def __init__(self, hub):
        super().__init__(hub)
        self.seen = collections.defaultdict(collections.Counter)

    def hear(self, f):
        if f.ampdu is not None and f.data[0] == 0x88:
            self.seen[f.data[10:16].hex(":")][f.ampdu] += 1

    def longest(self, sender):
        """Frames in an A-MPDU of theirs, at most."""
        return max(self.seen[sender].values(), default=0)


@pytest.mark.deadline(300)
def test_tcp_loses_and_reorders_nothing_on_a_good_air(start_ap, station, iperf3, hub):
    """Upwards only a timer may repeat a segment; downwards none may come before its turn."""
    ap = start_ap(psk=PSK)
    s = station(psk=PSK).online()
    with Monitor(hub) as monitor:
        before = tcp_counters(s)
        up, again = run(s, iperf3)
        middle = tcp_counters(s)
        down, _ = run(s, iperf3, "-R")
        after = tcp_counters(s)
    assert up >= 4 << 20 and down >= 4 << 20
    # The receiver's and the air's word on it: three acknowledgements of the same, none unacked.
    for name in ("TCPFastRetrans", "TCPRenoRecovery", "TCPSackRecovery", "TCPRenoReorder",
                 "TCPSACKReorder", "TCPLossFailures"):
        assert middle[name] == before[name], name
    timers = sum(middle[n] - before[n] for n in ("TCPTimeouts", "TCPLossProbes"))
    assert again == 0 or timers > 0, (again, before, middle)
    # None was missing when a later one came: else that one is queued out of order.
    assert after["TCPOFOQueue"] == middle["TCPOFOQueue"]
    c = s.wifi("stats")["stats"]
    assert {n: c[n] for n in ("tx_failed", "rx_host", "rx_mic", "rx_replay") if c[n]} == {}
    sta, = ap.do("stations")["stations"]
    assert sta["tx_failed"] == sta["tx_dropped"] == sta["replays"] == 0
    assert monitor.longest("02:00:00:00:00:00") > 1 and monitor.longest(sta["sta"]) > 1
    s.end()


@pytest.mark.deadline(300)
def test_tcp_passes_a_bad_air(start_ap, station, iperf3, hub):
    """A frame of twenty is lost; the radios repeat it, and TCP gets to the end."""
    start_ap(psk=PSK)
    s = station(psk=PSK).online()
    hub.do("set", key="loss", value=5)
    assert run(s, iperf3)[0] >= 4 << 20
    assert run(s, iperf3, "-R")[0] >= 4 << 20
    assert s.count("rx_replay") == 0
    s.end()
