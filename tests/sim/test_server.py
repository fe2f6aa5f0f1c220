# SPDX-License-Identifier: BSD-2-Clause
"""The vfio-user server of voy-sim, held to the protocol by a client that is only bytes."""
import errno
import json
import os
import random
import signal
import socket
import stat
import struct
import subprocess
import time

import pytest

from rawclient import (CONFIG, DATA_BOOL, DATA_EVENTFD, DATA_NONE, DMA_MAP, DMA_READ, DMA_WRITE,
                       ERR, ERROR, GET_INFO, HEADER, INTX, IO_FDS,
                       IRQ_INFO, MASK, MSI, MSIX, NO_REPLY, REGION_INFO, REGION_READ,
                       REGION_WRITE, REPLY, REQ, RESET, TRIGGER, UNMASK, VERSION,
                       VOY_SIM, WRITE_MULTI, Client, Closed, Memory, Refused, Server,
                       descriptors, fired, until)

PAGE = 4096
FACT, STATUS, IRQ_STATUS, IRQ_RAISE, IRQ_ACK = 0x08, 0x20, 0x24, 0x60, 0x64
DMA_SRC, DMA_DST, DMA_CNT, DMA_CMD = 0x80, 0x88, 0x90, 0x98
BUF = 0x40000


@pytest.fixture
def server(tmp_path):
    with Server("edu", tmp_path, control=True) as srv:
        yield srv


@pytest.fixture
def client(server):
    with Client(server.path) as c:
        c.version()
        yield c


@pytest.fixture
def ready(client):
    """A client with memory space and bus master on and a page of memory at 0x10000."""
    client.enable()
    memory = Memory(PAGE)
    client.dma_map(0x10000, PAGE, memory.fd)
    client.memory = memory.map
    yield client
    memory.close()


def dma(client, src, dst, count, to_host):
    """Starts a transfer and waits for its end."""
    client.bar_write(0, DMA_SRC, src, 8)
    client.bar_write(0, DMA_DST, dst, 8)
    client.bar_write(0, DMA_CNT, count, 8)
    client.bar_write(0, DMA_CMD, 3 if to_host else 1)
    until(lambda: client.bar_read(0, DMA_CMD) & 1 == 0, "end of DMA")


def refused(number):
    """pytest.raises for an error reply with this errno."""
    return pytest.raises(Refused, match=os.strerror(number))


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
        assert argsz > 32 and flags & 12 == 12 and cap == 0 and len(payload) == 32
        assert c.fds == []
        (_, flags, _, cap, _, offset), payload = region_info(c, 0, argsz)
        assert len(payload) == argsz and cap == 32 and len(c.fds) == 1
        cap_id, _, _, areas, _ = struct.unpack_from("<HHIII", payload, cap)
        start, size = struct.unpack_from("<QQ", payload, cap + 16)
        assert (cap_id, areas, start, size) == (1, 1, 0, PAGE)
        import mmap
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


# ---- DMA


def test_dma_both_ways_through_shared_memory(ready):
    ready.memory[0:16] = b"0123456789abcdef"
    dma(ready, 0x10000, BUF, 16, False)
    dma(ready, BUF + 4, 0x10100, 8, True)
    assert ready.memory[0x100:0x108] == b"456789ab"


def test_dma_crosses_adjacent_maps(client):
    client.enable()
    memory = Memory(3 * PAGE)
    client.dma_map(0x20000, PAGE, memory.fd, 2 * PAGE)
    client.dma_map(0x21000, PAGE, memory.fd, 0)
    memory.map[2 * PAGE + 0xff0:3 * PAGE] = bytes(range(16))
    memory.map[0:16] = bytes(range(16, 32))
    dma(client, 0x20ff0, BUF, 32, False)
    dma(client, BUF, 0x20100, 32, True)
    assert memory.map[2 * PAGE + 0x100:2 * PAGE + 0x120] == bytes(range(32))
    memory.close()


