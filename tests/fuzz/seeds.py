# SPDX-License-Identifier: BSD-2-Clause
"""Where the fuzzers begin: a few inputs each that get past the first checks.

    for number, seed in enumerate(seeds.of("fuzz-air")): ...
"""
import importlib.util
import pathlib
import struct

HERE = pathlib.Path(__file__).resolve().parent
BEACON = (b"\x80\0\0\0" + b"\xff" * 6 + b"\2\0\0\0\0\1" * 2 + bytes(10) + b"\x64\0\x11\4" +
          b"\0\4home\1\4\x82\x84\x8b\x96\3\1\6" +
          b"\x30\x14\1\0\0\x0f\xac\4\1\0\0\x0f\xac\4\1\0\0\x0f\xac\2\0\0")
DATA = b"\x88\1\0\0" + bytes(18) + b"\0\0" + b"\0\0" + b"\xaa\xaa\3\0\0\0\x08\0" + bytes(20)
RADIOTAP = struct.pack("<BBHI", 0, 0, 8, 0)


def _step(what, arg=0, data=b""):
    """One step for the hub (fuzz_air.c): connect, disconnect, message, TX or time."""
    return struct.pack("<BBH", what, arg, len(data)) + data


def _air():
    """The readers of frames, then radios on a hub."""
    connect, leave, headed, send, time = 0, 1, 3, 4, 5
    frame = bytes([0, 0, 2, 0x82, 1, 0, 0]) + DATA
    both = _step(connect, 0) + _step(connect, 1)
    yield b"\0\1" + BEACON
    yield b"\0\0" + RADIOTAP + BEACON
    yield b"\0\0" + RADIOTAP + DATA
    for mode in (1, 2, 4 | 8, 16):
        yield bytes([mode]) + both + _step(send, 0, frame) + _step(time, 50)
        yield bytes([mode]) + both + _step(send, 0, frame) + _step(leave, 0) + _step(time, 200)
    yield b"\1" + _step(connect, 12) + _step(headed, 0, b"\0" + bytes(60)) + _step(time, 9)


def _tunnel(kind, conn=0, data=b""):
    """A message between guest and host (hwsim/tunnel.h)."""
    return struct.pack("<HHHH", 0x7641, kind, conn, len(data)) + data


def _hwsim():
    """Streams to both ends; a frame with rates."""
    reset, opened, data, close = 1, 2, 3, 4
    for end in (0, 2):
        yield bytes([end]) + _tunnel(reset) + _tunnel(opened) + _tunnel(data, 0, bytes(64)) + \
            _tunnel(close) + _tunnel(opened)
        yield bytes([end]) + bytes(64)
    yield b"\1" + bytes(range(160)) + BEACON


def _item(what, data=b""):
    """A step of fuzz_i7260.c and fuzz_server.c."""
    return struct.pack("<BH", what, len(data)) + data


def _i7260():
    """Commands, known and not, frames both ways, with a network and without."""
    command, fitting, heard, sent, time = range(5)
    steps = [_item(fitting, bytes([n, 1, 2, 3])) for n in range(0, 60, 3)]
    for network in (b"\0", b"\1"):
        yield network + b"".join(steps) + _item(time, b"\x64")
        yield network + _item(command, b"\x03\0ping") + _item(command, b"\xee\0")
        yield network + _item(heard, b"\0\xc8\2\0" + BEACON) + _item(heard, b"\0\xc8\2\0" + DATA)
        yield network + _item(sent, bytes(40) + DATA) + _item(time, b"\x0a")


