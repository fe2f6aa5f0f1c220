# SPDX-License-Identifier: BSD-2-Clause
"""The 82574L's model, register by register: what a driver does wrong is reported by its rule, and
the rest is as the datasheet says.  Its judge is Linux: tests/oracle/test_e1000e.py."""
import struct

import pytest

import nic
from nic import (BUFFERS, CTRL, DESCS, EOP, IFCS, LSC, MEMORY, OTHER, RS, RXQ0, TSE, Nic, context,
                 extended, legacy)
from peer import MAC, MINE, Peer, frame
from rawclient import MSIX, Server, fired, until


@pytest.fixture
def peer(tmp_path):
    with Peer(tmp_path) as p:
        yield p


@pytest.fixture
def card(tmp_path, peer):
    """A server with the peer on its cable."""
    with Server("i82574", tmp_path, settings=[f"net={peer.net}"]) as s:
        yield s


@pytest.fixture
def n(card):
    """A client, the link up."""
    with Nic(card.path) as client:
        client.link()
        yield client


def rules(server):
    """The rules that were broken."""
    return [e["rule"] for e in server.named("violation")]


# ---- wrong use ------------------------------------------------------------------------

def in_reset(n):
    n.w(CTRL, n.r(CTRL) | nic.MASTER_DISABLE)
    n.w(CTRL, n.r(CTRL) | nic.RST)
    n.w(nic.RCTL, 0)


def tail_beyond(n):
    n.rings()
    n.w(nic.RDT, DESCS)


def live(n):
    n.rings()
    n.give(4)
    n.w(nic.RDBAL, MEMORY)


def enabled_again(n):
    n.rings()
    n.w(nic.RCTL, 0)
    n.w(nic.RCTL, nic.EN)


def mdic_twice(n):
    n.w(nic.EXTCNF_CTRL, nic.MDIO_SW)
    n.w(nic.MDIC, 0x08210000 | 3 << 26)


def sends(*descriptors):
    """Descriptors that mean nothing."""
    def act(n):
        n.rings()
        n.transmit(*descriptors)
        until(lambda: n.r(nic.TDH) == len(descriptors), "the descriptors to be read")
    return act


def outside(n):
    n.rings()
    n.transmit(legacy(0x40, 60))
    until(lambda: n.r(nic.TDH) == 1, "the descriptor to be read")


def no_buffer(n):
    n.rings()
    n.w(nic.RDT, 1)     # zeros


HERE = MEMORY + BUFFERS
WRONG = {
    "access-in-reset": in_reset,
    "access-size": lambda n: n.bar_read(0, nic.STATUS, 2),
    "reset-unprepared": lambda n: n.w(CTRL, n.r(CTRL) | nic.RST),
    "ring-align": lambda n: n.w(nic.RDBAL, MEMORY + 8),
    "ring-len": lambda n: n.w(nic.TDLEN, 16),
    "ring-live": live,
    "tail-beyond": tail_beyond,
    "rx-enabled-again": enabled_again,
    "mdic-unowned": lambda n: n.w(nic.MDIC, 0x08210000),
    "mdic-op": mdic_twice,
    "dma-unmapped": outside,
    "tx-desc": sends(legacy(HERE, 60, IFCS), extended(HERE, 60, EOP | IFCS)),
    "tx-context": sends(context(TSE | 3, 100, 54, 0), extended(HERE, 154, EOP | IFCS | TSE)),
}


@pytest.mark.parametrize("rule", WRONG)
def test_wrong_use_is_reported_by_its_rule(card, n, rule):
    WRONG[rule](n)
    until(lambda: rules(card), rule)
    assert set(rules(card)) == {rule}


