# SPDX-License-Identifier: BSD-2-Clause
"""The vfio-user server's DMA: maps, transfers through shared memory and by message, wrong use."""
import errno
import os
import random
import socket
import struct

import pytest

from educard import PAGE, IRQ_STATUS, DMA_CMD, BUF, dma, refused, start_dma_by_message
from rawclient import (DMA_MAP, DMA_READ, DMA_WRITE, ERROR, HEADER, MSI, REGION_READ, REPLY,
                       LIMIT, Client, Memory, Server, descriptors, until)


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


class Twin(Client):
    """A client that serves the server's commands on a socket of their own."""

    def __init__(self, path):
        super().__init__(path)
        _, caps = self.version(caps={"twin_socket": {"supported": True}})
        assert caps["twin_socket"] == {"supported": True, "fd_index": 0}
        assert len(self.fds) == 1
        self.twin = socket.socket(fileno=self.fds.pop())
        self.twin.settimeout(LIMIT)

    def start(self):
        """A transfer from memory that only messages reach; returns the server's question."""
        start_dma_by_message(self, 5)
        return HEADER.unpack(self.twin.recv(16)), self.twin.recv(16)

    def close(self):
        self.twin.close()
        super().close()


def test_twin_socket_carries_the_servers_commands(server):
    with Twin(server.path) as c:
        (msg_id, cmd, size, _, _), body = c.start()
        assert (cmd, size) == (DMA_READ, 32)
        ids = [c.send(REGION_READ, struct.pack("<QII", 0, 0, 4)) for _ in range(20)]
        c.twin.sendall(HEADER.pack(msg_id ^ 1, cmd, 16, REPLY, 0))
        c.twin.sendall(HEADER.pack(msg_id, cmd, 36, REPLY, 0) + body + b"wxyz")
        for i in ids:
            assert c.reply(i, REGION_READ)[16:] == b"\xed\x00\x00\x01"
        assert c.bar_read(0, IRQ_STATUS) == 0x100


def test_a_command_on_the_twin_socket_ends_the_connection(server):
    with Twin(server.path) as c:
        c.start()
        c.twin.sendall(HEADER.pack(1, REGION_READ, 16, 0, 0))
        assert c.closed()


@pytest.mark.parametrize("which", ["main", "twin"])
def test_either_socket_closed_ends_the_wait(server, which):
    with Twin(server.path) as c:
        c.start()
        (c.sock if which == "main" else c.twin).close()
        with Client(server.path) as other:
            if which == "main":
                other.version()
            else:
                assert c.closed()


def test_requests_go_on_while_a_dma_reply_is_awaited(client):
    """What comes before the reply is answered after it, in order."""
    start_dma_by_message(client, 5)
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
    start_dma_by_message(client)
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
        start_dma_by_message(c)
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
