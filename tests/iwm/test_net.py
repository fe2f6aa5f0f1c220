# SPDX-License-Identifier: BSD-2-Clause
"""Networks: join, association, data, keys, leave; the card complains about nothing."""
import contextlib
import errno
import signal

import pytest
from cardsta import CCMP, CardStation
from ip import Host
from iwmglue import ALL, chans

PSK = "correct horse"


@contextlib.contextmanager
def stopped(program):
    """A process that stands still meanwhile."""
    program.child.send(signal.SIGSTOP)
    try:
        yield
    finally:
        program.child.send(signal.SIGCONT)


@pytest.fixture
def joined(glue, start_ap):
    """joined(psk=, ...) -> (station, host with an address, access point)."""
    def start(channel=6, psk=None, settings=(), ap=(), **how):
        options = {"ssid": "net", "channel": channel, **dict(ap)}
        if psk:
            options["psk"] = psk
        the_ap = start_ap(**options)
        sta = CardStation(glue(**dict(settings)), channel, **how)
        sta.join("net", psk)
        host = Host(sta)
        host.dhcp()
        return sta, host, the_ap
    return start


@pytest.mark.parametrize("channel", [6, 36])
def test_open_network(joined, channel):
    """Both bands, with QoS and HT; the access point answers pings, long ones too."""
    sta, host, _ = joined(channel)
    assert host.ping("10.0.2.2", n=3) == 3
    assert host.ping("10.0.2.2", n=3, size=1400) == 3
    sta.glue.do("leave")
    sta.glue.end()


@pytest.mark.parametrize("model", ["i3160", "i7265"])
@pytest.mark.parametrize("dma", ["fast", "strict", "check"])
def test_the_other_cards(joined, model, dma):
    """The same on the 3160, which has one antenna, and the 7265."""
    sta, host, _ = joined(psk=PSK, settings={"model": model, "dma": dma})
    caps = sta.glue.caps
    assert caps["chains"] == (1 if model == "i3160" else 2)
    assert caps["mcs"][:4] == ("ff00" if model == "i3160" else "ffff")
    sta.start_tx_ba()
    assert host.ping("10.0.2.2", n=5) == 5
    sta.glue.end()


@pytest.mark.parametrize("hw", [True, False], ids=["card", "software"])
@pytest.mark.parametrize("qos", [True, False], ids=["qos", "plain"])
def test_wpa2(joined, qos, hw):
    """CCMP by the card and around it; the group key, too."""
    sta, host, ap = joined(psk=PSK, qos=qos, hw=hw)
    assert host.ping("10.0.2.2", n=5) == 5
    ap.do("rekey")
    sta.group_handshake()
    assert host.ping("10.0.2.2", n=2, size=1000) == 2
    sta.glue.end()


def test_old_network(joined):
    """11b alone, no QoS."""
    sta, host, _ = joined(ap={"b_only": True}, qos=False)
    assert host.ping("10.0.2.2", n=3) == 3
    sta.glue.end()


def test_frames_that_the_hardware_does_not_decrypt_are_told(joined):
    """Without the key in the card a frame comes as it was on the air."""
    sta, host, _ = joined(psk=PSK)
    sta.glue.do("del_key", id=0, cipher=CCMP, group=0)
    sta.glue.do("tx", errno.EINVAL, frame=sta.data_frame(b"\xff" * 6, 0x800, b"x").hex(),
                hdrlen=26, flags=4)
    sta.hw = False
    sta.tk = __import__("aes").Aes(sta.ptk[32:])
    sta.pn = 1000
    assert host.ping("10.0.2.2", n=2) == 2
    sta.glue.end()


@pytest.mark.parametrize("cipher,key", [(1, 5), (2, 32), (5, 13), (4, 32), (0, 16)])
def test_ciphers_it_does_not_do_are_refused(joined, cipher, key):
    """WEP, TKIP, CCMP with a key of another length: the layer above does these, or not."""
    sta, _, _ = joined()
    for group in (0, 1):
        sta.glue.do("set_key", errno.EOPNOTSUPP, id=1, cipher=cipher, key="55" * key, group=group)
    sta.glue.end()


def test_operations_out_of_order_are_refused(glue):
    """And harm nothing."""
    g = glue()
    bss = {"bssid": "020000000001", "chan": {"num": 6}, "rates": "02040b16", "bintval": 100}
    g.do("leave")
    g.do("assoc", errno.ENOTCONN, bss=bss)
    g.do("update", errno.ENOTCONN, bss=bss, changed=1)
    g.do("set_key", errno.ENOTCONN, id=0, cipher=CCMP, key="00" * 16)
    g.do("ba", errno.ENOTCONN, op=0, tid=0, ssn=0)
    g.do("ba", errno.EINVAL, op=0, tid=8, ssn=0)
    frame = "b0000000" + "020000000001" + g.caps["mac"] + "020000000001" + "0000" + "00" * 6
    g.do("tx", errno.ENETDOWN, frame=frame, hdrlen=24, flags=1)
    g.do("down")
    g.do("join", errno.ENXIO, bss=bss)
    g.do("up")
    g.do("join", bss=bss)
    for hdrlen in (0, 8, 25, 34, 200):
        g.do("tx", errno.EINVAL, frame=frame, hdrlen=hdrlen, flags=1)
    g.do("tx", errno.EFBIG, frame=frame + "00" * 3970, hdrlen=24, flags=1)
    g.do("tx", frame=frame, hdrlen=24, flags=1, cookie=7)
    g.event("tx_done", cookie=7, ok=0)      # nobody is there
    g.do("leave")
    g.end()


