# SPDX-License-Identifier: BSD-2-Clause
"""Hours on a network, in fast time."""
import os
import time

import pytest
from iwmstation import FAST, PSK

HOUR = 3600 * 10 ** 6       # us
LONG = "VOY_LONG"           # set in the environment: a day as well, which takes minutes


@pytest.fixture(autouse=True)
def only_here(voy_target):
    """In a guest an hour is an hour."""
    if voy_target != "sim":
        pytest.skip("needs simulated time, which the lab guest has not")


def stays(s, hub, ap, hours, patience):
    """So long, without a word about the network; the group key changes every half hour."""
    began = hub.do("status")
    end = time.monotonic() + patience
    while hub.do("status")["tsf"] < began["tsf"] + hours * HOUR:
        assert time.monotonic() < end, (began, hub.do("status"))
        time.sleep(0.05)
    c = s.wifi("stats")
    assert s.wifi("status")["state"] == "running"
    assert c["stats"]["joined"] == 1 and c["stats"]["disconnects"] == c["stats"]["roams"] == 0
    assert c["wpa"]["group_rekeys"] >= 2 * hours - 1
    assert c["stats"]["rx_replay"] == c["stats"]["rx_mic"] == 0
    assert hub.do("status")["violations"] == 0
    sta, = ap.do("stations")["stations"]
    assert sta["state"] == "ready" and sta["replays"] == 0
    s.end()


@FAST
@pytest.mark.deadline(200)
def test_hours_on_a_network(start_ap, station, hub):
    """A beacon a second, so that they pass the sooner."""
    ap = start_ap(psk=PSK, group_rekey=1800, beacon_interval=1000)
    s = station(psk=PSK, net=False)
    s.event("associated")
    stays(s, hub, ap, 3, 150)


@FAST
@pytest.mark.skipif(not os.environ.get(LONG), reason=f"takes minutes; {LONG}=1 asks for it")
@pytest.mark.deadline(3000)
def test_a_day_on_a_network(start_ap, station, hub):
    """Eight hundred thousand beacons."""
    ap = start_ap(psk=PSK, group_rekey=1800)
    s = station(psk=PSK, net=False)
    s.event("associated")
    stays(s, hub, ap, 24, 2900)