@pytest.mark.parametrize("descriptors,what", [
    ([extended(HERE, 60, EOP | IFCS, kind=5)], "of no type"),
    ([extended(HERE, 60, EOP | IFCS | TSE)], "there was no context"),
    ([legacy(HERE, 60, EOP)], "without IFCS"),
    ([legacy(HERE, 10)], "too short"),
    ([legacy(HERE, 60000, IFCS), legacy(HERE, 60000)], "longer than any"),
    ([legacy(HERE, 17000)], "longer than the card can send"),
    ([legacy(HERE, 60, IFCS), context(3, 0, 0, 0), legacy(HERE, 60)], "context in the middle"),
])
def test_each_bad_transmit_descriptor_is_told_apart(card, n, peer, descriptors, what):
    """It is reported, and its frame is not sent; the next is."""
    sends(*descriptors, legacy(HERE, 60))(n)
    until(lambda: rules(card), what)
    assert {e["rule"] for e in card.named("violation")} == {"tx-desc"}
    assert any(what in e["text"] for e in card.named("violation"))
    until(lambda: peer.frames, "the good frame")
    assert [len(f) for f in peer.frames] == [60] and n.r(nic.GPTC) == 1


def test_a_receive_descriptor_without_a_buffer_is_reported(card, n, peer):
    no_buffer(n)
    peer.send(frame(MAC))
    until(lambda: rules(card), "rx-no-buffer")
    assert rules(card) == ["rx-no-buffer"]


# ---- right use -------------------------------------------------------------------------

def test_a_reset_loads_the_address_and_keeps_the_tables(card, n):
    n.w(nic.MTA, 0x12345678)
    n.w(nic.RCTL, nic.UPE)
    n.w(nic.RAL, 0)
    n.reset()
    assert n.r(nic.RAL).to_bytes(4, "little") + n.r(nic.RAH).to_bytes(4, "little")[:2] == MAC
    assert n.r(nic.RAH) >> 31 == 1 and n.r(nic.MTA) == 0x12345678 and n.r(nic.RCTL) == 0
    assert not n.r(nic.STATUS) & 2      # CTRL.SLU is 0 again
    assert rules(card) == []


def test_the_words_of_the_nvm_add_up(n):
    def word(i):
        n.w(nic.EERD, i << 2 | 1)
        until(lambda: n.r(nic.EERD) & 2, "EERD.DONE")
        return n.r(nic.EERD) >> 16
    words = [word(i) for i in range(64)]
    assert sum(words) & 0xffff == 0xbaba
    assert struct.pack("<HHH", *words[:3]) == MAC


def test_frames_wait_in_the_packet_buffer_until_it_is_full(card, n, peer):
    """RNBC counts those that wait, MPC those that were lost; GPRC what got through."""
    n.rings()
    sent = [frame(MAC, bytes([i]) * 1000) for i in range(30)]
    peer.send(*sent)
    until(lambda: n.r(nic.ICR) & nic.RXO, "the buffer to be full")
    waits = 0x14 * 1024 // len(sent[0])
    missed = waiting = 0
    while missed + waiting < len(sent):
        missed += n.r(nic.MPC)
        waiting += n.r(nic.RNBC)
    assert (waiting, missed) == (waits, len(sent) - waits)
    assert n.r(nic.GPRC) == 0
    n.give(DESCS - 1)
    got = [n.received(i)[0] for i in range(DESCS - 1)]
    assert got == sent[:DESCS - 1] and n.r(nic.GPRC) == DESCS - 1
    assert rules(card) == []


def test_extended_receive_descriptors(card, n, peer):
    """Length and status are elsewhere there."""
    n.w(nic.RFCTL, 0x8000)
    n.rings()
    n.give(2)
    f = frame(MAC, bytes(100))
    peer.send(f)
    until(lambda: n.peek(8, 1)[0] & 1, "a frame")
    status, length, _ = struct.unpack_from("<IHH", n.peek(8, 8))
    assert status & 0xfffff == 3 | 4 and length == len(f)       # DD, EOP, no checksum looked at
    assert n.peek(BUFFERS, length) == f and rules(card) == []


def checksum(data):
    """RFC 1071."""
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total > 0xffff:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def pseudo(f, length):
    """The pseudo header of a TCP segment of that many octets."""
    return f[26:34] + struct.pack(">HH", 6, length)


