# SPDX-License-Identifier: BSD-2-Clause
"""A driver for the simulated 7260 in a page of Python: registers and bytes, one thing at a time.

    with Setup(tmp_path, "mac=7c:7a:91:12:34:56") as (d, srv):
        d.prepare(); d.reset(); d.clock()
        alive = d.boot(INIT)
        d.start_tx()
        answer = d.command(0x88, struct.pack("<BBHHH", 0, 0, 0, 0, 2048))
"""
import struct
import time

from rawclient import LIMIT, MSI, Client, Memory, Server, fired

# CSR, HBUS, FH, PRPH
HW_IF, INT_COALESCING, INT, INT_MASK, FH_INT, RESET, GP = 0, 4, 8, 0xc, 0x10, 0x20, 0x24
HW_REV, ICT, SHADOW = 0x28, 0xa0, 0xa8
MEM_RADDR, MEM_WADDR, MEM_WDAT, MEM_RDAT = 0x40c, 0x410, 0x418, 0x41c
PRPH_WADDR, PRPH_RADDR, PRPH_WDAT, PRPH_RDAT, WRPTR = 0x444, 0x448, 0x44c, 0x450, 0x460
KW, STTS, RBD_BASE, RX_WPTR, RX_CONFIG, RX_STATUS = 0x197c, 0x1bc0, 0x1bc4, 0x1bc8, 0x1c00, 0x1c44
CLK_EN, SCD, NMI = 0x3004, 0x2c00, 0x1c30
NIC_READY, PREPARE = 1 << 22, 1 << 27
CLOCK_READY, INIT_DONE, ACCESS, RF_KILL_SW = 1, 4, 8, 1 << 27
INT_FH_RX, INT_FH_TX, INT_SW_ERR, INT_RF_KILL, INT_ALIVE = 1 << 31, 1 << 27, 1 << 25, 1 << 7, 1
ASLEEP = 0xa5a5a5a2
RX_PHY, RX_MPDU = 0xc0, 0xc1            # packets
ERROR_TABLE_WORDS = 38

# Where things are in the memory that driver and card share.
IOVA, SIZE = 0x1000_0000, 0x40_0000
RBDS, STATUS, TFDS, BYTE_COUNTS, KEEP_WARM, ICT_TABLE = (
    0x0, 0x1000, 0x2000, 0x20000, 0x30000, 0x31000)
COMMANDS, UPLOAD, BUFFERS = 0x40000, 0x80000, 0x100000
NRBDS, RB_SIZE = 256, 4096


