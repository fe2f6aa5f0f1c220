# SPDX-License-Identifier: BSD-2-Clause
"""A client of the i82574 model that is no driver: registers by name, rings in shared memory."""
import struct
import time

from rawclient import LIMIT, Client, Memory, until

CTRL, STATUS, EEC, EERD, CTRL_EXT, MDIC, ICR, ITR, ICS, IMS, IMC, EIAC, IVAR = (
    0x0, 0x8, 0x10, 0x14, 0x18, 0x20, 0xc0, 0xc4, 0xc8, 0xd0, 0xd8, 0xdc, 0xe4)
RCTL, TCTL, EXTCNF_CTRL, RXCSUM, RFCTL, RAL, RAH, MTA = (
    0x100, 0x400, 0xf00, 0x5000, 0x5008, 0x5400, 0x5404, 0x5200)
RDBAL, RDLEN, RDH, RDT, TDBAL, TDLEN, TDH, TDT = (
    0x2800, 0x2808, 0x2810, 0x2818, 0x3800, 0x3808, 0x3810, 0x3818)
MPC, GPRC, GPTC, RNBC, ROC = 0x4010, 0x4074, 0x4080, 0x40a0, 0x40ac
SLU, MASTER_DISABLE, RST = 0x40, 0x4, 0x04000000
EN, PSP, UPE, SECRC, LPE = 0x2, 0x8, 0x8, 0x04000000, 0x20
LSC, RXO, RXQ0, TXQ0, OTHER = 0x4, 0x40, 1 << 20, 1 << 22, 1 << 24
MDIO_SW = 0x20
MEMORY, SIZE = 0x100000, 0x40000    # of the client's, as the card sees it
RX_RING, TX_RING, BUFFERS = 0x0, 0x1000, 0x10000
DESCS, BUF = 16, 2048               # of a ring; octets
EOP, IFCS, RS, DEXT, TSE = 1, 2, 8, 0x20, 4
DD = 1


class Nic(Client):
    """A card whose memory space and bus master are on, with memory mapped."""

    def __init__(self, path):
        super().__init__(path)
        self.version()
        self.enable()
        self.memory = Memory(SIZE)
        self.dma_map(MEMORY, SIZE, self.memory.fd)

    def __exit__(self, *exc):
        self.memory.close()
        return super().__exit__(*exc)

    def r(self, reg):
        """A register."""
        return self.bar_read(0, reg)

    def w(self, reg, value):
        """Write one."""
        self.bar_write(0, reg, value)

    def reset(self):
        """As the datasheet wants it."""
        self.w(CTRL, self.r(CTRL) | MASTER_DISABLE)
        self.w(CTRL, self.r(CTRL) | RST)
        until(lambda: not self.r(CTRL) & RST, "CTRL.RST to be 0")
        until(lambda: self.r(EEC) & 0x200, "EEC.AUTO_RD")

    def link(self):
        """Wait for it."""
        self.w(CTRL, self.r(CTRL) | SLU)
        until(lambda: self.r(STATUS) & 2, "a link")

    def rings(self, rctl=0):
        """Both on, with no descriptors given yet; promiscuous."""
        for bal, at in (RDBAL, RX_RING), (TDBAL, TX_RING):
            self.w(bal, MEMORY + at)
            self.w(bal + 8, DESCS * 16)
        self.w(RCTL, EN | UPE | SECRC | rctl)
        self.w(TCTL, EN | PSP)

    def give(self, n):
        """The first n receive descriptors with a buffer each."""
        for i in range(n):
            self.poke(RX_RING + 16 * i, struct.pack("<QQ", MEMORY + BUFFERS + BUF * i, 0))
        self.w(RDT, n)

    def poke(self, at, data):
        """Into the memory."""
        self.memory.map[at:at + len(data)] = data

    def peek(self, at, count):
        """Out of it."""
        return bytes(self.memory.map[at:at + count])

    def received(self, i):
        """(octets, status, errors) of legacy receive descriptor i, once it is done."""
        end = time.monotonic() + LIMIT
        while not self.peek(RX_RING + 16 * i + 12, 1)[0] & DD:
            assert time.monotonic() < end, f"nothing in descriptor {i}"
            time.sleep(0.002)
        length, _, status, errors = struct.unpack_from("<HHBB", self.peek(RX_RING + 16 * i + 8, 8))
        return self.peek(BUFFERS + BUF * i, length), status, errors

    def transmit(self, *descriptors):
        """Transmit descriptors, 16 octets each, to the ring from its beginning on."""
        for i, d in enumerate(descriptors):
            self.poke(TX_RING + 16 * i, d)
        self.w(TDT, len(descriptors))


def legacy(addr, length, cmd=EOP | IFCS | RS, cso=0, css=0):
    """A transmit descriptor."""
    return struct.pack("<QHBBBBH", addr, length, cso, cmd, 0, css, 0)


def extended(addr, length, cmd, popts=0, kind=1):
    """One with data and DEXT."""
    return struct.pack("<QIBBH", addr, length | kind << 20 | (cmd | DEXT) << 24, 0, popts, 0)


def context(tucmd, paylen, hdrlen, mss):
    """A context for TCP over IPv4 behind an Ethernet header."""
    return struct.pack("<BBHBBHIBBH", 14, 24, 33, 34, 50, 0, paylen | (tucmd | DEXT) << 24, 0,
                       hdrlen, mss)
