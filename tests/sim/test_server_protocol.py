# SPDX-License-Identifier: BSD-2-Clause
"""The vfio-user server of voy-sim: version, malformed messages, device and regions, by a client
that is only bytes."""
import errno
import mmap
import random
import struct

import pytest

from educard import PAGE, refused
from rawclient import (CONFIG, DMA_READ, GET_INFO, HEADER, IO_FDS, NO_REPLY, REGION_INFO,
                       REGION_READ, REGION_WRITE, REPLY, VERSION, WRITE_MULTI, Client, Refused,
                       Server, descriptors, until)


# ---- version


def test_version_says_what_qemu_accepts(server):
    with Client(server.path) as c:
        version, caps = c.version(minor=0)
        assert version == (0, 0)
        assert caps["max_msg_fds"] <= 16
        assert caps["max_data_xfer_size"] == 1 << 20
        assert caps["max_dma_maps"] == 65535, "more fit, but QEMU takes no higher number"
        assert set(caps) <= {"max_msg_fds", "max_data_xfer_size", "max_dma_maps", "pgsizes"}


def test_version_answers_the_lower_minor(server):
    with Client(server.path) as c:
        assert c.version(minor=7)[0] == (0, 1)


def test_version_without_capabilities_is_fine(server):
    with Client(server.path) as c:
        c.version(text=b"")
        assert c.conf_read(0) == 0x1234


@pytest.mark.parametrize("text", [b"{", b"[]", b"\"x\"", b"{\"capabilities\":3}",
                                  b"{\"capabilities\":{\"max_msg_fds\":\"many\"}}",
                                  b"{\"capabilities\":{\"max_data_xfer_size\":0}}",
                                  b"{\"capabilities\":{\"max_data_xfer_size\":-1}}",
                                  b"\xff\xfe", b"{" * 4000])
def test_bad_capabilities_get_an_error_and_the_door(server, text):
    with Client(server.path) as c:
        with refused(errno.EINVAL):
            c.version(text=text)
        assert c.closed()


def test_other_major_version_is_refused(server):
    with Client(server.path) as c:
        with refused(errno.EPROTONOSUPPORT):
            c.version(major=1)
        assert c.closed()


def test_nothing_is_served_before_version(server):
    with Client(server.path) as c:
        with refused(errno.EINVAL):
            c.read(CONFIG, 0, 4)
        assert c.closed()


# ---- malformed messages


def test_every_command_cut_at_every_length_is_answered(server):
    """No request with a short payload crashes, hangs or goes without reply."""
    with Client(server.path) as c:
        c.version()
        for cmd in range(0, 20):
            for length in range(0, 48):
                for fill in (0, 0xff):
                    try:
                        c.call(cmd, bytes([fill]) * length)
                    except Refused as e:
                        assert e.errno
    with Client(server.path) as c:
        c.version()
        assert c.conf_read(0) == 0x1234


@pytest.mark.parametrize("header", [
    HEADER.pack(1, VERSION, 0, 0, 0), HEADER.pack(1, VERSION, 15, 0, 0),
    HEADER.pack(1, VERSION, 0xffffffff, 0, 0), HEADER.pack(1, VERSION, 16, 0xf, 0),
    HEADER.pack(1, VERSION, 16, 2, 0), b"\xa5" * 64])
def test_bad_framing_closes_the_connection(server, header):
    with Client(server.path) as c:
        c.version()
        c.raw(header)
        assert c.closed()
    with Client(server.path) as c:
        c.version()


def test_random_bytes_never_stop_the_server(server):
    rng = random.Random(1)
    for _ in range(60):
        with Client(server.path) as c:
            c.version()
            for _ in range(20):
                cmd = rng.randrange(0, 20)
                body = rng.randbytes(rng.randrange(0, 80))
                try:
                    c.send(cmd, body)
                except BrokenPipeError:
                    break
    with Client(server.path) as c:
        c.version()
        assert c.conf_read(0) == 0x1234


def test_a_message_in_single_bytes_is_understood(server):
    with Client(server.path) as c:
        c.version()
        message = HEADER.pack(9, REGION_READ, 32, 0, 0) + struct.pack("<QII", 0, CONFIG, 2)
        for byte in message:
            c.raw(bytes([byte]))
        assert c.reply(9, REGION_READ)[16:] == b"\x34\x12"


def test_half_a_message_then_hangup_leaves_the_server_working(server):
    with Client(server.path) as c:
        c.version()
        c.raw(HEADER.pack(9, REGION_READ, 32, 0, 0) + b"1234")
    with Client(server.path) as c:
        c.version()


def test_pipelined_requests_are_answered_in_order(client):
    ids = [client.send(REGION_READ, struct.pack("<QII", 0, CONFIG, 4)) for _ in range(2000)]
    for msg_id in ids:
        client.reply(msg_id, REGION_READ)


def test_no_reply_is_respected(ready):
    ready.send(REGION_WRITE, struct.pack("<QII", 4, 0, 4) + b"\0\0\0\0", flags=NO_REPLY)
    assert ready.bar_read(0, 4) == 0xffffffff