def _i82574():
    """Frames both ways, with and without rings; a segment that is cut; registers."""
    write, read, poke, frame, send, time, reset = range(7)
    where = struct.pack("<Q", 0x110000)
    legacy = where + struct.pack("<HBBBBH", 80, 16, 0xf, 0, 14, 7)
    context = struct.pack("<BBHBBHIBBH", 14, 24, 33, 34, 50, 0, 200 | 0x27 << 24, 0, 54, 64)
    data = where + struct.pack("<IBBH", 254 | 1 << 20 | 0x2f << 24, 0, 3, 0)
    packet = b"\xff" * 6 + bytes(6) + b"\x08\0\x45\0\0\x28" + bytes(5) + b"\6" + bytes(60)
    registers = b"".join(_item(write, struct.pack("<II", off, 0x08210000))
                         for off in range(0, 0x200, 4)) + _item(read, bytes(4))
    for how in range(4):
        head = bytes([how])
        yield head + _item(frame, packet) * 20 + _item(time, b"\5")
        yield head + _item(frame, packet[:12] + b"\x81\0\0\7" + packet[12:] + bytes(1400))
        yield head + _item(poke, b"\0\1" + legacy) + _item(send, b"\1") + registers
        yield head + _item(poke, b"\0\1" + context + data) + _item(send, b"\2") + \
            _item(time, b"\1") + _item(reset, b"\0") + _item(frame, packet)


def _access(region, offset, data=b"", count=None):
    """The payload of REGION_READ and REGION_WRITE."""
    return struct.pack("<QII", offset, region, len(data) if count is None else count) + data


def _server():
    """A client that maps memory, looks at the card and touches its registers."""
    dma_map, unmap, info, region, irq, set_irqs, read, write, reset = 2, 3, 4, 5, 7, 8, 9, 10, 13
    memory = struct.pack("<IIQQQ", 32, 3, 0, 0x10000, 0x10000)
    own = struct.pack("<IIQQQ", 32, 3, 0, 0x40000, 0x10000)
    mapped = _item(dma_map | 32, memory) + _item(dma_map, own) + \
        _item(write, _access(7, 4, b"\6\0"))
    yield b"\0" + mapped + _item(read, _access(0, 0x20, count=4)) + \
        _item(write, _access(0, 0x24, b"\4\0\0\0")) + _item(read, _access(7, 0, count=256))
    yield b"\0" + mapped + _item(unmap, struct.pack("<IIQQ", 24, 0, 0x10000, 0x10000))
    yield b"\0" + _item(info, struct.pack("<IIII", 16, 0, 0, 0)) + \
        _item(region, struct.pack("<IIIIQQ", 32, 0, 0, 0, 0, 0)) + \
        _item(irq, struct.pack("<IIII", 16, 0, 1, 0))
    yield b"\0" + _item(set_irqs, struct.pack("<IIIII", 20, 0x21, 1, 0, 1)) + _item(reset)
    yield b"\1" + _item(128, bytes(16))


def _eapol():
    """Elements, frames to encrypt and conversations: operations of fuzz_eapol.c."""
    raw, msg1, msg3, group, data3, data_group, signed, changed, anonce, gtk, again, lost, time, \
        answer = range(14)

    def row(*steps):
        return b"".join(struct.pack("<BB", op, len(data)) + data
                        for op, data in ((s, b"") if isinstance(s, int) else s for s in steps))
    up = row(msg1, answer, msg3)
    kde = b"\xdd\x16\0\x0f\xac\1\2\0" + bytes(range(16))
    yield b"\0" + BEACON[36:]
    yield b"\0" + b"\xdd\x0a\0\x50\xf2\1\1\0\0\x50\xf2\2"
    yield b"\1" + DATA
    yield b"\1" + b"\x08\x41" + bytes(22) + b"\1\0\0\x20\0\0\0\0" + bytes(40)
    for mode in (b"\2", b"\3"):
        yield mode + up + row((gtk, b"\2"), group, group, anonce, msg1, answer, msg3)
        yield mode + row(msg1, answer, (data3, kde), again, msg1, answer, (signed, b"\x08\x20"))
        yield mode + up + row((data_group, kde), msg3, (changed, b"\x10\1"), (lost, b"\3"))
        yield mode + row(msg1, msg1, (time, b"\x65"), again, (raw, b"\1\3\0\x5f\2" + bytes(94)))


def _ap():
    """The access point's own conversations."""
    spec = importlib.util.spec_from_file_location("fuzzseeds",
                                                  HERE.parent / "ap" / "fuzzseeds.py")
    conversations = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(conversations)
    for seed in conversations.seeds():
        yield b"\0" + seed
        yield b"\1" + seed


