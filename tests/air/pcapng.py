# SPDX-License-Identifier: BSD-2-Clause
"""Reads pcapng files of link type 127, from the text of draft-ietf-opsawg-pcapng and radiotap.org.

    for packet in read(path):
        print(packet.interface, packet.usec, packet.radiotap["rate"], packet.frame.hex())
"""
import collections
import struct

Packet = collections.namedtuple("Packet", "interface usec radiotap frame comment flags")

# Name, struct format; the alignment is the size of the first member.
FIELDS = {0: ("tsft", "Q"), 1: ("flags", "B"), 2: ("rate", "B"), 3: ("channel", "HH"),
          5: ("signal", "b"), 6: ("noise", "b"), 11: ("antenna", "B"), 15: ("tx_flags", "H"),
          17: ("retries", "B"), 19: ("mcs", "BBB"), 20: ("ampdu", "IHBB")}


def radiotap(raw):
    """The header's members and its length."""
    version, _, length, present = struct.unpack_from("<BBHI", raw)
    assert version == 0 and not present >> 29
    off, out = 8, {}
    for bit in range(29):
        if present >> bit & 1:
            name, form = FIELDS[bit]
            align = struct.calcsize("<" + form[0])
            off = (off + align - 1) // align * align
            value = struct.unpack_from("<" + form, raw, off)
            out[name] = value if len(value) > 1 else value[0]
            off += struct.calcsize("<" + form)
    assert off == length, "the header is as long as its members"
    return out, length


def options(raw):
    """Code and value of each option."""
    off, out = 0, {}
    while off < len(raw):
        code, length = struct.unpack_from("=HH", raw, off)
        if code == 0:
            assert off + 4 == len(raw)
            break
        out[code] = raw[off + 4:off + 4 + length]
        off += 4 + (length + 3) // 4 * 4
    return out


def blocks(raw):
    """Type and body of each block; every length is checked."""
    off = 0
    while off < len(raw):
        kind, length = struct.unpack_from("=II", raw, off)
        assert length % 4 == 0 and length >= 12 and off + length <= len(raw)
        assert struct.unpack_from("=I", raw, off + length - 4)[0] == length
        yield kind, raw[off + 8:off + length - 4]
        off += length


def read(path, application=b"voy-air"):
    """All packets of a file that the application wrote."""
    raw = path.read_bytes()
    names, out = [], []
    for i, (kind, body) in enumerate(blocks(raw)):
        if kind == 0x0a0d0d0a:
            assert i == 0 and struct.unpack_from("=IHH", body) == (0x1a2b3c4d, 1, 0)
            assert options(body[16:])[4] == application
        elif kind == 1:
            assert struct.unpack_from("=HHI", body) == (127, 0, 0)
            names.append(options(body[8:])[2].decode())
        else:
            assert kind == 6
            interface, high, low, captured, length = struct.unpack_from("=IIIII", body)
            assert captured == length
            data = body[20:20 + captured]
            more = options(body[20 + (captured + 3) // 4 * 4:])
            head, rtlen = radiotap(data)
            out.append(Packet(names[interface], high << 32 | low, head, data[rtlen:],
                              more.get(1, b"").decode(),
                              struct.unpack("=I", more.get(2, bytes(4)))[0]))
    return out