@pytest.mark.parametrize("nommap", [False, True])
def test_dma_by_message(tmp_path, nommap):
    """Without a descriptor, or told not to map, the server asks by message."""
    store = bytearray(2 * PAGE)
    seen = []

    def on_dma(cmd, addr, count, data):
        seen.append(cmd)
        if cmd == DMA_WRITE:
            store[addr - 0x30000:addr - 0x30000 + count] = data
        return bytes(store[addr - 0x30000:addr - 0x30000 + count])

    settings = ["fault.nommap=1"] if nommap else []
    memory = Memory(2 * PAGE)
    with Server("edu", tmp_path, settings=settings) as srv, Client(srv.path) as c:
        # A small message limit: the transfer has to be cut.
        c.version(caps={"max_data_xfer_size": 512})
        c.enable()
        c.on_dma = on_dma
        c.dma_map(0x30000, 2 * PAGE, memory.fd if nommap else None)
        store[0:1500] = bytes(i & 0xff for i in range(1500))
        dma(c, 0x30000, BUF, 1500, False)
        dma(c, BUF, 0x31000, 1500, True)
        assert store[PAGE:PAGE + 1500] == store[0:1500]
        assert seen == [DMA_READ] * 3 + [DMA_WRITE] * 3
    assert srv.status == 0
    memory.close()


def test_requests_go_on_while_a_dma_reply_is_awaited(client):
    """What comes before the reply is answered after it, in order."""
    client.enable()
    client.dma_map(0x30000, PAGE)
    client.bar_write(0, DMA_SRC, 0x30000, 8)
    client.bar_write(0, DMA_DST, BUF, 8)
    client.bar_write(0, DMA_CNT, 4, 8)
    client.bar_write(0, DMA_CMD, 5)
    msg_id, cmd, _, _, payload = client.recv()
    assert cmd == DMA_READ
    ids = [client.send(REGION_READ, struct.pack("<QII", 0, 0, 4)) for _ in range(100)]
    client.raw(HEADER.pack(msg_id, cmd, 36, REPLY, 0) + payload[:16] + b"wxyz")
    for i in ids:
        assert client.reply(i, REGION_READ)[16:] == b"\xed\x00\x00\x01"
    assert client.bar_read(0, IRQ_STATUS) == 0x100


def test_dma_message_that_nobody_answers_ends(tmp_path):
    """A client such as QEMU never answers: the server goes on and says so."""
    with Server("edu", tmp_path, settings=["sim.dma_timeout_ms=50"]) as srv, \
            Client(srv.path) as c:
        c.version()
        c.enable()
        c.dma_map(0x30000, PAGE)
        dma(c, 0x30000, BUF, 4, False)
        dma(c, 0x30000, BUF, 4, False)
    assert len(srv.named("dma-timeout")) == 1
    assert srv.status == 0


@pytest.mark.parametrize("answer", ["error", "short", "count", "cmd"])
def test_wrong_answer_to_a_dma_message_is_survived(client, answer):
    client.enable()
    client.dma_map(0x30000, PAGE)
    client.bar_write(0, DMA_SRC, 0x30000, 8)
    client.bar_write(0, DMA_DST, BUF, 8)
    client.bar_write(0, DMA_CNT, 4, 8)
    client.bar_write(0, DMA_CMD, 1)
    msg_id, cmd, _, _, _ = client.recv()
    body = {"error": b"", "short": b"\0" * 16, "count": struct.pack("<QQI", 0x30000, 400, 1),
            "cmd": struct.pack("<QQI", 0x30000, 4, 1)}[answer]
    flags = REPLY | ERROR if answer == "error" else REPLY
    cmd = DMA_WRITE if answer == "cmd" else cmd
    client.raw(HEADER.pack(msg_id, cmd, 16 + len(body), flags, 5) + body)
    until(lambda: client.bar_read(0, DMA_CMD) & 1 == 0, "end of DMA")


def test_client_that_dies_during_a_dma_message(server):
    with Client(server.path) as c:
        c.version()
        c.enable()
        c.dma_map(0x30000, PAGE)
        c.bar_write(0, DMA_SRC, 0x30000, 8)
        c.bar_write(0, DMA_DST, BUF, 8)
        c.bar_write(0, DMA_CNT, 4, 8)
        c.bar_write(0, DMA_CMD, 1)
        assert c.recv()[1] == DMA_READ
    with Client(server.path) as c:
        c.version()
        assert c.conf_read(0) == 0x1234


@pytest.mark.parametrize("why, rule", [
    ("unmapped", "dma-unmapped"), ("tail", "dma-unmapped"), ("readonly", "dma-unmapped"),
    ("master", "dma-no-bus-master"), ("range", "edu-dma-range"), ("mask", "edu-dma-mask"),
    ("unmapped later", "dma-unmapped"), ("wrap", "dma-unmapped")])
