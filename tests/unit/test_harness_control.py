# SPDX-License-Identifier: BSD-2-Clause
"""The control socket of a run."""
import fcntl
import json
import os
import signal
import socket
import stat
import struct
import subprocess
import sys
import termios

import pytest

from harness_run import LIMIT, Card, Control, fake, finish, staying, wait_for
from processes import cpu_seconds, name, threads


@pytest.fixture
def card(tmp_path):
    with Card(tmp_path) as c:
        yield c


def test_requests_are_answered(card, tmp_path):
    with staying(card, tmp_path) as (p, c):
        assert c("wait", state="hot", timeout=150, id=7) == {
            "ok": True, "cmd": "wait", "id": 7, "state": "hot"}
        status = c("status")
        assert status["driver"] == "fake" and status["state"] == "hot"
        assert status["target"] == card.target and status["failed"] is False
        assert c("states")["states"] == ["attached", "warm", "hot"]
        assert c("info")["info"]["id"] == "edu"
        trace = c("trace", last=500)["trace"]
        assert {"op": "read4", "on": "bar0+0x000 EDU_ID", "value": "0x010000ed"}.items() <= \
            next(t for t in trace if "EDU_ID" in t["on"]).items()
        assert len(c("trace", last=3)["trace"]) == 3
        assert c("hello") == {"ok": True, "hello": "from the fake"}, "the personality's own"
        assert c("quit")["ok"] is True
        run = finish(p)
    assert run.status == 0 and run.result["ok"] is True


def test_bad_requests_are_refused_and_do_no_harm(card, tmp_path):
    with staying(card, tmp_path) as (p, c):
        c.send(b"this is not JSON\n")
        assert "not JSON" in c.line()["error"]
        c.send(b"{}\n")
        assert 'no "cmd"' in c.line()["error"]
        c.send(b"[1]\n\x00\n")
        assert c.line()["ok"] is False and c.line()["ok"] is False
        assert "status, states" in c("frobnicate")["error"]
        assert "no state" in c("wait", state="nowhere")["error"]
        assert c("wait", state="hot", timeout=-1)["ok"] is False
        assert c("trace", last=-5)["trace"] == []
        with Control(tmp_path / "ctl") as other:
            other.send(b"x" * 100000)
            assert "too long" in other.line()["error"]
        assert c("wait", state="hot")["ok"] is True
        c("quit")
        assert finish(p).status == 0


def unread(sock):
    """How much of what was sent the other end has not read (unix(7), SIOCOUTQ)."""
    return struct.unpack("i", fcntl.ioctl(sock, termios.TIOCOUTQ, bytes(4)))[0]


def test_wait_is_answered_when_it_times_out_and_when_the_run_fails(card, tmp_path):
    with staying(card, tmp_path, "never") as (p, c):
        assert c("wait", state="warm")["ok"] is True
        late = c("wait", state="hot", timeout=0.1)
        assert late["ok"] is False and "timed out; the state is warm" in late["error"]
        with Control(tmp_path / "ctl") as other:
            other.send(b'{"cmd":"wait","state":"hot","timeout":150}\n')
            wait_for(lambda: not unread(other.sock), "the request is heard")
            c("die")
            failed = other.line()
        assert failed["ok"] is False and "asked to die" in failed["error"]
        assert finish(p).status == 1


def test_requests_behind_one_that_waits_are_kept_and_cost_nothing(card, tmp_path):
    """More of them than the harness takes at once: it sleeps, then answers all in order."""
    with staying(card, tmp_path, "never") as (p, c):
        assert c("wait", state="warm")["ok"] is True
        thread, = (t for t in threads(p.pid) if name(t) == "control")
        before = cpu_seconds(thread)
        c.send(b'{"cmd":"wait","state":"hot","timeout":2}\n')
        c.send(b'{"cmd":"status"}\n' * 2000)
        assert "timed out" in c.line()["error"]
        assert cpu_seconds(thread) - before < 1
        assert all(c.line()["cmd"] == "status" for _ in range(2000))
        with Control(tmp_path / "ctl") as other:        # and of one that leaves meanwhile
            other.send(b'{"cmd":"wait","state":"hot","timeout":2}\n' + b'{"cmd":"status"}\n' * 1500)
        assert c("status")["ok"] is True
        assert cpu_seconds(thread) - before < 1
        c("quit")
        finish(p)