def _sta():
    """Each situation of the station with a few frames, times and traffic."""
    raw, from_ap, beacon, action, data, eapol, time, host, core, bye, rekey, request = range(12)
    eth = b"\2\0\0\0\x09\x09\2\0\0\0\0\5\x08\0\x45\0" + bytes(40)
    csa = b"\x25\3\0\x28\2"
    csa_and_rates = b"\1\x08\x82\x84\x8b\x96\x0c\x12\x18\x24" + csa
    addba = b"\0\0\7\x02\x10\0\0\x10\0"
    amsdu = b"\3\0\1\0" + b"\2\0\0\0\0\5" + b"\2\0\0\0\x09\x09" + b"\0\x1c" + DATA[26:54]
    asked = (b'{"do":"scan","ssid":"home"}', b'{"do":"bss"}', b'{"do":"leave"}',
             b'{"do":"join","ssid":"home"}', b'{"do":"join","ssid":"home","psk":"passphrase"}',
             b'{"do":"powersave","on":true}', b'{"do":"status"}')
    for how in range(16):
        head = bytes([how])
        yield head + _item(raw, BEACON) + _item(raw, DATA) + _item(time, b"\x20")
        yield head + _item(beacon, csa_and_rates) + _item(time, b"\x20") + _item(bye, b"\2")
        yield head + _item(action, addba) + _item(from_ap, b"\xb0\0\0\2\0\0\0") + \
            _item(from_ap, b"\x10\1\0\0\0\1\xc0" + BEACON[36:]) + _item(time, b"\1")
        yield head + _item(data, b"\1\0\1\0" + DATA[26:]) + _item(data, amsdu) + \
            _item(data, b"\x08\0\2\0abc") + _item(data, b"\0\1\2\0def") + _item(time, b"\1")
        yield head + b"".join(_item(host, eth) for _ in range(20)) + _item(core, b"\x83") + \
            _item(host, eth) + _item(core, b"\3") + _item(time, b"\1")
        yield head + _item(rekey, b"\1") + _item(eapol, b"\2\0\0") + _item(eapol, b"\0\1\0") + \
            _item(eapol, b"\1\0\0") + _item(time, b"\x40")
        yield head + _item(request, asked[how % len(asked)]) + _item(time, b"\x20") + \
            _item(request, b'{"do":"stats"}') + _item(request, b'{"do":"signal"}')
        yield head + _item(core, b"\x45") + _item(core, b"\0") + _item(time, b"\xff") + \
            _item(core, b"\4") + _item(time, b"\xff")


def _firmware():
    """The smallest file with an entry of each kind."""
    def tlv(kind, *words):
        return struct.pack(f"<II{len(words)}I", kind, 4 * len(words), *words)
    return struct.pack("<II64sIIII", 0, 0x0a4c5749, b"human", 17, 0, 0, 0) + b"".join((
        tlv(29, 0, 1 << 20 | 1 << 14), tlv(30, 0, 1 << 12), tlv(31, 40), tlv(6, 500), tlv(18, 1),
        tlv(22, 1, 2, 3), tlv(27, 1), tlv(19, 0x800000, 1, 2), tlv(19, 0, 3),
        tlv(19, 0xffffcccc, 1),
        tlv(20, 0x800000, 5), tlv(21, 0, 1), tlv(34, 0, 1), tlv(99, 1), tlv(36, 17, 2, 0),
        tlv(23, 0x00330018)))


def _nvm_section(kind):
    """A section of a card's memory that is right."""
    if kind == 0:
        return bytes(42) + b"\2" * 6 + bytes(16)
    return struct.pack("<HHHH", 1, 0x55, 7, 1) + bytes(56) + b"\x09\x06" * 39


