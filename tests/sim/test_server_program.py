# SPDX-License-Identifier: BSD-2-Clause
"""voy-sim as a program: its socket, its clients, the control socket, faults on demand."""
import errno
import json
import os
import signal
import socket
import stat
import struct
import subprocess
import time

import pytest

from educard import IRQ_STATUS, IRQ_RAISE, DMA_SRC, DMA_DST, DMA_CNT, DMA_CMD, BUF, refused
from rawclient import (CONFIG, HEADER, MSI, REGION_READ, REGION_WRITE, REPLY, VOY_SIM, Client,
                       Closed, Server, fired, until)


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
    return subprocess.run([str(VOY_SIM), *args], capture_output=True, text=True, timeout=120, **kw)


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


def test_a_long_path_works(tmp_path, monkeypatch):
    deep = tmp_path / ("d" * 100)
    deep.mkdir()
    with Server("edu", deep, control=True) as srv:
        assert srv.events[-1]["event"] == "listening"
        monkeypatch.chdir(deep)
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
    delay = 1.5
    server.set("dma_delay_us", int(delay * 1e6))
    ready.bar_write(0, DMA_SRC, 0x900000, 8)
    ready.bar_write(0, DMA_DST, BUF, 8)
    ready.bar_write(0, DMA_CNT, 16, 8)
    server.set("fault.gone_after", 1)
    # In one piece: nothing comes between the start of the transfer and the end of the card.
    reg = struct.pack("<QII", DMA_CMD, 0, 4)
    ready.raw(HEADER.pack(501, REGION_WRITE, 36, 0, 0) + reg + b"\1\0\0\0"
              + HEADER.pack(502, REGION_READ, 32, 0, 0) + reg)
    ready.reply(501, REGION_WRITE)
    assert ready.reply(502, REGION_READ)[16:] == b"\xff" * 4
    time.sleep(delay)           # the server ends the transfer before it takes another request
    assert server.control(cmd="status")["gone"] is True
    server.set("fault.gone_after", "off")
    assert ready.bar_read(0, DMA_CMD) & 1 == 0
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