def test_wrong_dma_is_a_violation_and_fails_the_run(tmp_path, why, rule):
    memory = Memory(2 * PAGE)
    settings = ["dma_mask=0xffffffffffffffff"] if why == "wrap" else []
    with Server("edu", tmp_path, settings=settings) as srv, Client(srv.path) as c:
        c.version()
        c.enable()
        c.dma_map(0x10000, PAGE, memory.fd)
        if why == "unmapped":
            dma(c, 0x20000, BUF, 16, False)
        elif why == "tail":
            dma(c, BUF, 0x10ff8, 16, True)
        elif why == "readonly":
            c.dma_map(0x20000, PAGE, memory.fd, PAGE, prot=1)
            dma(c, BUF, 0x20000, 16, True)
        elif why == "master":
            c.enable(2)
            dma(c, 0x10000, BUF, 16, False)
        elif why == "range":
            dma(c, 0x10000, BUF + 0xff8, 16, False)
        elif why == "mask":
            dma(c, 0x1000010000, BUF, 16, False)
        elif why == "unmapped later":
            c.dma_unmap(0x10000, PAGE)
            dma(c, 0x10000, BUF, 16, False)
        elif why == "wrap":
            dma(c, 0xfffffffffffffff8, BUF, 16, False)
    assert srv.violations()[0] == rule
    assert srv.status == 1
    result = srv.events[-1]
    assert result["event"] == "result" and result["ok"] is False and result["violations"] >= 1
    trace = srv.named("violation")[0]["trace"]
    assert any("DMA_CMD" in line for line in trace)
    memory.close()


def test_client_that_shrinks_its_memory_is_no_crash(server):
    with Client(server.path) as c:
        c.version()
        c.enable()
        memory = Memory(PAGE)
        c.dma_map(0x10000, PAGE, memory.fd)
        dma(c, 0x10000, BUF, 16, False)
        memory.map.close()
        os.ftruncate(memory.fd, 0)
        c.on_dma = lambda *a: None
        dma(c, 0x10000, BUF, 16, False)
        assert c.bar_read(0, 0) == 0x010000ed
        os.close(memory.fd)


def test_65536_maps_in_random_order_and_their_unmaps(server, client):
    """As a guest with an IOMMU does it: page by page, each with the same descriptor."""
    count = 65536
    memory = Memory(PAGE)
    client.enable()
    order = list(range(count))
    random.Random(7).shuffle(order)
    payloads = [struct.pack("<IIQQQ", 32, 3, 0, 0x100000 + i * 2 * PAGE, PAGE) for i in order]
    for i in range(0, count, 64):
        ids = [client.send(DMA_MAP, p, [memory.fd]) for p in payloads[i:i + 64]]
        for msg_id in ids:
            client.reply(msg_id, DMA_MAP)
    status = server.control(cmd="status")
    assert status["dma_maps"] == count
    assert descriptors(server) < 40, "one descriptor per file"
    memory.map[0:4] = b"deep"
    dma(client, 0x100000 + 4000 * 2 * PAGE, BUF, 4, False)
    assert client.dma_unmap(0x100000, 2 * PAGE * 32768) == 32768 * PAGE
    assert server.control(cmd="status")["dma_maps"] == count - 32768
    assert client.dma_unmap(0, 0, flags=2) == 32768 * PAGE
    assert server.control(cmd="status")["dma_maps"] == 0
    memory.close()


def test_map_and_unmap_rules(client):
    client.dma_map(0x10000, PAGE)
    for iova, size in ((0x10000, PAGE), (0xf000, 2 * PAGE), (0x10fff, 1), (0x8000, 0x20000)):
        with refused(errno.EEXIST):
            client.dma_map(iova, size)
    with refused(errno.EINVAL):
        client.dma_map(0x20000, 0)
    with refused(errno.EINVAL):
        client.dma_map(0xfffffffffffff000, 2 * PAGE)
    client.dma_map(0xfffffffffffff000, PAGE)
    assert client.dma_unmap(0xfffffffffffff000, PAGE) == PAGE
    # Never mapped: nothing to do, as in the kernel.
    assert client.dma_unmap(0x50000, PAGE) == 0
    # Half of a range cannot go.
    client.dma_map(0x40000, 4 * PAGE)
    with refused(errno.EINVAL):
        client.dma_unmap(0x41000, PAGE)
    with refused(errno.EINVAL):
        client.dma_unmap(0x40000, PAGE)
    assert client.dma_unmap(0x0, 0x100000) == 5 * PAGE
    with refused(errno.EINVAL):
        client.dma_unmap(0, 0)
    with refused(errno.EINVAL):
        client.dma_unmap(0x1000, 0x1000, flags=2)
    with refused(errno.ENOTSUP):
        client.dma_unmap(0x1000, 0x1000, flags=1)
    with refused(errno.EINVAL):
        client.dma_map(0x10000, PAGE, prot=0x80)


