# SPDX-License-Identifier: BSD-2-Clause
"""Frames through em: every kind of interrupt, each length and address, counted on both sides."""
import threading

import pytest

from peer import BROADCAST, MAC, frame

MSIX = ({}, "3 vectors of MSI-X")
MSI = ({"msix": 0}, "1 vector of MSI")
INTX = ({"msix": 0, "msi": 0}, "1 vector of INTx")      # the same code, but for the level
FEW = 3             # frames
RING = 256          # descriptors
LOST = ("rx_crc", "rx_length", "rx_missed", "rx_nomem", "tx_errors", "collisions")


def lossless(core):
    """Nothing was lost, and device and driver have counted the same."""
    assert {k: core[k] for k in LOST if core[k]} == {}
    assert core["rx_device"] == core["rx_frames"] and core["tx_device"] == core["tx_frames"]


@pytest.mark.parametrize("how", [MSIX, MSI, INTX], ids=lambda how: how[1].split()[-1])
def test_frames_pass_both_ways(em, peer, how, variant):
    """By each kind of interrupt; more frames than the ring has places."""
    settings, kind = how
    e = em(settings, host=True, variant=variant)
    assert e.run.info["interrupts"] == kind
    peer.next(lambda f: f[6:12] == MAC and f[:6] == BROADCAST, "a DHCP request")
    for i in range(RING + FEW):     # each awaited: the card's buffer holds but a few
        peer.send(frame(MAC, b"%06d" % i))
        if i % 8 == 7:
            e.counts(rx_frames=i + 1)
    core = e.counts(rx_frames=RING + FEW)
    assert core["rx_bytes"] == 60 * (RING + FEW)
    lossless(e.end()["core"])


def test_which_frames_are_received(em, peer):
    """By length and by address; what is not is counted, or was for others."""
    e = em()
    good = [frame(MAC, bytes(1500)), frame(MAC, bytes(1500), tag=7), frame(BROADCAST),
            frame(bytes.fromhex("01005e000001")), frame(bytes.fromhex("33330000abcd"), bytes(46))]
    others = [frame(bytes.fromhex("020000000002"), bytes(46))]
    long = [frame(MAC, bytes(1501), tag=7), frame(MAC, bytes(9000))]
    peer.send(*good, *others, *long, frame(MAC, b"the last"))
    core = e.counts(rx_frames=len(good) + 1, rx_length=len(long))
    assert core["rx_bytes"] == sum(max(len(f), 60) for f in good) + 60
    assert core["rx_device"] == core["rx_frames"] and core["rx_crc"] == 0
    e.end()


def test_a_frame_of_several_buffers_is_one_that_is_too_long(em, peer):
    """From a card that should not have received it: its last buffer is no frame of its own."""
    e = em({"rx.long": 1})
    peer.send(frame(MAC, b"a"), frame(MAC, bytes(5000)), frame(MAC, bytes(1600)), frame(MAC, b"b"))
    core = e.counts(rx_frames=2, rx_length=2)
    assert core["rx_bytes"] == 120 and core["rx_device"] == 4
    e.end()


def test_bad_frames_are_counted(em, peer):
    """A wrong FCS."""
    e = em()
    e.run.inject("rx.errors", 2)
    peer.send(*[frame(MAC)] * 5)
    e.counts(rx_frames=3, rx_crc=2)
    e.end()


def test_a_frame_without_a_new_buffer_is_dropped_and_counted(em, peer):
    """All the ring's buffers, and the fourth of those that replace them is refused."""
    e = em(env={"VOY_FAULT": f"pdk_mbuf_rxalloc:{RING + 4}"})
    for i in range(8):
        peer.send(frame(MAC, b"%d" % i))
        e.until(lambda n=i + 1: (c := e.net()["core"])["rx_frames"] + c["rx_nomem"] == n, i)
    assert e.counts(rx_frames=7, rx_nomem=1)["rx_device"] == 8
    e.end()


def test_dma_only_while_the_driver_lends_its_memory(em, peer):
    """Each object is mapped only as long as the card may use it."""
    e = em(host=True, dma="strict")
    peer.next(lambda f: f[6:12] == MAC, "a frame")
    peer.send(*[frame(MAC)] * FEW)
    e.counts(rx_frames=FEW)
    lossless(e.end()["core"])


def test_detach_under_traffic(em, peer, variant):
    """Frames come as fast as the cable takes them, before, during and after."""
    e = em(host=True, variant=variant)
    over = threading.Event()

    def flood():
        while not over.is_set():
            try:
                peer.send(*[frame(MAC, bytes(1000))] * 8)
            except OSError:
                return

    t = threading.Thread(target=flood)
    t.start()
    try:
        e.until(lambda: e.net()["core"]["rx_frames"] > RING, "more frames than the ring has")
        net = e.end()
    finally:
        over.set()
        peer.pull()
        t.join()
    core = net["core"]
    assert core["rx_device"] == core["rx_frames"] == net["glue"]["rx"]
    assert core["tx_device"] == core["tx_frames"] and core["tx_errors"] == 0