class MiniDriver(Client):
    """Client, and the steps of a driver; nothing happens behind the caller's back."""

    def __init__(self, path):
        super().__init__(path)
        self.version()
        self.enable()
        self.memory = Memory(SIZE)
        self.dma_map(IOVA, SIZE, self.memory.fd)
        self.msi = self.irq_fd(MSI)
        self.taken = self.tx_index = 0
        self.given, self.refill = 0, False
        self.packets = []

    def close(self):
        super().close()
        self.memory.close()

    # ---- registers

    def r(self, off):
        return self.bar_read(0, off)

    def w(self, off, value):
        self.bar_write(0, off, value)

    def set_bits(self, off, bits):
        self.w(off, self.r(off) | bits)

    def prph_w(self, addr, value):
        self.w(PRPH_WADDR, addr | 3 << 24)
        self.w(PRPH_WDAT, value)

    def mem_r(self, addr, words):
        self.w(MEM_RADDR, addr)
        return [self.r(MEM_RDAT) for _ in range(words)]

    def put(self, where, data):
        self.memory.map[where:where + len(data)] = data

    def get(self, where, count):
        return self.memory.map[where:where + count]

    # ---- steps

    def prepare(self):
        self.set_bits(HW_IF, NIC_READY)
        return bool(self.r(HW_IF) & NIC_READY)

    def reset(self):
        self.set_bits(RESET, 0x80)
        self.prepare()
        self.taken = self.tx_index = 0
        self.packets = []

    def clock(self):
        self.set_bits(GP, INIT_DONE)
        self.poll(GP, CLOCK_READY)
        self.set_bits(GP, ACCESS)
        self.poll(GP, CLOCK_READY)
        self.prph_w(CLK_EN, 0x200)

    def poll(self, off, bits):
        end = time.monotonic() + LIMIT
        while self.r(off) & bits != bits:
            assert time.monotonic() < end, f"register {off:#x}: never {bits:#x}"

    def upload(self, addr, data, iova=IOVA + UPLOAD):
        """One chunk by the service channel; True when the card said that it is there."""
        self.put(UPLOAD, data)
        self.w(INT, 0xffffffff)
        self.w(0x1e20, 0)
        self.w(0x19c8, addr)
        self.w(0x1948, iova)
        self.w(0x194c, len(data))
        self.w(0x1e28, 1 << 20 | 1 << 12 | 3)
        self.w(0x1e20, 0x80000000 | 0x100000)
        return bool(self.r(INT) & INT_FH_TX)

    def start_rx(self, buffers=248):
        """`buffers` of the ring are given to the card."""
        for i in range(NRBDS):
            self.put(RBDS + 4 * i, struct.pack("<I", (IOVA + BUFFERS + i * RB_SIZE) >> 8))
        self.put(STATUS, bytes(16))
        self.w(RX_CONFIG, 0)
        self.w(RX_WPTR, 0)
        self.w(RBD_BASE, (IOVA + RBDS) >> 8)
        self.w(STTS, (IOVA + STATUS) >> 4)
        self.w(RX_CONFIG, 0x80000000 | 8 << 20 | 1 << 12 | 0x11 << 4)
        self.w(RX_WPTR, buffers)
        self.given, self.refill = buffers, buffers == 248

    def boot(self, sections, wait=True):
        """Upload, receive channel, CPU; the payload of ALIVE."""
        for addr, data in sections:
            assert self.upload(addr, data)
        self.start_rx()
        self.w(INT, 0xffffffff)
        self.w(INT_MASK, INT_ALIVE | INT_FH_RX | INT_SW_ERR)
        self.w(RESET, 0)
        return self.notification(0x01) if wait else None

    def start_tx(self):
        """Rings, scheduler and the command queue, number 0 on FIFO 7."""
        self.w(KW, (IOVA + KEEP_WARM) >> 4)
        for q in range(3):
            self.w(0x19d0 + 4 * q, (IOVA + TFDS + q * 0x8000) >> 8)
        self.prph_w(SCD + 0x008, (IOVA + BYTE_COUNTS) >> 10)
        self.prph_w(SCD + 0x254, 0)
        self.prph_w(SCD + 0x10c, 1 << 19)
        self.w(WRPTR, 0)
        self.prph_w(SCD + 0x068, 0)
        self.prph_w(SCD + 0x10c, 1 << 3 | 7 | 1 << 4 | 0x017f0000)
        self.prph_w(SCD + 0x254, 1)
        self.prph_w(SCD + 0x010, 0xff)
        for ch in range(8):
            self.w(0x1d00 + 0x20 * ch, 0x80000008)

    # ---- packets

    def receive(self):
        """Packets that came since: (id, group, sequence, payload)."""
        closed = struct.unpack_from("<H", self.get(STATUS, 2))[0] & 0xfff
        got = []
        while self.taken != closed:
            at = BUFFERS + self.taken * RB_SIZE
            off = 0
            while off + 8 <= RB_SIZE:
                word, cmd, group, seq = struct.unpack("<IBBH", self.get(at + off, 8))
                if word == 0x55550000:
                    break
                size = word & 0x3fff
                got.append((cmd, group, seq, self.get(at + off + 8, size - 4)))
                off += (size + 4 + 63) // 64 * 64
            self.taken = (self.taken + 1) % NRBDS
        if self.refill and (self.given - self.taken) % NRBDS < NRBDS // 2:
            self.given = (self.taken & ~7) - 8 & NRBDS - 1
            self.w(RX_WPTR, self.given)
        return got

    def mpdus(self):
        """The frames among the packets so far: (phy info, frame, status)."""
        self.packets += self.receive()
        out, phy = [], None
        for p in self.packets:
            if p[0] == RX_PHY:
                phy = p[3]
            elif p[0] == RX_MPDU:
                size = struct.unpack_from("<H", p[3])[0]
                out.append((phy, p[3][4:4 + size], struct.unpack_from("<I", p[3], 4 + size)[0]))
        return out

    def _wait(self, match, what):
        end = time.monotonic() + LIMIT
        while True:
            self.packets += self.receive()
            for p in self.packets:
                if match(p):
                    self.packets.remove(p)
                    return p[3]
            assert time.monotonic() < end, f"never: {what}"
            assert not self.r(INT) & INT_SW_ERR, f"firmware died waiting for {what}"

    def notification(self, cmd):
        return self._wait(lambda p: p[0] == cmd and p[2] & 0x8000, f"notification {cmd:#x}")

    def tfd(self, queue, index, buffers, count=None):
        """Writes a TFD of (iova, length) buffers."""
        t = bytearray(128)
        t[3] = len(buffers) if count is None else count
        for i, (iova, length) in enumerate(buffers):
            struct.pack_into("<IH", t, 4 + 6 * i, iova & 0xffffffff, length << 4 | iova >> 32)
        self.put(TFDS + queue * 0x8000 + 128 * index, t)

    def queue(self, cmd, data=b"", group=0, seq=None):
        """Queues a command in two buffers; its sequence number."""
        index = self.tx_index
        header = struct.pack("<BBH", cmd, group, index if seq is None else seq)
        if group:
            header += struct.pack("<HBB", len(data), 0, 0)
        frame = header + data
        at = COMMANDS + (index & 31) * 8192
        self.put(at, frame)
        parts = [(IOVA + at, min(20, len(frame)))]
        if len(frame) > 20:
            parts.append((IOVA + at + 20, len(frame) - 20))
        self.tfd(0, index, parts)
        self.kick()
        return index

    def kick(self):
        """The write pointer goes on by one."""
        self.tx_index = (self.tx_index + 1) & 0xff
        self.w(WRPTR, self.tx_index)

    def command(self, cmd, data=b"", group=0):
        """Sends a command and waits for the payload of its answer."""
        seq = self.queue(cmd, data, group)
        return self._wait(lambda p: p[0] == cmd and p[2] == seq, f"answer to {cmd:#x}")

    def death(self):
        """Waits until the firmware asserts; its error table."""
        self.poll(INT, INT_SW_ERR)
        return self.mem_r(0x80f000, ERROR_TABLE_WORDS)

    def interrupted(self):
        return fired(self.msi)