def test_a_map_refused_keeps_no_descriptor(server, client):
    memory = Memory(PAGE)
    client.dma_map(0x10000, PAGE, memory.fd)
    before = descriptors(server)
    other = Memory(PAGE)
    with refused(errno.EEXIST):
        client.dma_map(0x10000, PAGE, other.fd)
    until(lambda: descriptors(server) == before, "descriptors closed")
    memory.close()
    other.close()


def test_everything_of_a_client_goes_with_it(server):
    before = descriptors(server)
    for _ in range(20):
        memory = Memory(PAGE)
        with Client(server.path) as c:
            c.version()
            c.enable()
            c.irq_fd(MSI)
            c.dma_map(0x10000, PAGE, memory.fd)
            dma(c, 0x10000, BUF, 16, False)
        memory.close()
    until(lambda: descriptors(server) == before, "descriptors closed")
    with Client(server.path) as c:
        c.version()
        assert c.conf_read(4) == 0, "the next client finds a card that was reset"
        assert server.control(cmd="status")["dma_maps"] == 0


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


# ---- clients, socket, program


def test_a_second_client_is_refused_while_one_is_there(server, client):
    with Client(server.path) as second:
        with refused(errno.EBUSY):
            second.version()
        assert second.closed()
    assert client.conf_read(0) == 0x1234
    client.close()
    until(lambda: not server.control(cmd="status")["client"], "client gone")
    with Client(server.path) as third:
        third.version()


def test_the_next_client_comes_at_once_after_the_last_left(server):
    for _ in range(100):
        with Client(server.path) as c:
            c.version()
            c.send(REGION_READ, struct.pack("<QII", 0, CONFIG, 2))


def test_once_ends_after_the_first_client(tmp_path):
    with Server("edu", tmp_path, once=True) as srv:
        # One who only looks whether somebody listens is no client.
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(srv.path)
        with Client(srv.path) as c:
            c.version()
        srv.finish()
    assert srv.status == 0
    assert srv.events[-1] == {**srv.events[-1], "event": "result", "ok": True, "violations": 0}
    assert not os.path.exists(srv.path)


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(tmp_path, sig):
    with Server("edu", tmp_path, control=True) as srv:
        with Client(srv.path) as c:
            c.version()
            srv.finish(sig)
    assert srv.status == 0
    assert os.listdir(tmp_path) == []
    assert srv.events[-1]["event"] == "result"


def test_socket_is_private(server):
    for path in (server.path, server.control_path):
        mode = os.stat(path).st_mode
        assert stat.S_ISSOCK(mode) and stat.S_IMODE(mode) == 0o600


def run(*args, **kw):
    return subprocess.run([str(VOY_SIM), *args], capture_output=True, text=True, timeout=20, **kw)


def test_live_socket_is_refused_and_stale_one_replaced(tmp_path):
    with Server("edu", tmp_path) as srv:
        second = run("edu", "--socket", srv.path)
        assert second.returncode == 2
        assert "running server" in second.stderr
        with Client(srv.path) as c:
            c.version()
        srv.proc.kill()
        srv.proc.wait()
        assert os.path.exists(srv.path)
        with Server("edu", tmp_path) as again, Client(again.path) as c:
            c.version()
        assert os.listdir(tmp_path) == []


def test_other_files_are_not_replaced(tmp_path):
    path = tmp_path / "file"
    path.write_text("precious")
    result = run("edu", "--socket", str(path))
    assert result.returncode == 2 and "no socket" in result.stderr
    assert path.read_text() == "precious"
    result = run("edu", "--socket", str(tmp_path / "no" / "where"))
    assert result.returncode == 2 and "No such file" in result.stderr


def test_a_long_path_works(tmp_path):
    deep = tmp_path / ("d" * 100)
    deep.mkdir()
    with Server("edu", deep, control=True) as srv:
        assert srv.events[-1]["event"] == "listening"
        os.chdir(deep)
        with Client("card.sock") as c:
            c.version()
    assert os.listdir(deep) == []


def test_wrong_usage_is_explained(tmp_path):
    path = str(tmp_path / "s")
    for args, text in ((("nothing", "--socket", path), "no model"),
                       (("edu",), "usage"), (("--bogus",), "usage"),
                       (("edu", "--socket", path, "--set", "x=1"), "no such setting"),
                       (("edu", "--socket", path, "--set", "dma_mask=red"), "not a value"),
                       (("edu", "--socket", path, "--set", "fault.gone_after=-1"), "not a value"),
                       (("edu", "--socket", path, "--set", "dma_mask"), "KEY=VALUE")):
        result = run(*args)
        assert result.returncode == 2 and text in result.stderr
    assert os.listdir(tmp_path) == []
    assert "edu" in run("--list").stdout
    assert "dma_mask" in run("edu", "--help").stdout
    assert run("--help").returncode == 0


