# SPDX-License-Identifier: BSD-2-Clause
"""Firmware that dies, or does not answer, whatever it is asked for: each time the layer above is
told, gets everything back that it gave, and can begin again."""
import errno

import pytest
from cardsta import BA_TX_RUN, BA_TX_START, BA_TX_STOP, CardStation
from ip import Host

PSK = "correct horse"
EIO = (errno.EIO, errno.ENXIO)


def again(g, psk=PSK):
    """Down, up, and on the network once more; nothing is missing."""
    g.do("down")
    g.run.inject("fw.assert_on", "")
    g.run.inject("fw.ignore", "")
    g.events.clear()
    g.do("up")
    sta = CardStation(g, 6)
    sta.join("net", psk)
    host = Host(sta)
    host.dhcp()
    assert host.ping("10.0.2.2", n=2) == 2
    g.end()


@pytest.fixture
def network(start_ap):
    """An access point with WPA2."""
    return start_ap(ssid="net", channel=6, psk=PSK)


# What a command belongs to: asked for by join, assoc, or leave.
JOIN = {"PHY_CONTEXT_CMD": "0x08", "MAC_CONTEXT_CMD": "0x28", "BINDING_CONTEXT_CMD": "0x2b",
        "ADD_STA": "0x18", "SCD_QUEUE_CFG": "0x1d", "TIME_EVENT_CMD": "0x29"}
ASSOC = {"LQ_CMD": "0x4e", "TIME_QUOTA_CMD": "0x2c", "MCAST_FILTER_CMD": "0xd0",
         "REPLY_SF_CFG_CMD": "0xd1", "MAC_PM_POWER_TABLE": "0xa9"}
LEAVE = {"REMOVE_STA": "0x19"}


@pytest.mark.parametrize("how", ["assert_on", "ignore"])
@pytest.mark.parametrize("name,command", JOIN.items())
def test_in_join(glue, network, how, name, command):
    """Every command of it."""
    assert network
    sta = CardStation(glue(), 6)
    g = sta.glue
    sta.beacon = sta.find("net")
    g.run.inject(f"fw.{how}", command)
    assert g.ask("join", bss=sta.bss())["error"] in (*EIO, errno.ETIMEDOUT), name
    g.event("restart")
    g.do("leave")
    again(g)


@pytest.mark.parametrize("how", ["assert_on", "ignore"])
@pytest.mark.parametrize("name,command", ASSOC.items())
def test_in_assoc(glue, network, how, name, command):
    """Every command of it that join has not."""
    assert network
    sta = CardStation(glue(), 6)
    g = sta.glue
    sta.beacon = sta.find("net")
    sta.bssid = sta.beacon.bssid
    g.do("join", bss=sta.bss())
    sta.authenticate()
    sta.associate("net", sta.rsn)
    g.run.inject(f"fw.{how}", command)
    assert g.ask("assoc", bss=sta.bss(aid=sta.aid))["error"] in (*EIO, errno.ETIMEDOUT), name
    g.event("restart")
    again(g)


@pytest.mark.parametrize("how", ["assert_on", "ignore"])
@pytest.mark.parametrize("name,command", {**LEAVE, "BINDING_CONTEXT_CMD": "0x2b",
                                          "MAC_CONTEXT_CMD": "0x28",
                                          "SCD_QUEUE_CFG": "0x1d"}.items())
def test_in_leave(glue, network, how, name, command):
    """What cannot be undone is forgotten with the firmware."""
    assert network and name
    sta = CardStation(glue(), 6)
    g = sta.glue
    sta.join("net", PSK)
    g.run.inject(f"fw.{how}", command)
    g.do("leave")
    g.event("restart")
    again(g)


@pytest.mark.parametrize("command,operation", [
    ("0x17", lambda sta: sta.glue.ask("set_key", id=0, cipher=4, key="00" * 16)),
    ("0x17", lambda sta: {"error": errno.EIO} if sta.glue.do("del_key", id=0, cipher=4) else None),
    ("0x28", lambda sta: sta.glue.ask("update", changed=1, bss=sta.bss(aid=sta.aid))),
    ("0x2c", lambda sta: sta.glue.ask("update", changed=32, bss=sta.bss(aid=sta.aid))),
    ("0x18", lambda sta: sta.glue.ask("ba", op=0, tid=0, ssn=0, winsize=64)),
    ("0x9c", lambda sta: sta.glue.ask("stats")),
    ("0x51", lambda sta: sta.glue.ask("scan", chans=[{"num": 1}], background=1)),
], ids=["set_key", "del_key", "update", "switch", "rx-ba", "stats", "scan"])
def test_in_other_operations(glue, network, command, operation):
    """Of a network that is joined."""
    assert network
    sta = CardStation(glue(), 6)
    g = sta.glue
    sta.join("net", PSK)
    g.run.inject("fw.assert_on", command)
    assert operation(sta)["error"] in EIO
    g.event("restart")
    again(g)


@pytest.mark.parametrize("step", [BA_TX_START, BA_TX_RUN, BA_TX_STOP],
                         ids=["held", "run", "stop"])
def test_with_frames_that_wait_for_an_agreement(glue, network, step):
    """They come back."""
    assert network
    sta = CardStation(glue(), 6)
    g = sta.glue
    sta.join("net", PSK)
    if step == BA_TX_STOP:
        sta.start_tx_ba()
    else:
        g.do("ba", op=BA_TX_START, tid=0)
    cookies = sta.burst_eth(b"\xff" * 6, 0x88b5, [bytes(20)] * 20)
    if step == BA_TX_START:
        g.run.inject("fw.crash", "0x1234")
    else:
        g.run.inject("fw.assert_on", "0x18" if step == BA_TX_STOP else "0x1d")
        assert g.ask("ba", op=step, tid=0, winsize=32)["error"] in EIO
    g.event("restart")
    for c in cookies:
        g.event("tx_done", cookie=c)
    again(g)


def test_under_traffic(glue, network, variant):
    """Both ways, in A-MPDUs; no frame is lost from sight."""
    assert network
    sta = CardStation(glue(variant=variant), 6)
    g = sta.glue
    sta.join("net", PSK)
    host = Host(sta)
    host.dhcp()
    sta.start_tx_ba()
    f = sta.data_frame(host.resolve("10.0.2.2"), 0x88b5, bytes(600))
    g.ask("quiet", on=True)
    before = g.counts()
    sent = g.ask("tx", frame=f.hex(), hdrlen=26, count=150, flags=4)["sent"]
    g.run.inject("fw.crash", "0x1234")
    g.event("restart")
    g.until(lambda: sum(g.counts()[k] - before[k] for k in ("tx_ok", "tx_failed")) == sent,
            "frames are missing")
    g.do("tx", errno.ENETDOWN, frame=f.hex(), hdrlen=26, flags=4)
    g.ask("quiet", on=False)
    again(g)


@pytest.mark.deadline(600)
@pytest.mark.slow
def test_a_hundred_times(glue, network):
    """Each time back on the network; nothing leaks, and it is not given up."""
    assert network
    sta = CardStation(glue(timeout=590), 6)
    g = sta.glue
    for i in range(100):
        beacon = sta.beacon if i else None
        sta = CardStation(g, 6)
        sta.join("net", PSK, beacon=beacon)
        sta.burst_eth(b"\xff" * 6, 0x88b5, [bytes(100)] * 10)
        g.run.inject("fw.crash", hex(0x1000 + i))
        g.event("restart")
        g.do("down")
        g.events.clear()
        g.frames.clear()
        g.do("up")
    g.end()
