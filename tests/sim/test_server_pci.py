# SPDX-License-Identifier: BSD-2-Clause
"""The simulated card as PCI: config space, power, resets, interrupts; and QEMU's edu."""
import errno
import os
import struct

import pytest

from educard import FACT, STATUS, IRQ_STATUS, IRQ_RAISE, IRQ_ACK, DMA_SRC, DMA_CMD, refused
from rawclient import (CONFIG, DATA_BOOL, DATA_EVENTFD, DATA_NONE, ERR, INTX, IRQ_INFO, MASK, MSI,
                       MSIX, REQ, RESET, TRIGGER, UNMASK, Client, Server, fired, until)


# ---- config space


def test_config_space_identifies_the_card(client):
    assert client.conf_read(0, 4) == 0x11e81234
    assert client.conf_read(8, 4) == 0x00ff0010
    assert client.conf_read(0x2c, 4) == 0x11001af4
    assert client.conf_read(0x3d, 1) == 1
    assert client.capability(5) >= 0x40


def test_bar_sizing(client):
    client.conf_write(0x10, 0xffffffff, 4)
    assert client.conf_read(0x10, 4) == 0xfff00000
    client.conf_write(0x10, 0xe0012345, 4)
    assert client.conf_read(0x10, 4) == 0xe0000000
    client.conf_write(0x14, 0xffffffff, 4)
    assert client.conf_read(0x14, 4) == 0


def test_read_only_bits_stay(client):
    before = client.read(CONFIG, 0, 64)
    client.write(CONFIG, 0, b"\xff" * 4)
    client.write(CONFIG, 8, b"\xff" * 4)
    client.write(CONFIG, 0x2c, b"\xff" * 4)
    client.write(CONFIG, 0x34, b"\xff")
    assert client.read(CONFIG, 0, 64) == before


def test_msi_address_and_data_are_kept(client):
    at = client.capability(5)
    flags = client.conf_read(at + 2)
    assert flags & 0x80 and not flags & 1
    client.conf_write(at + 4, 0xfee00004, 4)
    client.conf_write(at + 8, 1, 4)
    client.conf_write(at + 12, 0x4021)
    client.conf_write(at + 2, flags | 1)
    assert client.conf_read(at + 4, 4) == 0xfee00004
    assert client.conf_read(at + 8, 4) == 1
    assert client.conf_read(at + 12) == 0x4021
    assert client.conf_read(at + 2) == flags | 1


def test_without_memory_space_reads_are_all_ones(client):
    assert client.bar_read(0, 0) == 0xffffffff
    client.enable(2)
    assert client.bar_read(0, 0) == 0x010000ed
    client.enable(0)
    assert client.bar_read(0, 0) == 0xffffffff


def test_sleep_in_d3hot_and_reset_on_waking(tmp_path):
    """PM on the i7260 model: no decode in D3hot; without No_Soft_Reset it wakes up reset."""
    with Server("i7260", tmp_path) as srv, Client(srv.path) as c:
        c.version()
        c.enable()
        at = c.capability(1)
        c.conf_write(at + 4, 3)
        assert c.conf_read(at + 4) & 3 == 3
        assert c.bar_read(0, 0x28) == 0xffffffff
        c.conf_write(at + 4, 1)
        assert c.conf_read(at + 4) & 3 == 3, "D1 is not there"
        no_soft_reset = c.conf_read(at + 4) & 8
        c.conf_write(at + 4, 0)
        assert c.conf_read(at + 4) & 3 == 0
        assert c.conf_read(4) == (6 if no_soft_reset else 0)


def test_function_level_reset(tmp_path):
    with Server("i7260", tmp_path) as srv, Client(srv.path) as c:
        c.version()
        at = c.capability(0x10)
        if not c.conf_read(at + 4, 4) & 1 << 28:
            pytest.skip("this card has no FLR")
        c.enable()
        c.conf_write(at + 8, c.conf_read(at + 8) | 0x8000)
        assert c.conf_read(4) == 0
        assert c.conf_read(at + 8) & 0x8000 == 0


def test_device_reset_puts_registers_back(ready):
    ready.bar_write(0, 4, 1)
    assert ready.call(RESET) == b""
    ready.enable()
    assert ready.bar_read(0, 4) == 0


# ---- interrupts


def irq_info(client, index):
    payload = client.call(IRQ_INFO, struct.pack("<IIII", 16, 0, index, 0))
    return struct.unpack("<IIII", payload)[1::2]


