# SPDX-License-Identifier: BSD-2-Clause
"""Registers of edu, and what the tests of the server do with it again and again."""
import os

import pytest

from rawclient import Refused, until

PAGE = 4096
FACT, STATUS, IRQ_STATUS, IRQ_RAISE, IRQ_ACK = 0x08, 0x20, 0x24, 0x60, 0x64
DMA_SRC, DMA_DST, DMA_CNT, DMA_CMD = 0x80, 0x88, 0x90, 0x98
BUF = 0x40000


def start_dma(client, src, dst, count, cmd):
    """Writes the registers of a transfer; the command goes last."""
    for reg, value in (DMA_SRC, src), (DMA_DST, dst), (DMA_CNT, count), (DMA_CMD, cmd):
        client.bar_write(0, reg, value, 8 if reg != DMA_CMD else 4)


def start_dma_by_message(client, cmd=1):
    """A transfer of 4 bytes from memory that only messages reach."""
    client.enable()
    client.dma_map(0x30000, PAGE)
    start_dma(client, 0x30000, BUF, 4, cmd)


def dma(client, src, dst, count, to_host):
    """Starts a transfer and waits for its end."""
    start_dma(client, src, dst, count, 3 if to_host else 1)
    until(lambda: client.bar_read(0, DMA_CMD) & 1 == 0, "end of DMA")


def refused(number):
    """pytest.raises for an error reply with this errno."""
    return pytest.raises(Refused, match=os.strerror(number))