def test_unknown_commands_are_refused(client):
    for cmd in (0, 14, 16, 17, 18, 19, 500, 65535):
        with refused(errno.ENOTSUP):
            client.call(cmd, bytes(64))
    assert client.conf_read(0) == 0x1234


def test_replies_that_nobody_asked_for_are_dropped(client):
    client.raw(HEADER.pack(77, DMA_READ, 16, REPLY, 0))
    assert client.conf_read(0) == 0x1234


def test_too_many_descriptors_are_refused_and_closed(server, client):
    before = descriptors(server)
    with open("/dev/null", "rb") as f:
        for _ in range(5):
            with refused(errno.EINVAL):
                client.call(GET_INFO, struct.pack("<IIII", 16, 0, 0, 0), [f.fileno()] * 40)
            client.call(GET_INFO, struct.pack("<IIII", 16, 0, 0, 0), [f.fileno()] * 3)
    until(lambda: descriptors(server) == before, "descriptors closed")


# ---- device, regions


def test_device_info(client):
    argsz, flags, regions, irqs = struct.unpack("<IIII", client.call(
        GET_INFO, struct.pack("<IIII", 16, 0, 0, 0)))
    assert (argsz, flags, regions, irqs) == (16, 3, 9, 5)


def region_info(client, index, argsz=32):
    payload = client.call(REGION_INFO, struct.pack("<IIIIQQ", argsz, 0, index, 0, 0, 0))
    return struct.unpack_from("<IIIIQQ", payload), payload


def test_region_sizes(client):
    sizes = [region_info(client, i)[0][4] for i in range(9)]
    assert sizes == [1 << 20, 0, 0, 0, 0, 0, 0, 256, 0]
    with refused(errno.EINVAL):
        region_info(client, 9)


def test_sparse_mmap_needs_room_and_maps_the_memory(tmp_path):
    with Server("scratch", tmp_path) as srv, Client(srv.path) as c:
        c.version()
        c.enable()
        (argsz, flags, _, cap, _, _), payload = region_info(c, 0)
        assert argsz > 32 and flags & 12 == 4 and cap == 0 and len(payload) == 32
        assert c.fds == []
        (_, flags, _, cap, _, offset), payload = region_info(c, 0, argsz)
        assert len(payload) == argsz and cap == 32 and len(c.fds) == 1
        cap_id, _, _, areas, _ = struct.unpack_from("<HHIII", payload, cap)
        start, size = struct.unpack_from("<QQ", payload, cap + 16)
        assert (cap_id, areas, start, size) == (1, 1, 0, PAGE)
        page = mmap.mmap(c.fds[0], size, offset=offset + start)
        page[8:12] = b"abcd"
        assert c.read(0, 8, 4) == b"abcd"
        c.write(0, 12, b"efgh")
        assert page[12:16] == b"efgh"
        page.close()


def test_region_limits(ready):
    size = 1 << 20
    assert len(ready.read(0, 0, size)) == size
    for region, off, count in ((0, size, 1), (0, size - 2, 4), (0, 1 << 63, 4), (1, 0, 1),
                               (7, 256, 1), (8, 0, 1), (9, 0, 4), (0xdeadbeef, 0, 4),
                               (0, 0xffffffffffffffff, 4), (0, 0, size + 1)):
        with refused(errno.EINVAL):
            ready.read(region, off, count)
        if count <= 4:
            with refused(errno.EINVAL):
                ready.write(region, off, bytes(count))
    assert ready.read(0, 0, 0) == b""


def test_write_with_less_data_than_it_says_is_refused(ready):
    with refused(errno.EINVAL):
        ready.call(REGION_WRITE, struct.pack("<QII", 4, 0, 4) + b"\0\0")


def test_write_multi_only_when_negotiated(server):
    def one(off, value):
        return struct.pack("<QIIQ", off, 0, 4, value)
    request = struct.pack("<Q", 2) + one(4, 0) + one(4, 0xffff0000)
    with Client(server.path) as c:
        c.version()
        c.enable()
        with refused(errno.ENOTSUP):
            c.call(WRITE_MULTI, request)
    with Client(server.path) as c:
        _, caps = c.version(caps={"write_multiple": True})
        assert caps["write_multiple"] is True
        c.enable()
        assert struct.unpack("<Q", c.call(WRITE_MULTI, request)) == (2,)
        assert c.bar_read(0, 4) == 0x0000ffff
        with refused(errno.EINVAL):
            c.call(WRITE_MULTI, struct.pack("<Q", 3) + one(4, 0))
        with refused(errno.EINVAL):
            c.call(WRITE_MULTI, struct.pack("<Q", 1 << 61) + one(4, 0))
        with refused(errno.EINVAL):
            c.call(WRITE_MULTI, struct.pack("<Q", 1) + struct.pack("<QIIQ", 4, 0, 9, 0))


def test_there_are_no_region_io_descriptors(client):
    payload = client.call(IO_FDS, struct.pack("<IIII", 16, 0, 0, 0))
    assert struct.unpack("<IIII", payload) == (16, 0, 0, 0)