def _iwmfile():
    """A file; sections; results of each kind."""
    for end in (None, -3, -9, 100):
        yield b"\0" + _firmware()[:end]
    for end in (None, 70):
        yield b"\1" + _item(0, _nvm_section(0)) + _item(1, _nvm_section(1)[:end]) + _item(4, b"\1")
    yield b"\2" + _item(0, struct.pack("<HHHH", 1, 40, 0, 7))
    yield b"\2" + b"".join(_item(0, struct.pack("<HHHH", kind, 4, group, 7))
                          for kind in range(1, 6) for group in (0, 3))


def _iwm():
    """A card that does right, and one that does each thing wrong, under a host that does all."""
    calm, silent, gone, fail, memory, register, rule, packet, buffer, status, causes, \
        up, down, time, sleep, scan, abort, join, assoc, leave, update, set_key, del_key, ba, \
        stats, send = range(26)
    quiet = _item(calm, b"\xff")
    way = _item(up) + _item(scan, b"\1") + quiet + _item(join, b"\3\x1e\2\0\x17") + _item(assoc) + \
        _item(set_key, b"\0") + _item(send, b"\4abc") + _item(send, b"\1abc") + _item(stats)
    on = way + b"".join(_item(ba, bytes([op | 2 << 3, 0, 0])) for op in range(5)) + \
        _item(send, b"\4abc") * 3
    yield quiet + on + _item(update, b"\x7f") + _item(del_key, b"\0") + _item(leave) + \
        _item(down) + _item(up) + _item(sleep) + _item(up) + _item(abort)
    commands = ((0x01, 0), (0x08, 0), (0x17, 0), (0x18, 0), (0x1d, 0), (0x28, 0), (0x29, 0),
                (0x2b, 0), (0x51, 0), (0x52, 0), (0x6a, 0), (0x88, 0), (0x9b, 0), (0x9c, 0),
                (0, 4), (0, 5))
    for how in range(5):
        for command in commands:
            yield quiet + on + _item(rule, bytes((*command, how % 2, how)) + b"\1\2\3")
    bssid, phy = b"\2\0\0\0\0\0", _item(packet, b"\xc0\0\0\x80" + bytes(68))

    def heard(frame, status=3):
        body = struct.pack("<HH", len(frame), 0) + frame + struct.pack("<I", status)
        return _item(packet, b"\xc1\0\0\x80" + body)
    data = [heard(b"\x88\2\0\0\2\0\0\0\0\5" + bssid * 2 + struct.pack("<HH", n << 4, 2) +
                  DATA[26:])
            for n in (0, 3, 1, 90)]
    others = heard(b"\x88\x42" + bytes(32), 0xa43) + heard(b"\x80\0" + bytes(8) + bssid * 2 +
                                                         BEACON[22:]) + \
        heard(b"\x84\0" + bytes(8) + bssid + b"\4\x20\x80\1")
    yield quiet + on + phy + b"".join(data) + others + _item(time, b"\0\x10")
    agreed = way + _item(ba, b"\x10\0\0")
    yield quiet + agreed + phy + b"".join(data) + others + _item(time, b"\0\1") + _item(leave)
    for kind, body in ((0x1c, b"\1" + bytes(60)), (0xc5, bytes(40)), (0x2a, bytes(24)),
                       (0x9d, bytes(600)), (0xa2, b"\xff" * 24), (0x6d, bytes(8)), (2, bytes(20)),
                       (0x6b, bytes(20))):
        yield quiet + agreed + _item(packet, bytes((kind, 0, 0, 0x80)) + body) + phy + data[0] + \
            _item(time, b"\0\x10")
    yield quiet + on + _item(packet, b"\xfe\4\0\x80") + _item(time, b"\0\x40")
    for length in (4088, 4092, 4093, 4096, 0x3fff):       # around what a buffer holds
        long = struct.pack("<IBBHHH", length, 0xc1, 0, 0x8000, length - 12, 0)
        yield quiet + on + phy + _item(buffer, b"\0\0" + long + DATA)
    yield quiet + on + phy + _item(packet, b"\xc1\0\0\x80" + struct.pack("<HH", 4084, 0) + DATA)
    for queue in range(5, 19):                      # done up to where no frame is
        done = b"\1" + bytes(39) + b"\x50" + bytes(7)
        yield quiet + on + _item(packet, bytes((0x1c, 0, 0, queue)) + done)
    burst, silence = _item(send, b"\xc4abc"), _item(silent, b"\xff")
    for state in (way, on):                         # more frames than there is room for
        yield quiet + state + silence + burst * 2 + _item(time, b"\0\x10") + burst
        yield quiet + state + silence + burst + _item(time, b"\0\x40") + _item(leave)
    # What the firmware may say by itself, too short for what it claims: every count is the largest.
    news = (1, 2, 4, 0x1c, 0x29, 0x2a, 0x62, 0x63, 0x6b, 0x6d, 0x9d, 0xa2, 0xb5, 0xc0, 0xc1, 0xc5,
            0xfc)
    for length in (0, 8, 24, 56, 120):
        yield quiet + agreed + burst + b"".join(
            _item(packet, bytes((kind, 0, 0, 0x8c)) + b"\xff" * length) for kind in news)
    last = struct.pack("<IBBHHH", 80, 0xc1, 0, 0x8000, 64, 0)
    yield quiet + on + phy + _item(buffer, struct.pack("<HIBBH", 0, 4000, 0xff, 0, 0x8000)) + \
        _item(status, b"\0\0") + _item(buffer, struct.pack("<H", 4032) + last)
    for place in (0, 40, 200, 700, 800, 812, 815, 820, 830, 850, 870, 1324, 1330):
        yield quiet + agreed + phy + b"".join(data) + _item(fail, struct.pack("<H", place))
    yield quiet + on + _item(packet, b"\xff\4\0\x80\x80\0\0\0") + _item(time, b"\0\x40")
    for what in (_item(buffer, b"\0\0" + bytes(range(256)) * 4), _item(status, b"\x77\0"),
                 _item(gone),
                 _item(causes, b"\0\0\0\2"), _item(causes, b"\0\0\0\x20"), _item(silent, b"\xff"),
                 _item(causes, b"\x80\0\0\0"), _item(memory, b"\1\0\0\0" + b"\xff" * 64),
                 _item(register, struct.pack("<IIB", 0x24, 0, 255))):
        yield quiet + on + what + _item(time, b"\0\x10") + on
        yield what + on