def tcp(payload, flags=0x18, sums=True):
    """A TCP segment in IPv4; its checksum only the pseudo header's without length if not `sums`."""
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 40 + len(payload) if sums else 0, 7, 0, 64, 6, 0,
                     b"\x0a\0\x02\x0f", b"\x0a\0\x02\x02")
    seg = struct.pack(">HHIIBBHHH", 80, 81, 1000, 0, 0x50, flags, 100, 0, 0) + payload
    f = frame(MINE, ip + seg, source=MAC, ethertype=0x800)
    if not sums:
        return f[:50] + struct.pack(">H", ~checksum(pseudo(f, 0)) & 0xffff) + f[52:]
    f = f[:24] + struct.pack(">H", checksum(f[14:34])) + f[26:]
    return f[:50] + struct.pack(">H", checksum(pseudo(f, len(seg)) + f[34:])) + f[52:]


@pytest.mark.parametrize("damage,status,errors", [
    (None, 0x60, 0), (60, 0x60, 0x20), (24, 0x60, 0x40)])
def test_checksums_of_a_received_segment(card, n, peer, damage, status, errors):
    """IPv4's and TCP's, right or wrong."""
    n.rings()
    n.give(1)
    f = bytearray(tcp(bytes(range(200))))
    if damage:
        f[damage] ^= 1
    peer.send(bytes(f))
    data, got, bad = n.received(0)
    assert data == f and got & 0x60 == status and bad == errors and rules(card) == []


def test_a_long_segment_is_cut(card, n, peer):
    """Lengths, identification, sequence numbers, flags and checksums of each piece."""
    data = bytes(i & 0xff for i in range(2500))
    f = tcp(data, flags=0x19, sums=False)
    n.rings()
    n.poke(BUFFERS, f)
    n.transmit(context(TSE | 3, len(data), 54, 1000), extended(HERE, 54, IFCS | TSE, popts=3),
           extended(HERE + 54, len(data), EOP | IFCS | RS | TSE))
    until(lambda: len(peer.frames) == 3, "three pieces")
    for i, p in enumerate(peer.frames):
        part = data[1000 * i:1000 * (i + 1)]
        assert p[54:] == part and struct.unpack(">HH", p[16:20]) == (40 + len(part), 7 + i)
        assert checksum(p[14:34]) == 0 and checksum(pseudo(p, 20 + len(part)) + p[34:]) == 0
        assert struct.unpack(">I", p[38:42])[0] == 1000 + 1000 * i
        assert p[47] == (0x19 if i == 2 else 0x10)
    assert n.r(nic.GPTC) == 3 and rules(card) == []


def test_causes_go_to_their_vectors(n):
    """By IVAR; those in EIAC are cleared when the message is sent; a masked one waits."""
    fds = n.irq_fd(MSIX, 5)
    at = n.capability(0x11)
    n.conf_write(at + 2, 0x8000)
    n.w(nic.IVAR, 0x8 | 3 | 0xa << 8 | 0x9 << 16)
    n.w(nic.EIAC, RXQ0)
    n.w(nic.IMS, RXQ0)
    n.w(nic.ICS, RXQ0)
    assert fired(fds[3]) == 1 and not n.r(nic.ICR) & RXQ0
    n.w(nic.ICS, LSC | OTHER)
    assert fired(fds[1], 0) == 0
    n.w(nic.IMS, OTHER)
    assert fired(fds[1]) == 1
    assert n.r(nic.ICR) & (LSC | OTHER) == LSC | OTHER
    assert n.r(nic.ICR) & OTHER == 0        # the read has cleared it
    n.w(nic.IMC, RXQ0)
    n.w(nic.ICS, RXQ0)
    assert fired(fds[3], 0) == 0 and fired(fds[0], 0) == 0


def test_a_peer_that_is_not_there_is_said(tmp_path):
    """With the path and what should listen there."""
    with Server("i82574", tmp_path, settings=[f"net=unix:{tmp_path}/none"]) as s:
        s.finish()
    assert s.status == 2 and f"{tmp_path}/none: No such file" in s.stderr
    assert "SOCK_SEQPACKET" in s.stderr