def test_subscribers_see_every_event_up_to_the_result(card, tmp_path):
    with staying(card, tmp_path, "never") as (p, c):
        assert c("wait", state="warm")["ok"] is True
        with Control(tmp_path / "ctl") as sub:
            assert sub("subscribe")["ok"] is True
            c("die")
            events = []
            while (e := sub.line()) is not None:
                events.append(e["event"])
        assert "error" in events and events[-1] == "result"
        assert finish(p).status == 1


def test_subscribers_see_a_crash(card, tmp_path):
    with staying(card, tmp_path) as (p, c):
        assert c("wait", state="hot")["ok"] is True
        assert c("subscribe")["ok"] is True
        c.send(b'{"cmd":"crash"}\n')
        events = []
        while (e := c.line()) is not None:
            events.append(e["event"])
        run = finish(p)
    assert events[-2:] == ["crash", "result"] and run.status == 139
    assert not (tmp_path / "ctl").exists()


def test_a_subscriber_that_does_not_read_does_not_stop_the_run(card, tmp_path):
    path = tmp_path / "ctl"
    with staying(card, tmp_path) as (p, c):
        with Control(path) as lazy:
            lazy.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            lazy.send(b'{"cmd":"subscribe"}\n' + b'{"cmd":"trace","last":2048}\n' * 100)
            assert c("wait", state="hot")["ok"] is True
            p.send_signal(signal.SIGTERM)
            assert finish(p).status == 0


def test_the_socket_is_for_its_user_only(card, tmp_path):
    with staying(card, tmp_path) as (p, c):
        assert stat.S_IMODE(os.stat(tmp_path / "ctl").st_mode) == 0o600
        c("quit")
        finish(p)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become another user")
def test_another_user_is_refused_even_when_the_mode_lets_him_in(card, tmp_path):
    code = ("import os,socket,sys\nos.setuid(65534)\n"
            "s=socket.socket(socket.AF_UNIX)\ns.connect(sys.argv[1])\n"
            "print(s.makefile().readline())")
    with staying(card, tmp_path) as (p, c):
        path = tmp_path / "ctl"
        os.chmod(path, 0o666)
        # a path that another user can walk
        for folder in [tmp_path, *tmp_path.parents]:
            if folder.stat().st_uid == os.geteuid() and str(folder) not in ("/", "/tmp"):
                os.chmod(folder, folder.stat().st_mode | 0o011)
        r = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True,
                           text=True, timeout=LIMIT, check=False)
        assert "only the user who runs the driver" in json.loads(r.stdout)["error"], r.stderr
        assert c("wait", state="hot")["ok"] is True and p.poll() is None
        c("quit")
        assert finish(p).status == 0


def test_a_live_socket_is_refused_and_left_alone(card, tmp_path):
    with staying(card, tmp_path) as (p, c):
        second = fake(card, "ok", "--control", str(tmp_path / "ctl"))
        assert second.status == 1 and "another run is listening" in second.result["error"]
        assert c("wait", state="hot")["ok"] is True
        c("quit")
        assert finish(p).status == 0


def test_a_stale_socket_is_replaced(card, tmp_path):
    path = tmp_path / "ctl"
    s = socket.socket(socket.AF_UNIX)
    s.bind(str(path))
    s.close()
    run = fake(card, "ok", "--control", str(path))
    assert run.status == 0 and not path.exists()


@pytest.mark.parametrize("kind", ["file", "folder-missing", "long"])
def test_a_path_that_cannot_be_used_is_explained(card, tmp_path, kind):
    path = tmp_path / "ctl"
    if kind == "file":
        path.write_text("precious")
    elif kind == "folder-missing":
        path = tmp_path / "no" / "ctl"
    else:
        path = tmp_path / ("x" * 120)
    run = fake(card, "ok", "--control", str(path))
    assert run.status == 1 and run.result["error"].startswith("control: ")
    if kind == "file":
        assert path.read_text() == "precious"