def _em():
    """A link, frames both ways, and each thing that a card may do wrong."""
    calm, silent, gone, fail, memory, register, frame, desc, done, causes, up, down, time, sleep, \
        send, stats = range(16)
    eth = b"\2\0\0\0\0\1" + b"\2\0\0\0\0\2\x08\0\x45\0" + bytes(60)
    good = _item(frame, b"\x02\0\0\0" + eth)
    way = _item(calm, b"\x10") + _item(up) + _item(time, b"\5") + _item(send, eth) + good + \
        _item(stats) + _item(send, eth) * 3 + good * 3
    yield way + _item(down) + _item(up) + _item(sleep) + _item(send, eth) + good
    for n in range(0, 60, 5):
        yield _item(fail, struct.pack("<H", n)) + way
    yield way + _item(fail, struct.pack("<H", 1600)) + good * 8
    for what in (_item(frame, b"\x02\x81\0\0" + eth), _item(frame, b"\0\0\0\0" + eth) * 3,
                 _item(frame, b"\x02\0\xff\xff" + eth), _item(frame, b"\x02\0\x0d\0" + eth),
                 _item(frame, b"\x62\0\xee\x05" + eth), _item(causes, b"\xff" * 4) * 4,
                 _item(desc, b"\5" + bytes(8) + b"\x40\0\0\0\3\0\0\0"), _item(silent, b"\x50"),
                 _item(done, b"\7" + bytes(12) + b"\1\0\0\0"), _item(gone),
                 _item(memory, b"\0\0\0\0" + b"\xff" * 64),
                 _item(register, struct.pack("<IIB", 0xc0, 0xffffffff, 1)),
                 _item(register, struct.pack("<IIB", 0x08, 0, 9)),
                 _item(register, struct.pack("<IIB", 0x20, 0x40000000, 1))):
        yield way + what + _item(time, b"\0\x08") + good + _item(send, eth)
        yield what + way


