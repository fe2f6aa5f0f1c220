# SPDX-License-Identifier: BSD-2-Clause
"""voy-tunnel as a program: its socket, its two ends together, and guests that misbehave."""
import json
import os
import queue
import signal
import socket
import stat
import struct
import subprocess
import threading
import time
import tty

import pytest

from voyageur import events, paths, procs

HDR = struct.Struct("<HHHH")
MAGIC, RESET, OPEN, DATA, CLOSE = 0x7641, 1, 2, 3, 4


class Program:
    """voy-tunnel with --json; .events as they come."""

    def __init__(self, *arguments, variant=paths.VARIANT):
        self.inbox, self.events = queue.SimpleQueue(), []
        self.child = procs.Child("tunnel", [paths.program("voy-tunnel", variant), *arguments,
                                            "--json"], self.inbox, stderr=subprocess.PIPE)

    def wait(self, event, limit=120):
        end = time.monotonic() + limit
        while time.monotonic() < end:
            _, kind, value = self.inbox.get(timeout=limit)
            if kind == "line":
                self.events.append(events.parse(value))
                if self.events[-1]["event"] == event:
                    return self.events[-1]
            elif kind == "end":
                break
        raise AssertionError(f"no {event}: {self.events}")

    def stop(self):
        self.child.stop(signal.SIGTERM)
        return self.child.status


