# SPDX-License-Identifier: BSD-2-Clause
"""Scans: what is heard, what is sent, how they end."""
import errno

import pytest
from iwmglue import ALL, chans, ssid_of

PROBE_REQ, PROBE_RESP, BEACON = 0x40, 0x50, 0x80


def sent_probes(run):
    """What the card says of its scans; all of it is here when the run has ended."""
    return [e for e in run.poll_events() if e["event"] == "scan"]


def test_active_scan_hears_every_network_once_asked(glue, start_ap):
    """Both bands; signal and channel are right; the end is told after the last frame."""
    start_ap(ssid="two", channel=6, bssid="02:00:00:00:00:01")
    start_ap(ssid="five", channel=36, bssid="02:00:00:00:00:02")
    g = glue()
    heard = g.hear([1, 6, 11, 36, 40], 2, PROBE_RESP)
    assert {b: n[:2] for b, n in heard.items()} == {
        "02:00:00:00:00:01": ("two", 6), "02:00:00:00:00:02": ("five", 36)}
    assert all(-60 < n[2] < -10 for n in heard.values()), heard
    g.end()


def test_passive_scan_sends_nothing(glue, start_ap, hub):
    """Only beacons, and the channel's other radios hear nothing from the card."""
    start_ap(ssid="net", channel=11)
    g = glue()
    assert [n[0] for n in g.hear([11], 1, passive=1).values()] == ["net"]
    assert {f.kind for f in g.frames} == {BEACON}
    g.end()
    assert sent_probes(g.run)[-1]["passive"]


def test_hidden_network_answers_when_called_by_name(glue, start_ap):
    """A directed scan."""
    start_ap(ssid="secret", channel=6, hidden=True)
    g = glue()
    assert [n[0] for n in g.hear([6], 1, passive=1).values()] == [""]
    g.hear([6], 1, PROBE_RESP, ssids=["nobody", "secret"])
    assert {ssid_of(f.data) for f in g.frames if f.kind == PROBE_RESP} == {"secret"}
    g.end()


def test_all_channels(glue, start_ap):
    """The whole list of the card, in one request; passive where the memory says so."""
    start_ap(ssid="far", channel=140)
    g = glue()
    assert [n[:2] for n in g.hear(ALL, 1).values()] == [("far", 140)]
    g.end()
    assert sent_probes(g.run)[-1]["channels"] == len(ALL)


def test_second_scan_while_one_runs_is_refused(glue):
    """EBUSY, and the first one goes on."""
    g = glue()
    g.do("scan", chans=chans(*ALL), passive=1)
    g.do("scan", errno.EBUSY, chans=chans(1))
    g.event("scan_done", aborted=False)
    g.scan([1])
    g.end()


def test_abort_ends_a_scan(glue):
    """And another can begin at once; an abort of nothing is harmless."""
    g = glue()
    g.do("scan_abort")
    g.do("scan", chans=chans(*ALL), passive=1)
    g.do("scan_abort")
    g.event("scan_done", aborted=True)
    g.scan([1])
    assert not [e for e in g.events if e["what"] == "scan_done"]
    g.end()


def test_requests_that_cannot_be(glue):
    """No channels, too many, elements that do not fit; the card is not asked."""
    g = glue(up=False)
    g.do("scan", errno.ENXIO, chans=chans(1))
    g.do("up")
    g.do("scan", errno.EINVAL, chans=[])
    g.do("scan", errno.EINVAL, chans=chans(*[1] * 41))
    g.do("scan", errno.ENOSPC, chans=chans(1), ies="00" * 470)
    g.scan([1], ies="2d1a" + "00" * 26)
    g.end()
    assert len(sent_probes(g.run)) == 1


def test_down_during_a_scan_ends_it(glue):
    """Told before down returns, and detach finds nothing left."""
    g = glue()
    g.do("scan", chans=chans(*ALL), passive=1)
    g.do("down")
    g.event("scan_done", aborted=True)
    g.do("up")
    g.scan([1])
    g.do("scan", chans=chans(*ALL), passive=1)
    g.end()


@pytest.mark.parametrize("command", ["0x51", "0x52"])
def test_firmware_that_dies_of_a_scan(glue, command):
    """The scan has ended, the restart is asked for, and it works again."""
    g = glue(fw__assert_on=command)
    g.do("scan", errno.EIO if command == "0x51" else 0, chans=chans(*ALL))
    if command == "0x52":
        g.do("scan_abort")
    g.event("restart")
    if command == "0x52":
        g.event("scan_done", aborted=True)
    g.do("down")
    g.run.inject("fw.assert_on", "")
    g.do("up")
    g.scan([1])
    assert not [e for e in g.events if e["what"] == "scan_done"]
    g.end()