def _client():
    """A server that is right until one request, and then each thing once."""
    right, payload, raw, changed, error, asks, more, close = range(8)
    with_fd = 8
    twin = b"\0\0\1\0" + b'{"capabilities":{"twin_socket":{"supported":true,"fd_index":0}}}\0'
    dma = struct.pack("<QQ", 0x10100, 16)
    yield b""
    yield _item(payload | with_fd, twin) + _item(right, b"\x14") + _item(asks, b"\1" + dma) * 9
    for n in range(0, 34, 2):
        for how, data in ((error, b"\6"), (changed, bytes(16) + b"\xff" * 8), (close, b""),
                          (payload, b"\1" * 20), (asks, b"\1" + dma),
                          (asks, b"\0" + dma + bytes(16)), (more, b"\1" * 40)):
            yield _item(right, bytes([n])) + _item(how, data)
    mapped = struct.pack("<IIIIQQ", 32, 7, 0, 0, 8192, 0)
    sparse = struct.pack("<IIIIQQ", 80, 15, 0, 32, 8192, 0) + \
        struct.pack("<HHIII", 1, 1, 0, 1, 0) + struct.pack("<QQQQ", 0, 4096, 0, 0)
    for region in (mapped, sparse):
        yield _item(right, b"\1") + _item(payload | with_fd, region)
    yield _item(raw, bytes(16))


def _harness():
    """Each request; a recording without and with right checksums; entries of each kind."""
    for line in (b'{"cmd":"status","id":1}', b'{"cmd":"states","id":"a"}', b'{"cmd":"info"}',
                 b'{"cmd":"wait","state":"alive","timeout":0}', b'{"cmd":"trace","last":64}',
                 b'{"cmd":"subscribe"}', b'{"cmd":"suspend"}', b'{"cmd":"resume"}',
                 b'{"cmd":"other"}', b'{"cmd":3}', b"[]\n{}", b"no JSON"):
        yield b"\0" + line
    # A frame of Zstandard with one raw block: magic, descriptor, size, block.
    packed = b"\x28\xb5\x2f\xfd\x20\x04" + b"\x21\0\0" + b"\1\2\3\4"
    yield b"\1VOYREC\r\n\4\0\0\0\0\0\0\0VBLK" + bytes(20)
    yield b"\2\1\1" + struct.pack("<H", len(packed)) + packed
    yield b"\2\0\0\0\0" + b"\1\0\0\0"
    for kind in range(1, 36):
        yield bytes([3, kind]) + b"\x84\x02\x20\x80\1\5abcde"


def _replay():
    """The recording as it is, and with one thing changed in many places of it."""
    put, change, insert, remove, repeat, cut = range(6)
    yield b""
    for place in range(0, 16000, 400):
        at = struct.pack("<H", place)
        yield _item(put, at + b"\0" * 4)
        yield _item(change, at + b"\1")
        yield _item(remove, at + b"\1\0")
    for place in range(5, 16000, 1600):
        at = struct.pack("<H", place)
        yield _item(insert, at + b"\7\x80\x08\0\0")
        yield _item(repeat, at + b"\x40\0" + at) + _item(change, at + b"\xff" * 8)
        yield _item(cut, at)


def of(fuzzer):
    """The seeds of a fuzzer, by its name; one byte when there are none of its own."""
    own = {"fuzz-air": _air, "fuzz-hwsim": _hwsim, "fuzz-ap": _ap, "fuzz-eapol": _eapol,
           "fuzz-client": _client, "fuzz-em": _em, "fuzz-harness": _harness,
           "fuzz-i7260": _i7260, "fuzz-i82574": _i82574,
           "fuzz-iwm": _iwm, "fuzz-iwmfile": _iwmfile, "fuzz-replay": _replay,
           "fuzz-server": _server, "fuzz-sta": _sta}.get(fuzzer)
    return list(own()) if own else [b"\0"]