def test_interrupt_types(client):
    assert irq_info(client, INTX) == (7, 1)
    assert irq_info(client, MSI) == (9, 1)
    assert irq_info(client, MSIX)[1] == 0
    assert irq_info(client, ERR)[1] == 1
    assert irq_info(client, REQ)[1] == 1
    with refused(errno.EINVAL):
        irq_info(client, 5)


def test_msi(ready):
    fd = ready.irq_fd(MSI)
    ready.bar_write(0, IRQ_RAISE, 1)
    assert fired(fd) == 1
    ready.bar_write(0, IRQ_RAISE, 2)
    assert fired(fd) == 1
    assert ready.bar_read(0, IRQ_STATUS) == 3
    ready.bar_write(0, IRQ_ACK, 3)
    assert ready.bar_read(0, IRQ_STATUS) == 0


def test_msi_needs_bus_master(ready):
    fd = ready.irq_fd(MSI)
    ready.enable(2)
    ready.bar_write(0, IRQ_RAISE, 1)
    assert fired(fd, 0) == 0


def test_intx_comes_once_until_unmasked_and_again_while_high(ready):
    fd = ready.irq_fd(INTX)
    ready.bar_write(0, IRQ_RAISE, 1)
    assert fired(fd) == 1
    assert ready.conf_read(6) & 8
    ready.bar_write(0, IRQ_RAISE, 2)
    assert fired(fd, 0) == 0, "masked since the first"
    ready.set_irqs(INTX, DATA_NONE | UNMASK)
    assert fired(fd) == 1, "the level is still high"
    ready.bar_write(0, IRQ_ACK, 3)
    assert not ready.conf_read(6) & 8
    ready.set_irqs(INTX, DATA_NONE | UNMASK)
    assert fired(fd, 0) == 0, "the level is low"
    ready.bar_write(0, IRQ_RAISE, 1)
    assert fired(fd) == 1


def test_intx_mask_holds_it_back(ready):
    fd = ready.irq_fd(INTX)
    ready.set_irqs(INTX, DATA_BOOL | MASK, data=b"\1")
    ready.bar_write(0, IRQ_RAISE, 1)
    assert fired(fd, 0) == 0
    ready.set_irqs(INTX, DATA_BOOL | UNMASK, data=b"\0")
    assert fired(fd, 0) == 0
    ready.set_irqs(INTX, DATA_BOOL | UNMASK, data=b"\1")
    assert fired(fd) == 1


def test_intx_unmask_by_eventfd(ready):
    fd = ready.irq_fd(INTX)
    unmask = os.eventfd(0)
    ready.set_irqs(INTX, DATA_EVENTFD | UNMASK, fds=[unmask])
    ready.bar_write(0, IRQ_RAISE, 1)
    assert fired(fd) == 1
    os.eventfd_write(unmask, 1)
    assert fired(fd) == 1
    os.close(unmask)


def test_intx_disable_bit(ready):
    fd = ready.irq_fd(INTX)
    ready.enable(0x406)
    ready.bar_write(0, IRQ_RAISE, 1)
    assert fired(fd, 0) == 0
    ready.enable(0x6)
    assert fired(fd) == 1


def test_interrupt_wired_while_the_level_is_high_comes_at_once(ready):
    ready.bar_write(0, IRQ_RAISE, 1)
    assert fired(ready.irq_fd(INTX)) == 1


def test_client_can_trigger_for_a_test(ready):
    fd = ready.irq_fd(MSI)
    ready.set_irqs(MSI, DATA_NONE | TRIGGER)
    assert fired(fd) == 1
    ready.set_irqs(MSI, DATA_BOOL | TRIGGER, data=b"\1")
    assert fired(fd) == 1


def test_vectors_one_by_one_and_in_ranges(tmp_path):
    with Server("scratch", tmp_path) as srv, Client(srv.path) as c:
        c.version()
        c.enable()
        fds = c.irq_fd(MSIX, 4)
        for vec, fd in enumerate(fds):
            c.bar_write(0, 0x1004, vec)
            assert [fired(f, 0) for f in fds] == [int(f == fd) for f in fds]
        # Take 1 and 2 away, give 2 another.
        c.set_irqs(MSIX, DATA_EVENTFD | TRIGGER, 1, 2)
        other = os.eventfd(0, os.EFD_NONBLOCK)
        c.set_irqs(MSIX, DATA_EVENTFD | TRIGGER, 2, 1, [other])
        for vec in range(4):
            c.bar_write(0, 0x1004, vec)
        assert [fired(f, 0) for f in fds] == [1, 0, 0, 1]
        assert fired(other) == 1
        # Masked by the table: pending until unmasked.
        c.bar_write(2, 12, 1)
        c.bar_write(0, 0x1004, 0)
        assert fired(fds[0], 0) == 0
        c.bar_write(2, 12, 0)
        assert fired(fds[0]) == 1
        c.set_irqs(MSIX, DATA_NONE | TRIGGER, 0, 0)
        c.bar_write(0, 0x1004, 0)
        assert fired(fds[0], 0) == 0
        os.close(other)