# ---- control socket


def test_control_socket(server):
    assert server.control(cmd="status")["model"] == "edu"
    for bad in ({"cmd": "dance"}, {}, {"cmd": "set"}, {"cmd": "set", "key": "nope", "value": 1},
                {"cmd": "set", "key": "dma_mask", "value": "red"},
                {"cmd": "set", "key": "dma_mask", "value": None}):
        answer = server.control(**bad)
        assert answer["ok"] is False and answer["error"]
    assert server.control(cmd="stop") == {"ok": True}
    assert server.finish().status == 0


def test_control_socket_survives_bad_lines(server):
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(server.control_path)
        s.sendall(b"\xff\xfe{{{\n[1]\n" + b"x" * 5000)
        data = b""
        try:
            while part := s.recv(4096):
                data += part
        except ConnectionResetError:
            pass        # the rest of the long line was never read
    answers = [json.loads(line) for line in data.splitlines()]
    assert [a["ok"] for a in answers] == [False] * 3
    assert server.control(cmd="status")["ok"] is True


# ---- faults


def test_card_pulled_out(server, ready):
    fd = ready.irq_fd(MSI)
    server.set("fault.gone_after", 3)
    reads = [ready.bar_read(0, 0) for _ in range(6)]
    assert reads == [0x010000ed] * 3 + [0xffffffff] * 3
    assert ready.conf_read(0, 4) == 0xffffffff
    ready.bar_write(0, IRQ_RAISE, 1)
    assert fired(fd, 0) == 0
    server.set("fault.gone_after", "off")
    assert ready.bar_read(0, 0) == 0x010000ed


def test_card_gone_during_dma_is_no_violation_of_the_driver(server, ready):
    server.set("dma_delay_us", 200000)
    ready.bar_write(0, DMA_SRC, 0x900000, 8)
    ready.bar_write(0, DMA_DST, BUF, 8)
    ready.bar_write(0, DMA_CNT, 16, 8)
    ready.bar_write(0, DMA_CMD, 1)
    server.set("fault.gone_after", 0)
    assert server.control(cmd="status")["gone"] is True
    assert ready.bar_read(0, DMA_CMD) == 0xffffffff
    time.sleep(0.3)
    server.set("fault.gone_after", "off")
    until(lambda: ready.bar_read(0, DMA_CMD) & 1 == 0, "end of DMA")
    server.finish(signal.SIGTERM)
    assert server.status == 0
    assert [e["fault"] for e in server.named("fault")] == ["gone"]


def test_server_that_stalls_lets_the_client_go(server):
    with Client(server.path) as c:
        c.version()
        c.enable()
        server.set("fault.stall_after", 1)
        c.bar_read(0, 0)
        c.send(REGION_READ, struct.pack("<QII", 0, 0, 4))
        c.sock.settimeout(0.2)
        with pytest.raises(TimeoutError):
            c.recv()
    with Client(server.path) as c:
        c.version()
        c.enable()
        assert c.bar_read(0, 0) == 0x010000ed


def test_server_that_closes(server, ready):
    server.set("fault.close_after", 0)
    with pytest.raises(Closed):
        ready.bar_read(0, 0)


def test_server_that_answers_nonsense(tmp_path):
    with Server("edu", tmp_path, control=True) as srv:
        for _ in range(6):
            with Client(srv.path) as c:
                c.version()
                c.enable()
                srv.set("fault.nonsense_after", 0)
                c.send(REGION_READ, struct.pack("<QII", 0, 0, 4), msg_id=0x1234)
                data = c.sock.recv(48)
                good = HEADER.pack(0x1234, REGION_READ, 36, REPLY, 0)
                assert data[:16] != good
    assert len(srv.named("fault")) == 6


def test_interrupts_that_never_come(server, ready):
    fd = ready.irq_fd(MSI)
    server.set("fault.no_irq", 1)
    ready.bar_write(0, IRQ_RAISE, 1)
    assert ready.bar_read(0, IRQ_STATUS) == 1
    assert fired(fd, 0) == 0


def test_spurious_interrupt(server, ready):
    fd = ready.irq_fd(MSI)
    server.set("fault.spurious_irq", 0)
    assert fired(fd) == 1
    assert ready.bar_read(0, IRQ_STATUS) == 0
