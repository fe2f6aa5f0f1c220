# SPDX-License-Identifier: BSD-2-Clause
"""What frames look like on the air: rate, width, protection; and how the rate follows the signal.

A radio in Python plays the access point, as far as it has to.
"""
import contextlib
import socket
import struct
import threading

import pytest
from airwire import TUNE, Gone, Radio, channel_freq
from iwmglue import chan

BSSID = "020000000a01"
HT, QOS, USEPROT = 0x10, 8, 4
LEGACY, MCS = 1, 2              # kinds of rate on the air, and flags
RATE_40, RATE_SGI = 2, 4
ALL_RATES = "02040b160c121824304860" + "6c"


class Peer(Radio):
    """A radio with the access point's address, as wide as the network."""

    def __init__(self, hub, channel, sco=0):
        super().__init__(hub.socket, "peer", [bytes.fromhex(BSSID)])
        freq = channel_freq(channel)
        self._send(TUNE, struct.pack("=HHHH", 1, freq, freq + 10 * sco, 40 if sco else 20))

    def drain(self):
        """Takes what comes from now on and forgets it: the air waits for who does not read."""
        def read():
            with contextlib.suppress(OSError, Gone):
                while True:
                    self._read(3600)
        self.sock.setblocking(True)
        threading.Thread(target=read, daemon=True).start()

    def close(self):
        """Leaves the air, also for the one who drains."""
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)
        super().close()

    def data(self, timeout=120):
        """The next data frame for it."""
        f = self.rx(lambda f: f.data[0] & 0xc == 8 and f.forme, timeout)
        assert f, "no frame came"
        return f


@pytest.fixture
def link(glue, hub):
    """link(channel, ...) -> (glue, peer): joined and associated as far as the driver knows."""
    peers = []

    def start(channel=36, sco=0, ht=True, flags=0, settings=(), **more):
        peers.append(Peer(hub, channel, sco))
        g = glue(**dict(settings))
        bss = {"bssid": BSSID, "chan": chan(channel, sco), "bintval": 100, "dtim_period": 1,
               "aid": 1, "rates": ALL_RATES if channel < 15 else "0c1218243048606c",
               "basic_rates": 1, "flags": QOS | flags | (HT if ht else 0)}
        if ht:
            bss.update(htcaps=0x6e, ampdu=3, mcs="ffff")
        bss.update(more)
        g.do("join", bss=bss)
        g.do("assoc", bss=bss)
        return g, peers[-1]
    yield start
    for p in peers:
        p.close()


def frame(g, payload=bytes(100)):
    """A QoS data frame to the peer, in hexadecimal."""
    return "88010000" + BSSID + g.caps["mac"] + BSSID + "0000" + "0000" + payload.hex()


def send(g, n=1, **more):
    """n frames and what became of them."""
    g.events.clear()
    g.do("tx", frame=frame(g), hdrlen=26, count=n, cookie=1, **more)
    return [g.event("tx_done", cookie=1 + i) for i in range(n)]


@pytest.mark.parametrize("channel,sco", [(36, 1), (40, -1), (3, 1)])
def test_40_mhz(link, channel, sco):
    """Frames are as wide as the network; and what the peer sends so is heard."""
    g, peer = link(channel, sco)
    assert send(g)[0]["ok"]
    f = peer.data()
    assert f.rate[0] == MCS and f.rate[2] & RATE_40 and f.rate[2] & RATE_SGI, f.rate
    assert g.ask("stats")["stats"]["tx_width"] == 40
    g.end()


def test_20_mhz_peer_in_a_wide_network(link):
    """One that cannot receive 40 MHz gets 20."""
    g, peer = link(36, 0, htcaps=0x2c)
    assert send(g)[0]["ok"]
    assert not peer.data().rate[2] & RATE_40
    g.end()


@pytest.mark.parametrize("channel,lowest", [(6, 2), (36, 12)])
def test_frames_that_must_arrive_go_at_the_lowest_rate(link, channel, lowest):
    """Management and key handshakes; the band decides."""
    g, peer = link(channel)
    assert send(g, flags=8)[0]["ok"]
    assert peer.data().rate[:2] == [LEGACY, lowest]
    g.end()


def test_old_network_gets_its_rates(link):
    """11b: CCK only."""
    g, peer = link(6, ht=False, rates="02040b16")
    assert send(g)[0]["ok"]
    assert peer.data().rate[0] == LEGACY
    g.end()


def counted(g, n):
    """How many of n frames arrived; as fast as they go."""
    g.ask("quiet", on=True)
    before, left = g.counts(), n
    while left:
        left -= g.ask("tx", frame=frame(g), hdrlen=26, count=left)["sent"]
        if left:
            g.event("tx_ready")
    g.until(lambda: sum(g.counts()[k] - before[k] for k in ("tx_ok", "tx_failed")) == n, "lost")
    g.ask("quiet", on=False)
    return g.counts()["tx_ok"] - before["tx_ok"]


def settle(g):
    """Traffic until the rate has settled; the rate: an MCS, or less than one."""
    counted(g, 3000)
    st = g.ask("stats")["stats"]
    return st["tx_mcs"] if st["tx_ht"] else st["tx_rate"] / 1000


def test_the_rate_follows_the_signal(link, hub):
    """Strong: the fastest; weak: slow enough to arrive; and back."""
    g, peer = link()
    peer.drain()
    card = f"i7260-{g.caps['mac']}"

    def signal(dbm):
        hub.do("set", key="rssi", a="peer", b=card, value=dbm)
    signal(-40)
    strong = settle(g)
    signal(-82)
    weak = settle(g)
    delivered = counted(g, 100)
    signal(-40)
    for _ in range(10):         # a busy machine delays what the driver learns from
        again = settle(g)
        if again >= 14:
            break
    assert strong >= 14 and again >= 14, (strong, weak, again)
    assert weak <= 3 and delivered >= 95, (strong, weak, again, delivered)
    g.end()


@pytest.mark.parametrize("ht", [True, False])
def test_a_peer_that_does_not_answer_costs_no_more_than_the_retries(link, hub, ht):
    """Each frame comes back, as failed, after its tries."""
    g, peer = link(ht=ht)
    peer.close()
    events = send(g, 5)
    assert not any(e["ok"] for e in events) and all(e["tries"] == 16 for e in events)
    g.end()
    assert hub


def test_protection(link):
    """RTS before frames in a network with old stations."""
    g, peer = link(6, flags=USEPROT)
    assert send(g)[0]["ok"] and peer.data()
    g.end()
