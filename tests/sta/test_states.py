# SPDX-License-Identifier: BSD-2-Clause
"""The radio's switch and firmware that dies, in each state of a station."""
import pytest
from iwmstation import FAST, PSK

SLOW = 60000        # us that each frame takes: states last
WAY = ["scanning", "authenticating", "associating", "handshake"]


def on_the_way(start_ap, station, hub, state, **how):
    """A station just in that state."""
    start_ap(psk=PSK, channel=52)       # a passive channel: beacons are heard whatever the delay
    hub.do("set", key="delay", value=SLOW)
    s = station(psk=PSK, net=False, **how)
    s.event("state", state=state)
    return s


def arrives(s, hub):
    """In spite of it."""
    hub.do("set", key="delay", value=0)
    s.event("associated")
    assert s.wifi("status")["state"] == "running"
    s.end()


@pytest.mark.parametrize("state", WAY)
def test_firmware_that_dies_on_the_way(start_ap, station, hub, state):
    """In each state before: it begins again."""
    s = on_the_way(start_ap, station, hub, state)
    s.run.inject("fw.crash", "0x38")
    s.event("state", state="down")
    arrives(s, hub)


@pytest.mark.parametrize("state", WAY)
def test_the_switch_on_the_way(start_ap, station, hub, state):
    """Off: nothing more is tried.  On: it begins again."""
    s = on_the_way(start_ap, station, hub, state)
    s.run.inject("rfkill", 1)
    s.state("blocked")
    s.run.inject("rfkill", 0)
    arrives(s, hub)


def crash(s):
    """And it has been noticed."""
    s.run.inject("fw.crash", "0x38")
    s.event("state", state="down")


def switch(s):
    """Off, and on again."""
    s.run.inject("rfkill", 1)
    s.state("blocked")
    s.run.inject("rfkill", 0)


@pytest.mark.parametrize("strike", [crash, switch])
def test_while_it_waits_for_a_network(start_ap, station, strike):
    """Between two tries there is none; then there is."""
    start_ap(ssid="other")
    s = station(net=False)
    s.event("state", state="waiting")
    strike(s)
    start_ap()
    s.event("associated", ssid="home")
    s.end()


@FAST
@pytest.mark.parametrize("strike", [crash, switch])
def test_while_it_has_no_network_to_join(start_ap, station, strike):
    """It is idle again afterwards, and scans."""
    start_ap()
    s = station(ssid=None, net=False)
    s.event("state", state="idle")
    strike(s)
    s.state("idle")
    s.wifi("join", ssid="home")
    s.event("associated")
    s.end()


@pytest.mark.parametrize("strike", [crash, switch])
def test_while_it_asks_for_an_address(start_ap, station, strike):
    """It gets one all the same."""
    start_ap(psk=PSK)
    s = station(psk=PSK)
    for _ in range(5):
        s.event("associated")
        strike(s)
        told = [e["what"] for e in s.run.poll_events() if e["event"] == "wifi" and (
            e["what"] == "disconnected" or e["what"] == "ip" and e["address"])]
        if told[-2:] != ["ip", "disconnected"]:
            break                       # else the address was faster than we: another time
        s.wifi("leave")
        s.state("idle")
        s.wifi("join", ssid="home", psk=PSK)
    else:
        pytest.fail(f"never before the address: {told}")
    s.event("associated")
    s.until(lambda: s.wifi("status").get("address"), "an address")
    assert s.ping(1) == 1
    s.end()


@pytest.mark.parametrize("first", ["leave", "crash"])
def test_while_it_leaves(start_ap, station, hub, first):
    """The good-bye is under way, or does not get out any more: it is away, and comes again."""
    start_ap(psk=PSK)
    s = station(psk=PSK, net=False)
    s.event("associated")
    hub.do("set", key="loss", value=100)        # the good-bye is repeated for a while
    if first == "crash":
        s.run.inject("fw.crash", "0x38")
    s.wifi("leave")
    if first == "leave":
        s.run.inject("fw.crash", "0x38")
    s.event("state", state="down")
    s.state("idle")
    hub.do("set", key="loss", value=0)
    s.wifi("join", ssid="home", psk=PSK)
    s.event("associated")
    s.end()
