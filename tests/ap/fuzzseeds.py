# SPDX-License-Identifier: BSD-2-Clause
"""Where the fuzzer of the access point begins: conversations that get far.

    /usr/bin/python3 tests/ap/fuzzseeds.py DIRECTORY
    build/fuzz/bin/fuzz-ap -max_len=4000 DIRECTORY
"""
import pathlib
import struct
import sys

RAW, FROM_STA, TIME, ACK, SEALED, HANDSHAKE, ROUTER, JOIN, REKEY, DHCP = range(10)
STA = b"\2\0\0\0\0\1"
LLC = b"\xaa\xaa\3\0\0\0\x90\0hello"


def rec(op, data=b""):
    """One record of an input."""
    return bytes([op]) + struct.pack("<H", len(data)) + data


def data(body, tid=0, flags=0, seq=0):
    """A QoS data frame to all."""
    return bytes([0x88, flags]) + bytes(14) + b"\xff" * 6 + \
        struct.pack("<HH", seq << 4, tid) + body


def seeds():
    """The inputs, but for the first octet, which chooses the access point."""
    join = rec(JOIN)
    keys = rec(HANDSHAKE) + rec(ACK) + rec(HANDSHAKE) + rec(ACK)
    addba = rec(FROM_STA, b"\xd0" + bytes(23) + struct.pack("<BBBHHH", 3, 0, 1, 2 | 64 << 6, 0, 0))
    bar = rec(FROM_STA, b"\x84" + bytes(15) + struct.pack("<HH", 4, 30 << 4) + bytes(4))
    unordered = [data(LLC, seq=s) for s in (2, 1, 5, 0, 70)]
    part = STA + STA + struct.pack(">H", len(LLC)) + LLC + bytes(3)
    sleep = rec(FROM_STA, b"\x48\x10" + bytes(22))
    poll = rec(FROM_STA, b"\xa4\x10\1\xc0" + bytes(20))
    down = rec(ROUTER, STA + bytes(6) + b"\x08\0" + bytes(40))
    lease = b"\xff" * 6 + bytes(6) + b"\x08\0\x45" + bytes(8) + b"\x11" + bytes(10)
    lease += b"\0\x43\0\x44" + bytes(4) + b"\2" + bytes(27) + STA + bytes(202)
    lease += b"\x63\x82\x53\x63\x35\1\5\xff"
    yield join + keys + b"".join(rec(SEALED, data(LLC, seq=i)) for i in range(3))
    yield join + keys + addba + b"".join(rec(SEALED, f) for f in unordered) + rec(TIME, b"\x0a")
    yield join + addba + b"".join(rec(FROM_STA, f) for f in unordered) + rec(TIME, b"\x0a") + bar
    yield join + rec(FROM_STA, data(part * 2, tid=0x80))
    yield join + rec(FROM_STA, data(LLC, flags=4)) + rec(FROM_STA, data(b"xx"))
    yield join + sleep + down + down + poll + rec(ACK) + rec(TIME, b"\x10") + down + rec(ACK, b"\1")
    yield join + keys + (down + rec(ACK)) * 20 + \
        rec(FROM_STA, b"\xd0" + bytes(23) + struct.pack("<BBBHHH", 3, 1, 1, 0, 2, 0)) + \
        down + rec(ACK, b"\1") + rec(FROM_STA, b"\xd0" + bytes(23) + b"\3\2\0\0\1\0")
    yield join + rec(ROUTER, lease)
    yield join + keys + rec(REKEY, b"\0") + rec(HANDSHAKE) + rec(ACK)
    yield join + keys + rec(REKEY, b"\1") + keys + rec(HANDSHAKE)
    yield rec(FROM_STA, b"\x40" + bytes(23) + b"\0\0\1\4\2\4\x0b\x16")
    yield join + rec(FROM_STA, b"\xc0" + bytes(23) + b"\3\0") + rec(TIME, b"\xff") * 3
    for kind in (b"\1", b"\3\x32\4\x0a\0\2\x20", b"\x08"):
        yield join + rec(DHCP, b"\x35\1" + kind + b"\xff")


def write(folder):
    """All of them, for both access points."""
    for i, seed in enumerate(seeds()):
        for ap in (0, 1):
            (pathlib.Path(folder) / f"seed-{i}-{ap}").write_bytes(bytes([ap]) + seed)


if __name__ == "__main__":
    write(sys.argv[1])