# ---- what the tests begin with --------------------------------------------------

INIT = [(0x800000, bytes(range(256)) * 16), (0, b"init" * 5000)]
RUNTIME = [(0x800000, bytes(range(256)) * 16), (0, b"run!" * 5000)]
SYSASSERT, BAD_COMMAND, TRM, NMI_HOST = 0x35, 0x38, 0x46, 0x66     # error ids


def ucode(init=INIT, runtime=RUNTIME, cpus=1):
    """A firmware file of the two images, each with a separator at its end."""
    out = struct.pack("<II64sIIQ", 0, 0x0a4c5749, b"made by a test", 0x11, 0xbfb58538, 0)
    out += struct.pack("<III", 27, 4, cpus)
    for kind, image in (19, runtime), (20, init):
        for addr, data in [*image, (0xffffcccc, bytes(32))]:
            out += struct.pack("<III", kind, len(data) + 4, addr) + data
            out += bytes(-len(data) % 4)
    return out


class Setup:
    """A card with settings, and the mini driver on it."""

    def __init__(self, folder, *settings, model="i7260"):
        self.server = Server(model, folder, settings=settings, control=True)

    def __enter__(self):
        self.server.__enter__()
        try:
            self.driver = MiniDriver(self.server.path)
        except BaseException:
            self.server.__exit__()
            raise
        return self.driver, self.server

    def __exit__(self, *exc):
        self.driver.close()
        self.server.__exit__(*exc)


def ready(d):
    """Owned, reset, clock on, MAC awake and asked for."""
    assert d.prepare()
    d.reset()
    d.clock()


def run(d, image=INIT):
    """Ready, booted, command queue active."""
    ready(d)
    alive = d.boot(image)
    d.start_tx()
    return alive


def run_runtime(d):
    """The RUNTIME image, after an INIT image was seen (without a file that tells them apart)."""
    run(d)
    d.reset()
    d.clock()
    alive = d.boot(RUNTIME)
    d.start_tx()
    return alive


OWN, BSSID = bytes.fromhex("7c7a91123456"), bytes.fromhex("020000000001")
ADD, MODIFY, REMOVE = 1, 2, 3


def mac_context(action=ADD, assoc=0, kind=5, filters=4, mac=0, bi=100, aid=1, addr=OWN):
    """The payload of MAC_CONTEXT_CMD."""
    head = struct.pack("<IIII6s2x6s2xIIIIIII", mac, action, kind, 0, addr, BSSID, 0xf, 0xff, 0, 0,
                       0, filters, 0)
    sta = struct.pack("<IIQIIIIIII4x", assoc, 0, 0, bi, 0, bi, 0, 10, aid, 0)
    return head + bytes(40) + sta


def phy_context(channel=6, action=ADD, phy=0, width=0, position=0, tx=1, rx=1):
    """`tx`, `rx`: masks of antennas."""
    return struct.pack("<IIIIBBBBII", phy, action, 0, 0, int(channel < 15), channel, width,
                       position, tx, rx << 1) + bytes(8)


def binding(action=ADD, mac=0, phy=0):
    return struct.pack("<IIIIII", 0, action, mac, 0xffffffff, 0xffffffff, phy)


def quota(share=128):
    none = struct.pack("<III", 0xffffffff, 0, 0)
    return struct.pack("<III", 0, share, 0) + 3 * none


def add_sta(sta=0, mac=0, addr=BSSID, modify=0, mask=0, tid_disable=0xffff, ba_tid=0, flags=0,
            flags_mask=0):
    """The payload of ADD_STA."""
    return struct.pack("<BBHI6sHBBHIIBBHHHHHI", modify, 0, tid_disable, mac, addr, 0, sta, mask, 0,
                       flags, flags_mask, ba_tid, ba_tid, 0, 0, 0, 0, 0, 0)


def network(d, channel=6, assoc=0, share=128):
    """MAC, PHY, binding, quota and the access point as station 0."""
    run_runtime(d)
    d.command(0x28, mac_context())
    d.command(0x08, phy_context(channel))
    d.command(0x2b, binding())
    d.command(0x2c, quota(share))
    d.command(0x18, add_sta())
    if assoc:
        d.command(0x28, mac_context(MODIFY, assoc))


def rules(srv):
    """Violations, in order, once the server has ended."""
    srv.finish(15)
    return srv.violations()