def test_one_interrupt_type_at_a_time(ready):
    ready.irq_fd(INTX)
    with refused(errno.EINVAL):
        ready.irq_fd(MSI)
    ready.set_irqs(INTX, DATA_NONE | TRIGGER, 0, 0)
    ready.irq_fd(MSI)


@pytest.mark.parametrize("index, flags, start, count", [
    (5, DATA_NONE | TRIGGER, 0, 1), (MSI, DATA_NONE, 0, 1), (MSI, TRIGGER, 0, 1),
    (MSI, DATA_NONE | DATA_BOOL | TRIGGER, 0, 1), (MSI, DATA_NONE | MASK | UNMASK, 0, 1),
    (MSI, DATA_NONE | TRIGGER, 1, 1), (MSI, DATA_NONE | TRIGGER, 0, 2),
    (MSI, DATA_NONE | TRIGGER, 0xffffffff, 2), (MSI, DATA_BOOL | TRIGGER, 0, 1),
    (MSI, DATA_NONE | TRIGGER | 0x100, 0, 1), (MSIX, DATA_NONE | TRIGGER, 0, 1),
    (MSI, DATA_EVENTFD | TRIGGER, 0, 0), (ERR, DATA_NONE | MASK, 0, 1)])
def test_bad_set_irqs_is_refused(client, index, flags, start, count):
    with refused(errno.EINVAL):
        client.set_irqs(index, flags, start, count)


def test_eventfd_that_is_full_does_not_block_the_card(ready):
    fd = ready.irq_fd(MSI)
    os.eventfd_write(fd, 0xfffffffffffffffe)
    ready.bar_write(0, IRQ_RAISE, 1)
    assert ready.bar_read(0, IRQ_STATUS) == 1


def test_error_and_request_notification(server, ready):
    err, req = ready.irq_fd(ERR), ready.irq_fd(REQ)
    server.set("fault.err", 1)
    assert fired(err) == 1
    server.set("fault.req", True)
    assert fired(req) == 1


# ---- edu


def test_edu_like_qemus(ready):
    assert ready.bar_read(0, 0) == 0x010000ed
    ready.bar_write(0, 4, 0x12345678)
    assert ready.bar_read(0, 4) == 0xedcba987
    fd = ready.irq_fd(MSI)
    ready.bar_write(0, STATUS, 0x80)
    ready.bar_write(0, FACT, 10)
    assert fired(fd) == 1
    assert ready.bar_read(0, FACT) == 3628800
    assert ready.bar_read(0, STATUS) == 0x80
    assert ready.bar_read(0, IRQ_STATUS) == 1
    ready.bar_write(0, FACT, 0xffffffff)
    until(lambda: ready.bar_read(0, STATUS) & 1 == 0, "factorial")
    assert ready.bar_read(0, FACT) == 0


def test_edu_access_sizes(ready):
    assert ready.bar_read(0, 0, 8) == 0xffffffffffffffff
    assert ready.bar_read(0, 0, 2) == 0
    ready.bar_write(0, 4, 0, 2)
    assert ready.bar_read(0, 4) == 0
    ready.bar_write(0, DMA_SRC, 0x123456789, 8)
    assert ready.bar_read(0, DMA_SRC, 8) == 0x123456789
    assert ready.bar_read(0, DMA_SRC, 4) == 0x23456789


def test_edu_dma_registers_are_frozen_during_a_transfer(tmp_path):
    with Server("edu", tmp_path, settings=["dma_delay_us=60000000"]) as srv, \
            Client(srv.path) as c:
        c.version()
        c.enable()
        c.bar_write(0, DMA_SRC, 1, 8)
        c.bar_write(0, DMA_CMD, 1)
        c.bar_write(0, DMA_SRC, 2, 8)
        assert c.bar_read(0, DMA_SRC, 8) == 1