@pytest.fixture
def hub(tmp_path):
    """A listening SEQPACKET socket in place of voy-air."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
        s.bind(str(tmp_path / "hub"))
        s.listen()
        s.settimeout(120)
        yield s


@pytest.fixture
def tunnel(tmp_path, hub, variant):
    p = Program("--socket", tmp_path / "stream", "--hub", tmp_path / "hub", variant=variant)
    p.wait("listening")
    yield p
    p.stop()


def guest(tmp_path):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(120)
    s.connect(str(tmp_path / "stream"))
    return s


def message(kind, conn=0, body=b""):
    return HDR.pack(MAGIC, kind, conn, len(body)) + body


def test_socket_is_for_its_owner_only_and_goes_with_the_program(tmp_path, tunnel):
    assert stat.S_IMODE(os.stat(tmp_path / "stream").st_mode) == 0o600
    assert tunnel.stop() == 0
    assert not (tmp_path / "stream").exists()
    assert tunnel.wait("result")["ok"] is True


def test_messages_pass_whole_whatever_pieces_the_stream_is_in(tmp_path, hub, tunnel):
    with guest(tmp_path) as g:
        body = bytes(range(256)) * 33
        for b in message(RESET) + message(OPEN, 5):
            g.sendall(bytes([b]))
        radio, _ = hub.accept()
        radio.settimeout(120)
        g.sendall(message(DATA, 5, body) + message(DATA, 5, b"x"))
        assert radio.recv(10000) == body and radio.recv(10000) == b"x"
        radio.sendall(b"answer")
        assert g.recv(100) == message(DATA, 5, b"answer")
        radio.close()
        assert g.recv(100) == message(CLOSE, 5)


def test_guest_that_is_started_again_begins_anew_with_reset(tmp_path, hub, tunnel):
    with guest(tmp_path) as g:
        g.sendall(message(RESET) + message(OPEN, 0))
        first, _ = hub.accept()
        g.sendall(message(RESET) + message(OPEN, 0) + message(DATA, 0, b"second life"))
        second, _ = hub.accept()
        assert first.recv(10) == b"" and second.recv(100) == b"second life"


@pytest.mark.parametrize("bad,why", [
    (b"GET / HTTP/1.1\r\n\r\n", "no header of a tunnel"),
    (message(DATA, 0, b"x"), "not open"),
    (HDR.pack(MAGIC, DATA, 0, 9000), "wrong length"),
    (HDR.pack(MAGIC, OPEN, 77, 0), "out of range"),
])
def test_bad_guest_is_cut_off_and_others_do_not_notice(tmp_path, hub, tunnel, bad, why):
    with guest(tmp_path) as good, guest(tmp_path) as g:
        good.sendall(message(RESET) + message(OPEN, 1))
        radio, _ = hub.accept()
        g.sendall(message(RESET) + bad)
        assert why in tunnel.wait("violation")["text"]
        assert g.recv(10) == b""
        good.sendall(message(DATA, 1, b"still here"))
        assert radio.recv(100) == b"still here"
    assert tunnel.stop() == 1
    assert tunnel.wait("result") | {"ok": False, "violations": 1} == tunnel.events[-1]


def test_hub_that_is_not_there_hangs_up_on_the_radio_and_not_on_the_guest(tmp_path, hub, tunnel):
    hub.close()
    with guest(tmp_path) as g:
        g.sendall(message(RESET) + message(OPEN, 3))
        assert g.recv(100) == message(CLOSE, 3)
        g.sendall(message(CLOSE, 3) + message(OPEN, 3))
        assert g.recv(100) == message(CLOSE, 3)


def test_once_ends_with_the_first_guest(tmp_path, hub, variant):
    p = Program("--socket", tmp_path / "stream", "--hub", tmp_path / "hub", "--once",
                variant=variant)
    p.wait("listening")
    guest(tmp_path).close()
    assert p.wait("result")["ok"] is True
    assert p.stop() == 0


# ---- the other way: a socket in the guest, clients on the host ----

def read_messages(recv, until):
    """(kind, conn, body) of what recv() gives, up to the first for which until() is true."""
    data, got = b"", []
    while not (got and until(got)):
        while len(data) < HDR.size or len(data) < HDR.size + HDR.unpack_from(data)[3]:
            more = recv()
            assert more, got
            data += more
        magic, kind, conn, size = HDR.unpack_from(data)
        assert magic == MAGIC
        got.append((kind, conn, data[HDR.size:HDR.size + size]))
        data = data[HDR.size + size:]
    return got


def test_clients_on_the_host_reach_a_socket_in_the_guest(tmp_path, variant):
    """Bytes, however many, with a client that reads late; one guest."""
    p = Program("--stream", "--socket", tmp_path / "stream", "--listen", tmp_path / "control",
                variant=variant)
    p.wait("listening")
    with socket.socket(socket.AF_UNIX) as early:    # waits for the guest
        early.settimeout(20)
        early.connect(str(tmp_path / "control"))
        early.sendall(b"hello")
        with guest(tmp_path) as g:
            got = read_messages(lambda: g.recv(100), lambda m: m[-1][0] == DATA)
            assert got == [(RESET, 0, b""), (OPEN, 0, b""), (DATA, 0, b"hello")]
            with guest(tmp_path) as second:
                assert second.recv(10) == b""
            assert "1 guests are connected" in p.wait("error")["text"]
            body = bytes(range(256)) * 4000
            sender = threading.Thread(target=lambda: [g.sendall(message(
                DATA, 0, body[i:i + 8000])) for i in range(0, len(body), 8000)])
            sender.start()
            heard = b""
            while len(heard) < len(body):
                heard += early.recv(999)
            assert heard == body
            sender.join()
            early.close()
            assert read_messages(lambda: g.recv(100), lambda m: True) == [(CLOSE, 0, b"")]
    p.wait("stream-closed")
    assert p.stop() == 0 and not (tmp_path / "control").exists()


def test_guest_s_end_passes_clients_on_to_a_socket(tmp_path, variant):
    """A terminal in place of the channel."""
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(str(tmp_path / "driver"))
        s.listen()
        s.settimeout(20)
        p = Program("--stream", "--device", os.ttyname(theirs), "--hub", tmp_path / "driver",
                    variant=variant)
        p.wait("listening")
        os.write(ours, message(RESET) + message(OPEN, 2) + message(DATA, 2, b"ques"))
        conn, _ = s.accept()
        with conn:
            conn.settimeout(20)
            os.write(ours, message(DATA, 2, b"tion"))
            assert conn.makefile("rb").read(8) == b"question"
            conn.sendall(b"answer")
            assert os.read(ours, 100) == message(DATA, 2, b"answer")
        assert os.read(ours, 100) == message(CLOSE, 2)
    assert p.stop() == 0
    os.close(ours)
    os.close(theirs)


def test_guest_without_a_channel_is_told(tmp_path, variant):
    p = subprocess.run([paths.program("voy-tunnel", variant), "--device", tmp_path / "none",
                        "--listen", tmp_path / "air"], capture_output=True, text=True,
                       stdin=subprocess.DEVNULL, check=False)
    assert p.returncode == 2 and "has the guest a channel" in p.stderr
    assert not (tmp_path / "air").exists()


@pytest.mark.parametrize("arguments", [
    [], ["--socket", "x"], ["--hub", "x"], ["--device", "x"], ["--bad"],
    ["--socket", "x", "--hub", "y", "--device", "z", "--listen", "w"],
    ["--socket", "x", "--hub", "y", "--listen", "w"], ["--hub", "x", "--listen", "y"],
])
def test_usage_is_told_for_arguments_that_make_no_sense(arguments):
    p = subprocess.run([paths.program("voy-tunnel"), *arguments], capture_output=True, text=True,
                       stdin=subprocess.DEVNULL, check=False)
    assert p.returncode == 2 and "usage: voy-tunnel --socket" in p.stderr
    p = subprocess.run([paths.program("voy-tunnel"), "--help"], capture_output=True, text=True,
                       stdin=subprocess.DEVNULL, check=False)
    assert p.returncode == 0 and p.stdout.startswith("usage:")


def test_hwsim_without_the_module_says_what_to_load(tmp_path):
    p = subprocess.run([paths.program("voy-hwsim"), "--air", tmp_path / "none", "--json"],
                       capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    if p.returncode == 0:
        pytest.skip("this machine has mac80211_hwsim")
    assert p.returncode == 2
    assert "load the module" in p.stderr or "run as root" in p.stderr
    assert json.loads(p.stdout.splitlines()[-1])["event"] == "error"