def test_joins_again_and_again(joined):
    """Without leaving in between, too; nothing is left in the firmware."""
    sta, host, _ = joined(psk=PSK)
    for i in range(6):
        if i % 2:
            sta.glue.do("leave")
        sta.join("net", PSK)
        assert host.ping("10.0.2.2")
    sta.glue.end()


def test_background_scan_goes_on_with_the_network(joined, start_ap):
    """Another network is heard, and data flows during the scan."""
    start_ap(ssid="other", channel=11, bssid="02:00:00:00:00:77")
    sta, host, _ = joined()
    g = sta.glue
    g.frames.clear()
    g.do("scan", chans=chans(1, 6, 11), background=1)
    assert host.ping("10.0.2.2", n=5, timeout=20) >= 2
    g.event("scan_done", aborted=False)
    sta.glue.end()


def test_radio_stays_on_the_channel_until_the_association(glue, start_ap):
    """Session protection is renewed when an authentication takes long."""
    start_ap(ssid="net", channel=6)
    sta = CardStation(glue(), 6)
    sta.beacon = sta.find("net")
    sta.bssid = sta.beacon.bssid
    sta.glue.do("join", bss=sta.bss())
    sta.glue.until(lambda: len([e for e in sta.glue.run.poll_events() if e["event"] == "hcmd" and
                                e["name"] == "TIME_EVENT_CMD"]) >= 3, "not renewed")
    sta.authenticate()
    sta.associate("net")
    sta.glue.do("assoc", bss=sta.bss(aid=sta.aid))
    sta.glue.tuned(2437)
    sta.glue.end()


def test_lost_access_point_is_told_again_and_again(joined):
    """Beacons that do not come."""
    sta, _, ap = joined()
    with stopped(ap):
        for _ in range(3):
            sta.glue.event("beacon_miss")
    sta.glue.end()


def test_update_of_what_the_beacon_says(joined):
    """Slot, protection, EDCA, HT; and another channel."""
    sta, host, _ = joined()
    bss = sta.bss(aid=sta.aid)
    sta.glue.do("update", changed=1 | 2 | 4 | 8 | 16, bss={**bss, "flags": bss["flags"] | 4,
                                                        "vo_txop": 60, "htprot": 3})
    assert host.ping("10.0.2.2")
    sta.glue.do("update", changed=32, bss={**bss, "chan": {"num": 11}})
    sta.glue.tuned(2462)
    sta.glue.do("update", changed=32, bss=bss)
    assert host.ping("10.0.2.2", n=2) == 2
    sta.glue.end()


def test_full_queue_stops_the_sender_and_lets_it_go_on(joined):
    """ENOBUFS, then tx_ready; every frame comes back once."""
    sta, host, _ = joined()
    g = sta.glue
    host.resolve("10.0.2.2")
    f = sta.data_frame(host.arp["10.0.2.2"], 0x88b5, bytes(1000))
    g.ask("quiet", on=True)
    before = g.counts()
    sent, stalls = 0, 0
    while stalls < 5:
        r = g.ask("tx", frame=f.hex(), hdrlen=26, count=400)
        sent += r["sent"]
        if r["error"]:
            assert r["error"] == errno.ENOBUFS
            stalls += 1
            g.event("tx_ready")
    g.until(lambda: g.counts()["tx_ok"] - before["tx_ok"] +
            g.counts()["tx_failed"] - before["tx_failed"] == sent, "frames are missing")
    assert g.counts()["tx_failed"] == before["tx_failed"]
    g.end()


def test_leave_gives_back_what_is_queued(joined):
    """Every frame, before leave returns."""
    sta, _, _ = joined()
    g = sta.glue
    f = sta.data_frame(b"\xff" * 6, 0x88b5, bytes(500))
    sent = g.ask("tx", frame=f.hex(), hdrlen=26, count=150, cookie=5000)["sent"]
    g.do("leave")
    g.pump()
    done = [e["cookie"] for e in g.events if e["what"] == "tx_done" and e["cookie"] >= 5000]
    assert done == list(range(5000, 5000 + sent)) and sent == 150
    g.end()


def test_all_channels_can_be_joined(glue):
    """The radio goes where it is told, also as wide as 40 MHz."""
    g = glue()
    for n, sco in [(c, 0) for c in ALL] + [(1, 1), (6, -1), (36, 1), (40, -1), (157, 1)]:
        g.do("join", bss={"bssid": "020000000001", "chan": {"num": n, "sco": sco},
                          "rates": "0c", "bintval": 100})
        freq = 2407 + 5 * n if n < 14 else 5000 + 5 * n
        g.tuned(freq)
    g.end()
